#!/bin/sh
# Find a Python, make .venv with it, and hand over to scripts/setup.py.
# Everything that needs only a shell is here; arguments go on to setup.py.
set -eu
cd "$(dirname "$0")/.."

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    for candidate in ${PYTHON:-} python3 python3.11 python3.12 python3.13 python3.14; do
        if is_new_enough "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    echo "Python 3.11 or newer was not found: install it, or name it with PYTHON=/path/to/python3." >&2
    return 1
}

can_make_environments() {
    "$1" -c 'import ensurepip, venv' 2>/dev/null
}

# Debian keeps the venv module in a package of its own: fetch it where this user may.
install_venv_package() {
    command -v apt-get >/dev/null || return 1
    as_root=""
    if [ "$(id -u)" -ne 0 ]; then
        sudo -n true 2>/dev/null || return 1
        as_root="sudo -n"
    fi
    version=$("$1" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    echo "Installing $version from the system's packages …"
    install="env DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends"
    # A new machine has no list of packages yet.
    $as_root $install "$version" >/dev/null 2>&1 ||
        { $as_root apt-get -qq update && $as_root $install "$version"; } >/dev/null 2>&1
}

# An interrupted start leaves a folder without an interpreter, or one whose interpreter has moved.
if ! is_new_enough .venv/bin/python || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    python=$(find_python)
    can_make_environments "$python" || install_venv_package "$python" || true
    if ! can_make_environments "$python"; then
        echo "This Python cannot make a virtual environment: install the package python3-venv" \
            "(on Debian and Ubuntu: apt-get install python3-venv) and run the same command again." >&2
        exit 1
    fi
    echo "Making .venv with $("$python" --version) …"
    "$python" -m venv --clear .venv
fi

exec .venv/bin/python scripts/setup.py "$@"
