#!/bin/sh
# Draws the passwords of the compose file, once: files that exist are left alone.
set -eu
umask 022
cd "$(dirname "$0")"
mkdir -p secrets
chmod 700 secrets # the files themselves are read by the containers' users
draw() { [ -s "secrets/$1" ] || od -An -N24 -tx1 /dev/urandom | tr -d ' \n' > "secrets/$1"; }
draw nats_password
draw clickhouse_password
draw analyst_password
nats=$(cat secrets/nats_password)
clickhouse=$(cat secrets/clickhouse_password)
printf 'nats://groundstop:%s@nats-1:4222,nats://groundstop:%s@nats-2:4222,nats://groundstop:%s@nats-3:4222' \
    "$nats" "$nats" "$nats" > secrets/GROUNDSTOP_NATS_URL
printf 'http://groundstop:%s@clickhouse:8123/default' "$clickhouse" > secrets/GROUNDSTOP_CLICKHOUSE_DSN
printf 'http://analyst:%s@clickhouse:8123/default' "$(cat secrets/analyst_password)" > secrets/analyst_dsn
echo "secrets are in infra/compose/secrets; keep them out of version control" >&2
