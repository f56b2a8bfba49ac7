#!/bin/sh
# Run every check, also after one has failed, so that one run shows all there is to put right.
set -eu
cd "$(dirname "$0")/.."

scripts/setup.sh --development

failed=""
output=$(mktemp)
trap 'rm -f "$output"' EXIT

# check NAME COMMAND…: one line when it passes, the tool's own words when it does not.
check() {
    name=$1
    shift
    if "$@" >"$output" 2>&1; then
        echo "ok      $name"
    else
        cat "$output"
        echo "FAILED  $name"
        failed="$failed [$name]"
    fi
}

# bin NAME: a program of the environment.
bin=.venv/bin

check "style (ruff)" "$bin/ruff" check .
check "layout (ruff format)" "$bin/ruff" format --check .
check "types (mypy --strict)" "$bin/mypy"
check "import contracts" "$bin/lint-imports" --no-cache
check "templates (djlint)" "$bin/djlint" templates --lint --quiet
check "translations" "$bin/python" scripts/build_translations.py --check

if [ -n "$failed" ]; then
    echo "To put right:$failed"
    exit 1
fi
