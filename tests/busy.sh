#!/bin/sh
# Runs a command while something else takes every processor: what needs luck to pass shows here.
set -eu
loops=""
for _ in $(seq "$(getconf _NPROCESSORS_ONLN)"); do
    sh -c 'while :; do :; done' &
    loops="$loops $!"
done
# shellcheck disable=SC2086 # one word for each loop
trap 'kill $loops' EXIT
trap 'exit 130' INT TERM
"$@"
