"""Redis commands, by what they do to the keys."""

# ruff: noqa: E501 - lists of words and expressions, one meaning a line

from __future__ import annotations

import shlex
from collections.abc import Sequence

from groundstop.risk.nouns import listed
from groundstop.risk.statements.reading import Reading, changes, destroys, reads, worst

_READING = listed(
    """get mget strlen getrange substr getbit bitcount bitpos exists type ttl pttl expiretime pexpiretime keys scan randomkey
    dump object memory dbsize info ping echo time lastsave role command client-list llen lrange lindex lpos hget hmget hgetall
    hkeys hvals hlen hexists hstrlen hscan hrandfield httl scard smembers sismember smismember srandmember sscan sdiff sinter
    sunion sintercard zcard zscore zmscore zrank zrevrank zrange zrevrange zrangebyscore zrevrangebyscore zrangebylex zrevrangebylex
    zcount zlexcount zscan zrandmember zdiff zinter zunion zintercard xlen xrange xrevrange xread xpending xinfo pfcount geopos geodist
    geohash geosearch geosearch_ro georadius_ro georadiusbymember_ro touch bitfield_ro sort_ro lcs pubsub slowlog-get latency lolwut
    hello auth select ft.search ft.info ft._list ft.aggregate ft.explain ft.profile ft.tagvals json.get json.mget json.type json.strlen
    json.arrlen json.objkeys json.objlen json.arrindex ts.get ts.range ts.revrange ts.mget ts.mrange ts.info ts.queryindex bf.exists
    bf.mexists bf.info cf.exists cf.count topk.query topk.list topk.info cms.query cms.info graph.ro_query vsim vinfo vcard vdim"""
)
_DESTROYING = listed(
    """del unlink flushall flushdb shutdown debug swapdb rename restore migrate replicaof slaveof failover eval evalsha eval_ro fcall
    script function module config-set config-rewrite config-resetstat acl-setuser acl-deluser acl-load acl-save client-kill
    client-pause cluster-reset cluster-forget cluster-failover cluster-delslots cluster-flushslots cluster-addslots cluster-setslot
    slowlog-reset latency-reset memory-purge getdel lrem ltrim hdel srem spop lpop rpop blpop brpop lmpop blmpop zrem zpopmin zpopmax
    bzpopmin bzpopmax zmpop zremrangebyrank zremrangebyscore zremrangebylex xdel xtrim xgroup-destroy xgroup-delconsumer json.del
    json.forget json.clear json.arrpop json.arrtrim ft.dropindex ft.drop ft.aliasdel ft.dictdel ts.del cf.del graph.delete monitor
    sync psync bgrewriteaof hgetdel vrem"""
)
_GROUPED = listed(
    "client config acl cluster slowlog latency memory xgroup object pubsub command xinfo script function module"
)
_GROUP_READS = listed(
    """client-list client-info client-getname client-id client-tracking config-get acl-list acl-whoami acl-getuser acl-cat acl-users
    acl-log cluster-info cluster-nodes cluster-slots cluster-shards cluster-keyslot cluster-countkeysinslot slowlog-get slowlog-len
    latency-latest latency-history latency-doctor memory-usage memory-stats memory-doctor object-encoding object-freq object-idletime
    object-refcount pubsub-channels pubsub-numsub command-count command-info command-docs command-list xinfo-stream xinfo-groups
    xinfo-consumers script-exists function-list module-list client-help"""
)
KNOWN = _READING | _DESTROYING | listed(
    """set setex psetex setnx mset msetnx append incr incrby incrbyfloat decr decrby setrange setbit getset expire expireat pexpire
    pexpireat persist hset hmset hsetnx hincrby hincrbyfloat lpush rpush lpushx rpushx linsert lset lmove rpoplpush sadd smove zadd zincrby
    xadd xack xclaim xautoclaim xreadgroup publish pfadd pfmerge geoadd copy move bgsave save watch multi discard subscribe client config
    acl cluster slowlog xgroup sort georadius json.set json.merge ft.create ft.alter ts.add ts.create bf.add bf.reserve cf.add xsetid
    sdiffstore sinterstore sunionstore zdiffstore zinterstore zunionstore zrangestore geosearchstore bitop bitfield getex waitaof wait"""
)  # fmt: skip


def read_redis(command: str | Sequence[str]) -> Reading:
    """What a Redis command, or one a line, would do."""
    if isinstance(command, str):
        lines = [line for line in command.replace(";", "\n").splitlines() if line.strip()][:50]
        return worst((_words(_split(line)) for line in lines), destroys("There is no command in it."))
    return _words([str(word) for word in command])


def _split(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:
        return line.split()


def _words(words: list[str]) -> Reading:
    if not words:
        return destroys("There is no command in it.")
    name = words[0].lower()
    if name in _GROUPED and len(words) > 1:
        grouped = f"{name}-{words[1].lower()}"
        if grouped in _GROUP_READS:
            return reads(f"“{grouped.replace('-', ' ')}” only reads.")
        name = grouped if grouped in _DESTROYING else name
    if name in _READING:
        return reads(f"“{name}” only reads.")
    if name in _DESTROYING:
        return destroys(
            f"“{name.replace('-', ' ')}” removes or replaces keys.", *(("all",) if name.startswith("flush") else ())
        )
    if name in KNOWN:
        return changes(f"“{name}” changes keys.")
    return destroys(f"“{name[:40]}” is no command that is known, and unknown means dangerous.")
