#!/bin/sh
# Draws the passwords and identities of the compose file, once: what exists is left alone. Run it again after
# `groundstop keys issue|rotate|revoke --dir infra/compose/secrets/keys`, then: docker compose kill -s HUP nats-1 nats-2 nats-3
# Needs groundstop on this host (pip install ./shared), or PYTHON=… of an environment that has it.
set -eu
umask 022
here=$(cd "$(dirname "$0")" && pwd)
cd "$here"
python=${PYTHON:-python3}
mkdir -p secrets
chmod 700 secrets # the files themselves are read by the containers' users
draw() { [ -s "secrets/$1" ] || od -An -N24 -tx1 /dev/urandom | tr -d ' \n' > "secrets/$1"; }
draw route_password
draw clickhouse_password
draw analyst_password
printf 'http://groundstop:%s@clickhouse:8123/default' "$(cat secrets/clickhouse_password)" > secrets/GROUNDSTOP_CLICKHOUSE_DSN
printf 'http://analyst:%s@clickhouse:8123/default' "$(cat secrets/analyst_password)" > secrets/analyst_dsn
"$python" "${KEYS_LIST:-../keys_list.py}" draw secrets
for name in classifier rate-limiter approval executor guard audit console gateway bootstrap health; do
    cat "secrets/keys/$name.nk" > "secrets/${name}_nk"
    [ ! -f "secrets/keys/$name.sign" ] || cat "secrets/keys/$name.sign" > "secrets/${name}_sign"
done
cat secrets/keys/root.pub > secrets/root_pub
cat secrets/keys/users.conf > secrets/users_conf
echo "secrets are in infra/compose/secrets; keep them out of version control, and secrets/keys/root.sign away from the hosts" >&2
