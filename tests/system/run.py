#!/usr/bin/env python3
"""Runs the system tests: each module in a process, those that capture in namespaces of their own.

    run.py [--count FILE] [NAME...]      NAME: a module, or module.Class.test

A module with NAMESPACES = True gets a fresh network and mount namespace (through a user namespace
when we are not root), so its interfaces and traffic are its own and nothing stays behind.
The binary is $SPIDER_BIN, or build/release/spider.

A few tests that fail run once more, each alone: on a machine that many share one may fail for what
the machine did. One that passes then counts as passed and is named at the end as UNSTEADY, with
what it said; many that fail are a fault of ours, and none of them gets a second chance (decision
0032).
"""
import argparse
import importlib
import os
import pathlib
import subprocess
import sys
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
FAILURES_MAX = 8000  # characters of failures that are said again at the end
SECOND_CHANCES = 3  # more tests than these that fail: none runs again


class Reporter(unittest.TextTestResult):
    """A line with the duration per test."""

    def startTest(self, test):
        super(unittest.TextTestResult, self).startTest(test)
        self.began = time.monotonic()

    def line(self, test, word):
        spent = time.monotonic() - self.began
        print(f"{word:5} {spent:6.1f} s  {test.id()}", flush=True)

    def addSuccess(self, test):
        super(unittest.TextTestResult, self).addSuccess(test)
        self.line(test, "ok")

    def addFailure(self, test, err):
        super(unittest.TextTestResult, self).addFailure(test, err)
        self.line(test, "FAIL")

    def addError(self, test, err):
        super(unittest.TextTestResult, self).addError(test, err)
        self.line(test, "ERROR")


def run_here(names):
    """In this process; prints the sum for the parent to read."""
    suite = unittest.defaultTestLoader.loadTestsFromNames(names)
    runner = unittest.TextTestRunner(resultclass=Reporter, verbosity=0, stream=sys.stdout)
    result = runner.run(suite)
    failed = len(result.failures) + len(result.errors)
    print(f"sum {result.testsRun - failed} {failed}", flush=True)
    return 1 if failed else 0


def wants_namespaces(module):
    return getattr(importlib.import_module(module), "NAMESPACES", False)


def propagation(user):
    """unshare makes our mounts private to us; in a plain chroot, whose root is no mount, it cannot,
    and there is nobody to see them."""
    tried = subprocess.run(["unshare", *user, "--mount", "true"], capture_output=True)
    return [] if tried.returncode == 0 else ["--propagation", "unchanged"]


def run_apart(names):
    """In a process of its own; (passed, failed, what it says of the failures, which failed)."""
    command = [sys.executable, str(HERE / "run.py"), "--here", *names]
    if wants_namespaces(names[0].split(".")[0]):
        user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        inside = 'ip link set lo up && exec "$0" "$@"'
        command = ["unshare", *user, "--net", "--mount", *propagation(user), "--", "sh", "-c",
                   inside, *command]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
                               cwd=HERE)
    counts, failures, which = None, [], []
    for line in process.stdout:
        if line.startswith("sum "):
            counts = tuple(map(int, line.split()[1:]))
            continue
        print(line, end="", flush=True)
        if line.startswith(("FAIL ", "ERROR ")) and line.split()[2:3] == ["s"]:
            which.append(line.split()[3])
        if failures or line.startswith("====="):
            failures.append(line)
    process.wait()
    if counts is None:
        said = f"FAIL  {' '.join(names)} ended with {process.returncode} before its sum\n"
        print(said, end="")
        return 0, 1, said, []
    return *counts, "".join(failures), which


def second_chances(which, failed):
    """The tests of `which`, each alone; those that pass now. None when others failed besides."""
    if not which or len(which) != failed or failed > SECOND_CHANCES:
        return []
    print(f"--- {failed} failed: once more, each alone", flush=True)
    return [name for name in which if run_apart([name])[:2] == (1, 0)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", help="write '<passed> <failed>' to this file")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    sys.path.insert(0, str(HERE))
    os.chdir(HERE)
    names = arguments.names or sorted(p.stem for p in HERE.glob("test_*.py"))
    if arguments.here:
        return run_here(names)
    passed = failed = 0
    failures, which = "", []
    for name in names:
        more_passed, more_failed, said, more = run_apart([name])
        passed, failed = passed + more_passed, failed + more_failed
        failures += said
        which += more
    unsteady = second_chances(which, failed)
    passed, failed = passed + len(unsteady), failed - len(unsteady)
    # Again, last: who sees only the end of a long log sees what failed.
    print(failures[-FAILURES_MAX:], end="")
    for name in unsteady:
        print(f"UNSTEADY  {name} failed, and passed alone")
    print(f"{passed} passed, {failed} failed")
    if arguments.count:
        pathlib.Path(arguments.count).write_text(f"{passed} {failed}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
