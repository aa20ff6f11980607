#!/usr/bin/env python3
"""Holds every #include against the floors' allow-list. Prints each line that breaks it.

A floor's public headers are include/spider/<floor>/, its private ones src/<floor>/. A floor may see
its own, and the public headers of the floors named here. Libraries live on the floors named here.
What is not in a table is refused: a new library is a decision, and this is where it is written.
"""
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent

SIBLINGS = {"capture", "reassembly", "parse", "store"}  # these never see each other
FLOORS = {
    "base": set(),
    "model": {"base"},
    "capture": {"base", "model"},
    "reassembly": {"base", "model"},
    "parse": {"base", "model"},
    "store": {"base", "model"},
    "pipeline": {"base", "model"} | SIBLINGS,
    "query": {"base", "model", "store"},
    # api takes a snapshot of the store for each request and hands it to query.
    "api": {"base", "model", "query", "store"},
    "app": {"base", "model", "pipeline", "query", "api"} | SIBLINGS,
}

# Single headers beyond that, each with its reason.
ALSO: set[tuple[str, str]] = set()
# What the tests of a floor may see besides: what a pipeline stored is read as an export reads it.
TESTS_ALSO = {("pipeline", "query")}

# Longest prefix wins. None: every floor.
LIBRARIES = {
    "fmt/": None,
    "tl/expected.hpp": None,
    "spdlog/": {"base"},
    "pcap": {"capture"},
    "rocksdb/": {"store"},
    "lz4": {"store"},
    "xxhash": {"base", "query", "store"},
    "xxh_x86dispatch.h": {"base"},
    "zstd.h": {"capture", "store", "query"},
    "zlib.h": {"capture", "query", "api"},
    "brotli/": {"query"},
    "boost/": {"api", "app"},  # app: Beast as a client, when a running server holds the store
    # parse: claims of bearer tokens; fingerprints of API keys, base64. query: cases of its tests.
    "simdjson.h": {"api", "app", "parse", "query"},
    "openssl/": {"api", "parse"},
    "toml++/": {"app"},
    "CLI/": {"app"},
    "cap-ng.h": {"app"},
    "catch2/": set(),  # tests only
    "benchmark/": set(),  # bench only
}

# Headers of the operating system. Model does no input or output: it may only write addresses, in
# one piece (emmintrin.h).
SYSTEM = re.compile(r"^(sys|net|netinet|linux|arpa|asm|bits)/|^(unistd|fcntl|poll|signal|dirent|"
                    r"pthread|sched|termios|dlfcn|getopt|errno|pwd|grp|ifaddrs|netdb|resolv|spawn|"
                    r"malloc|execinfo|cpuid|immintrin|emmintrin|x86intrin|time|glob)\.h$")
STANDARD = re.compile(r"^[a-z_0-9]+$")

# Debts: (file, include) that break the table for now, each with its reason.
DEBTS: dict[tuple[str, str], str] = {}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def floor_of(path):
    """(kind, floor) of a file: kind is public, private, test or free."""
    parts = path.parts
    if parts[:2] == ("include", "spider"):
        return "public", parts[2]
    if parts[0] == "src":
        return "private", parts[1]
    if parts[:2] == ("tests", "unit"):
        return "test", parts[2]
    return "free", None


def library_rule(header):
    best = max((p for p in LIBRARIES if header.startswith(p)), key=len, default=None)
    return (best, LIBRARIES[best]) if best else (None, None)


def complaint(path, quote, header):
    """Why this include is wrong, or None."""
    kind, floor = floor_of(path)
    if kind == "free":
        return None
    if floor not in FLOORS:
        return f"{floor} is not a floor of tools/check_layers.py"
    if header.startswith("spider/"):
        other = header.split("/")[1]
        seen = FLOORS[floor] | {floor} | {o for f, o in TESTS_ALSO if kind == "test" and f == floor}
        if other not in seen and (floor, header) not in ALSO:
            return f"{floor} may not see {other}"
        return None
    if quote == '"':
        first = header.split("/")[0]
        if kind == "public":
            return "a public header may only include spider/... and libraries"
        if first == floor or (kind == "test" and first in ("support", "unit")):
            return None
        if first in FLOORS:
            return f"{floor} may not see the private headers of {first}"
        return "include it as spider/<floor>/x.h or <floor>/x.h" if kind == "private" else None
    if STANDARD.match(header):
        return None
    if SYSTEM.match(header):
        does_io = floor == "model" and header not in ("arpa/inet.h", "emmintrin.h")
        return "model does no input or output" if does_io else None
    prefix, floors = library_rule(header)
    if prefix is None:
        return f"<{header}> belongs to no library of the table in tools/check_layers.py"
    if kind == "test" and prefix == "catch2/":
        return None
    if floors is not None and floor not in floors:
        where = ", ".join(sorted(floors)) or "tests and benchmarks"
        return f"<{header}> is only for: {where}"
    return None


def main():
    problems, used = [], set()
    for folder in ("include", "src", "tests"):
        for path in sorted((TOP / folder).rglob("*")):
            if path.suffix not in (".h", ".cc", ".def"):
                continue
            relative = path.relative_to(TOP)
            for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
                match = INCLUDE.match(line)
                why = match and complaint(relative, match[1], match[2])
                if not why:
                    continue
                if (str(relative), match[2]) in DEBTS:
                    used.add((str(relative), match[2]))
                    continue
                problems.append(f"{relative}:{number}: {why}")
    for debt in sorted(set(DEBTS) - used):
        problems.append(f"tools/check_layers.py: the debt {debt} is paid; take it off the list")
    print("\n".join(problems) if problems else "layers: every include is allowed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
