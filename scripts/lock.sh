#!/bin/sh
# Make the lock files anew: exact versions with hashes, for every platform, naming no registry.
# Extra arguments go to uv, for example: scripts/lock.sh --upgrade
set -eu
cd "$(dirname "$0")/.."

# lock FILE ARGUMENTS…
lock() {
    file=$1
    shift
    echo "Locking $file …"
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-header --no-emit-index-url "$@" --output-file "$file" >/dev/null
}

lock requirements-uv.lock --group uv "$@"
lock requirements-node.lock --group node "$@"
lock requirements.lock pyproject.toml --extra build "$@"
# The developers' set holds every run-time package at the very version that production gets.
lock requirements-dev.lock pyproject.toml --extra build --extra charts --extra dev \
    --constraint requirements.lock "$@"

if command -v npm >/dev/null; then
    echo "Locking package-lock.json …"
    npm install --package-lock-only --loglevel=error >/dev/null
else
    echo "package-lock.json is left as it is: npm was not found."
fi

# The line `resolved` and any address of a package index would tie the project to one host.
if grep -nE '"resolved"|^--(index|extra-index|find-links)|@ (https?|file):' \
    requirements*.lock package-lock.json; then
    echo "A lock file names a place to fetch from (the lines above): it must not." >&2
    exit 1
fi
