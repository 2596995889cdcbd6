#!/bin/sh
# Finds Python 3.13 and makes .venv with it. Quick when there is nothing to do.
set -eu
cd "$(dirname "$0")/.."

is_313() {
    "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null
}

for python in .venv/bin/python python3.13 python3 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.13*/bin/python; do
    if command -v "$python" >/dev/null 2>&1 && is_313 "$python"; then
        exec "$python" scripts/setup.py
    fi
done
echo "Python 3.13 was not found: install it, so that 'python3.13' is on the PATH." >&2
exit 1
