#!/usr/bin/env python3
"""Checks what tends to rot: file lengths, long lines, leftover marks, headers that lean on others,
test files that nobody builds, and links and paths named in the documents. Prints each finding.
"""
import argparse
import concurrent.futures
import hashlib
import os
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
LINES_MAX = 500
COLUMNS_MAX = 100
CODE = {".h", ".cc", ".def", ".py", ".sh", ".ts", ".tsx", ".js", ".mjs", ".css", ".cmake"}
# Put together here so that this file does not find itself.
MARKS = re.compile(r"\b(TO" r"DO|FIX" r"ME|HA" r"CK)\b|\bX" r"XX:|not (yet )?imple" "mented",
                   re.IGNORECASE)
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
NAMED_PATH = re.compile(
    r"`((?:src|include|tests|tools|docs|cmake|bench|web)/[A-Za-z0-9_./-]+)`")


def files():
    """Everything that git keeps or would keep."""
    out = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=TOP,
                         capture_output=True, text=True, check=True).stdout
    return [pathlib.Path(p) for p in out.splitlines() if (TOP / p).is_file()]


def check_text(path, say):
    text = (TOP / path).read_text(errors="replace")
    lines = text.splitlines()
    generated = path.name == "package-lock.json" or "generated" in path.parts
    if path.suffix in CODE and not generated:
        if len(lines) > LINES_MAX:
            say(f"{path}: {len(lines)} lines; more than {LINES_MAX} hide a second idea")
        for number, line in enumerate(lines, 1):
            # A row of a .def table is one row, and a link cannot be broken.
            if len(line) > COLUMNS_MAX and path.suffix != ".def" and "://" not in line:
                say(f"{path}:{number}: {len(line)} columns")
    if (path.suffix in CODE or path.suffix == ".md") and not generated:
        for number, line in enumerate(lines, 1):
            if MARKS.search(line):
                say(f"{path}:{number}: leftover mark: {line.strip()[:80]}")


def check_document(path, say):
    """Links and folders named in a document exist."""
    text = (TOP / path).read_text(errors="replace")
    for number, line in enumerate(text.splitlines(), 1):
        for target in LINK.findall(line):
            if "://" in target or target.startswith("mailto:"):
                continue
            if not (TOP / path.parent / target).exists():
                say(f"{path}:{number}: the link {target} leads nowhere")
        for target in NAMED_PATH.findall(line):
            if target.startswith(("web/dist", "web/node_modules")):
                continue  # built
            if not (TOP / target.rstrip("/.")).exists():
                say(f"{path}:{number}: {target} does not exist")


def check_codes_are_used(paths, say):
    """docs/codes.md promises every row of the codes.def: some line of src/ must give it."""
    words = set()
    for path in paths:
        if path.parts[0] == "src" and path.suffix in (".cc", ".h"):
            words.update(re.findall(r"\bcodes::(\w+)", (TOP / path).read_text(errors="replace")))
    for path in paths:
        if path.name == "codes.def":
            for name in re.findall(r"^SPIDER_CODE\(\d+, (\w+)", (TOP / path).read_text(), re.M):
                if name not in words:
                    say(f"{path}: nothing ever gives the code {name}; retire its row")


def check_tests_are_built(paths, say):
    """Every C++ file under tests/ is compiled by the dev build, when there is one to ask."""
    database = TOP / "build/dev/compile_commands.json"
    fuzz_list = TOP / "tests/fuzz/CMakeLists.txt"
    if not database.exists():
        return
    compiled = database.read_text()
    for path in paths:
        if path.parts[0] != "tests" or path.suffix != ".cc":
            continue
        if path.parts[1] == "fuzz":  # built by clang alone; its list globs the folder
            if not fuzz_list.exists():
                say(f"{path}: tests/fuzz/CMakeLists.txt is missing, nobody builds it")
        elif str(TOP / path) not in compiled:
            say(f"{path}: no target builds it")


def header_flags():
    packages = ["libpcap", "liblz4", "libzstd"]
    flags = subprocess.run(["pkg-config", "--cflags", *packages], capture_output=True, text=True)
    return flags.stdout.split()


def check_headers_alone(paths, say):
    """Each header compiles alone. What passed is remembered by the content of all headers."""
    headers = [p for p in paths if p.suffix == ".h" and p.parts[0] in ("include", "src", "tests")]
    digest = hashlib.sha256()
    for path in paths:
        if path.suffix in (".h", ".def"):
            digest.update(str(path).encode() + b"\0" + (TOP / path).read_bytes())
    stamp = TOP / "build/log/headers_alone.sha256"
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return
    flags = header_flags()

    def compile_alone(path):
        command = ["g++", "-std=c++20", "-fsyntax-only", "-x", "c++", "-include", str(TOP / path),
                   f"-I{TOP}/include", f"-I{TOP}/src", f"-I{TOP}/tests", f"-I{TOP}/bench",
                   *flags, "/dev/null"]
        return path, subprocess.run(command, capture_output=True, text=True)

    failed = False
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, result in pool.map(compile_alone, headers):
            if result.returncode != 0:
                failed = True
                first = next((l for l in result.stderr.splitlines() if "error" in l), "")
                say(f"{path}: does not compile alone: {first}")
    if not failed:
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(digest.hexdigest())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-headers", action="store_true", help="skip compiling headers alone")
    arguments = parser.parse_args()
    problems = []
    paths = files()
    for path in paths:
        if path.parts[0] in ("third_party", "LICENSE") or path.parts[:2] == ("tests", "golden"):
            continue
        check_text(path, problems.append)
        if path.suffix == ".md":
            check_document(path, problems.append)
    check_tests_are_built(paths, problems.append)
    if not arguments.no_headers:
        check_headers_alone(paths, problems.append)
    print("\n".join(problems) if problems else f"style: {len(paths)} files are as they should be")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
