#!/bin/sh
# Browser tests need Chromium; install Debian's where there is none and we may.
set -eu
command -v chromium >/dev/null 2>&1 && exit 0
[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || { echo "no chromium found, and none can be installed: the browser tests will say so" >&2; exit 0; }
echo "installing Debian's chromium for the browser tests" >&2
apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
