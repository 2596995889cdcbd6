#!/bin/sh
# Makes sure that there is a Chromium for the tests of the pages; says how where it cannot.
set -eu

for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
    if [ -n "$name" ] && command -v "$name" >/dev/null 2>&1; then
        exit 0
    fi
done
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" -eq 0 ]; then
    echo "Installing Chromium for the tests of the pages (once) …" >&2
    export DEBIAN_FRONTEND=noninteractive
    if { apt-get update && apt-get install --yes --no-install-recommends chromium; } >/dev/null 2>&1; then
        exit 0
    fi
fi
echo "There is no Chromium: install it (sudo apt-get install chromium), or say where it is with CHROMIUM=/path." >&2
exit 1
