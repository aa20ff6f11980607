# shellcheck shell=bash
# The steps of `./dev test`. Sourced by ./dev; each runs alone with `./dev test <name>`.

test_steps=(format layers build style unit micro release web e2e system captures)
full_steps=(asan tsan tidy fuzz attacks bench)

# our_sources: every C++ file of ours.
our_sources() {
  find include src tests bench tools -name '*.cc' -o -name '*.h' | sort
}

step_packages() { packages_install build test; }

step_format() { our_sources | xargs -r -d '\n' clang-format-14 --dry-run --Werror; }

step_layers() { /usr/bin/python3 tools/check_layers.py; }

step_style() { /usr/bin/python3 tools/check_style.py; }

step_build() { build dev; }

step_unit() {
  local result=0
  ctest --preset dev -j "$(job_count)" || result=$?
  count_catch2 build/dev/Testing/Temporary/LastTest.log >"$step_count"
  # What failed once more as the last words, where whoever reads the end of a log finds it.
  if [ $result -ne 0 ]; then
    grep -hE -B12 -A8 '\): FAILED:|^due to|SUMMARY: |terminate called' \
      build/dev/Testing/Temporary/LastTest.log | tail -n 60 || true
  fi
  return $result
}

# Each micro-benchmark for a moment, in a build that checks: that it runs, not how fast.
step_micro() {
  build dev micro
  build/dev/bench/micro --benchmark_min_time=0.0001 \
    --benchmark_filter='-(write_communications|syn_flood|/200000)'
}

step_release() { build release spider gen_capture gen_attack seed_store old_store; }

step_web() {
  cd web
  # The release build installs by the lock file already; here only when somebody skipped it.
  if [ ! node_modules/.package-lock.json -nt package-lock.json ]; then
    npm ci --no-audit --no-fund --prefer-offline
  fi
  npm_counted test
}

# What people come for is tried above a store of a million communications.
step_e2e() {
  local million=$top/build/million
  rm -rf "$million"
  build/release/bench/seed_store --store "$million" --count 1000000
  cd web
  SPIDER_MILLION=$million SPIDER_BIN=${SPIDER_BIN:-$top/build/release/spider} npm_counted e2e
}

# npm_counted SCRIPT: runs it and counts the tests that its output tells of.
npm_counted() {
  local result=0 said
  said=$(mktemp)
  npm run "$1" | tee "$said" || result=$?
  count_words "$said" >"$step_count"
  rm -f "$said"
  return $result
}

step_system() { /usr/bin/python3 tests/system/run.py --count "$step_count"; }

step_captures() { /usr/bin/python3 tools/check_captures.py ../shared/captures; }

step_asan() { build asan && ctest --preset asan -j "$(job_count)"; }

step_tsan() { build tsan && ctest --preset tsan -j "$(job_count)"; }

step_tidy() { packages_install full && tidy; }

step_fuzz() { packages_install full && fuzz all 60; }

# Attacks at full size; the short ones are part of the step system.
step_attacks() {
  SPIDER_ATTACK=full /usr/bin/python3 tests/system/run.py --count "$step_count" test_attacks
}

step_bench() {
  /usr/bin/python3 tools/bench.py --short
  /usr/bin/python3 tools/bench_live.py --short
  build release seed_store
  /usr/bin/python3 tools/bench_queries.py --short --no-duckdb
}

# tidy: clang-tidy over every source of the tidy preset.
tidy() {
  [ -f build/tidy/build.ninja ] || cmake --preset tidy
  run-clang-tidy-14 -quiet -p build/tidy -j "$(job_count)" "$top/src/.*\.cc$"
}

# fuzz [NAME|all [SECONDS]]: each fuzzer from its kept corpus; a crash leaves its input there.
fuzz() {
  local name=${1:-all} seconds=${2:-60} fuzzer found=0 base
  build fuzz
  for fuzzer in build/fuzz/tests/fuzz/*_fuzz; do
    [ -x "$fuzzer" ] || continue
    base=$(basename "$fuzzer")
    [ "$name" = all ] || [ "$name" = "$base" ] || continue
    found=1
    echo "dev: $base for $seconds s"
    mkdir -p "build/fuzz/corpus/$base" "tests/fuzz/corpus/$base"
    "$fuzzer" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
      -artifact_prefix="build/fuzz/corpus/$base-" "build/fuzz/corpus/$base" \
      "tests/fuzz/corpus/$base"
  done
  if [ "$found" = 0 ]; then
    echo "dev: there is no fuzzer '$name'" >&2
    return 1
  fi
}

# test_main [--full] [STEP...]
test_main() {
  local steps=("${test_steps[@]}") name
  if [ "${1:-}" = --full ]; then
    shift
    steps+=("${full_steps[@]}")
  fi
  if [ $# -gt 0 ]; then steps=("$@"); fi
  steps=(packages "${steps[@]}")
  for name in "${steps[@]}"; do
    if ! declare -F "step_${name//-/_}" >/dev/null; then
      echo "dev: there is no step '$name'; they are: ${test_steps[*]} ${full_steps[*]}" >&2
      return 2
    fi
  done
  for name in "${steps[@]}"; do
    if [ "$name" = captures ] && [ ! -f ../shared/captures/score.py ]; then
      step_note captures "not run: no ../shared/captures beside the checkout"
      continue
    fi
    # Without the packages or a build the rest only repeats the same failure.
    if ! step "$name" && [ "$name" = packages ]; then break; fi
  done
  steps_end
}
