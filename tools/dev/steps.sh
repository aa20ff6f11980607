# shellcheck shell=bash
# Running named steps, timing them, and the table at the end. Sourced by ./dev.
#
# A step is a function `step_<name>`, run by `./dev _step <name>`. Its output goes to
# build/log/<name>.log and is shown only when it fails. It may write "<passed> <failed>" to the
# file $step_count; otherwise it counts as one.

step_rows=()
steps_passed=0
steps_failed=0

# step NAME: runs step_NAME (dashes become underscores).
step() {
  local name=$1 log=$top/build/log/$1.log began=$SECONDS result=ok
  local passed=1 failed=0 spent
  mkdir -p "$top/build/log"
  export step_count=$top/build/log/$name.count
  rm -f "$step_count"
  printf '%-16s ' "$name"
  if ! "$top/dev" _step "$name" >"$log" 2>&1 </dev/null; then result=FAILED; fi
  spent=$((SECONDS - began))
  if [ -s "$step_count" ]; then read -r passed failed <"$step_count"; fi
  if [ "$result" = FAILED ]; then
    if [ ! -s "$step_count" ]; then passed=0; fi
    if [ "$failed" = 0 ]; then failed=1; fi
  elif [ "$failed" != 0 ]; then
    result=FAILED
  fi
  printf '%-7s %4d s\n' "$result" "$spent"
  if [ "$result" = FAILED ]; then
    echo "--- the end of $log"
    tail -n 60 "$log"
    echo "--- step $name failed; to run it alone: ./dev test $name"
  fi
  steps_passed=$((steps_passed + passed))
  steps_failed=$((steps_failed + failed))
  step_rows+=("$(printf '%-16s %-7s %4d s  %5d passed %5d failed' "$name" "$result" "$spent" \
    "$passed" "$failed")")
  [ "$result" = ok ]
}

# step_note NAME TEXT: a line of the table for what was not run, with the reason.
step_note() {
  step_rows+=("$(printf '%-16s %s' "$1" "$2")")
}

# steps_end: the table, then the sum alone on the last line. Fails when anything failed.
steps_end() {
  echo
  printf '%s\n' "${step_rows[@]}"
  echo
  echo "$steps_passed passed, $steps_failed failed"
  [ "$steps_failed" = 0 ]
}

# count_catch2 LOG: "<passed> <failed>" test cases from Catch2's closing lines in ctest's log. A
# binary that crashed prints no closing line, so ctest's own failures are added when larger.
count_catch2() {
  awk '
    /^All tests passed \(/ { for (i = 1; i <= NF; i++) if ($i == "in") passed += $(i + 1) }
    /^test cases: / {
      for (i = 1; i <= NF; i++) {
        if ($i == "passed") passed += $(i - 1)
        if ($i == "failed") failed += $(i - 1)
      }
    }
    /^Test Passed\./ { entries++ }
    /^Test Failed\./ { broken++ }
    END {
      if (passed + failed == 0) passed = entries
      if (broken > failed) failed = broken
      print passed + 0, failed + 0
    }' "$1"
}

# count_words LOG: "<passed> <failed>" from the last line that says "N passed" or "N failed"
# beside the word Tests (vitest), or at all. Nothing when there is no such line.
count_words() {
  awk '
    { gsub(/\033\[[0-9;]*m/, "") }
    /[0-9]+ (passed|failed)/ {
      tests = $0 ~ /Tests/
      if (seen_tests && !tests) next
      if (tests) seen_tests = 1
      passed = failed = 0
      for (i = 2; i <= NF; i++) {
        if ($i ~ /^passed/) passed = $(i - 1)
        if ($i ~ /^failed/) failed = $(i - 1)
      }
      found = 1
    }
    END { if (found) print passed + 0, failed + 0 }' "$1"
}
