#!/bin/sh
# Secrets are files; settings are variables. /run/secrets/GROUNDSTOP_X becomes GROUNDSTOP_X, for this process alone.
set -eu
for file in /run/secrets/GROUNDSTOP_*; do
    [ -f "$file" ] || continue
    export "$(basename "$file")=$(cat "$file")"
done
exec "$@"
