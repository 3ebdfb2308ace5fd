#!/bin/sh
# Pins everything the workspace needs, with hashes and without hosts: `make lock` after a pyproject changed.
set -eu
projects=$(ls ./*/*/pyproject.toml)
members="groundstop-workspace"
for project in $projects; do
    members="$members $(sed -n 's/^name = "\(.*\)"/\1/p' "$project")"
done
# shellcheck disable=SC2046,SC2086
uv pip compile pyproject.toml $projects --group dev --python-version 3.11 --universal --generate-hashes \
    --no-emit-index-url --no-emit-find-links --no-annotate --no-header --quiet --output-file requirements.lock \
    $(for member in $members; do echo "--no-emit-package $member"; done)
