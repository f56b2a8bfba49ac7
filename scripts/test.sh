#!/bin/sh
# Set up all that the tests need, run them with the given number of processes, and tell the time.
# usage: scripts/test.sh WORKERS [pytest arguments]
set -eu
cd "$(dirname "$0")/.."

workers=$1
shift
# Compiled once: many processes of a run import the same modules.
unset PYTHONDONTWRITEBYTECODE
started=$(date +%s)

scripts/setup.sh --development
.venv/bin/python scripts/system_packages.py postgresql chromium fonts pango

status=0
.venv/bin/python -m pytest -n "$workers" --dist loadgroup "$@" || status=$?
echo "make test: $(($(date +%s) - started)) s"
exit "$status"
