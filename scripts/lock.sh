#!/bin/sh
# Pins requirements/*.in with hashes. dev.txt comes first and constrains the rest, so that what is
# tested is what is deployed. Hashes cover every file of a version, so both architectures install.
# Upgrade with: scripts/lock.sh --upgrade
set -eu
cd "$(dirname "$0")/../requirements"
uv=${UV:-../.venv/bin/uv}

lock() {
    name=$1
    shift
    "$uv" pip compile --quiet --generate-hashes --universal --python-version 3.13 --no-python-downloads \
        --no-annotate --custom-compile-command scripts/lock.sh "$@" --output-file "$name.txt" "$name.in"
}

lock dev "$@"
lock uv "$@"
lock models --no-deps "$@"
lock runtime --constraint dev.txt
lock layer --constraint dev.txt
lock compare --constraint dev.txt

# A function's file lists only what the layer does not bring, so that nothing is shipped twice
# (and it is installed with --no-deps for that reason).
in_layer=$(sed -n 's/^\([A-Za-z0-9._-]*\)==.*/--no-emit-package \1/p' layer.txt)
for name in authorizer chat_ingest agent_worker status kb_ingest support_api housekeeping notifier db_migrate; do
    # shellcheck disable=SC2086
    lock "$name" --constraint dev.txt $in_layer
done
