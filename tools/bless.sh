#!/usr/bin/env bash
# Writes the expected readings of tests/golden/pcap again, from what the release binary says. Read
# the diff like code: each changed line is a claim about what happened on a wire.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
exec /usr/bin/python3 "$top/tests/system/test_golden.py" --bless
