"""Requests over HTTP: method, path, query and body together say what happens."""

# ruff: noqa: E501 - lists of words and expressions, one meaning a line

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from groundstop.risk.http import METHODS, method_risk, overridden_method
from groundstop.risk.nouns import listed
from groundstop.risk.statements.graphql import is_graphql, read_graphql
from groundstop.risk.statements.reading import Reading, changes, destroys, of_risk, reads, worst
from groundstop.vocabulary import Risk

BODY_CHARS_MAX = 64_000
# What ends a path and only asks, whatever the method: searches with a body. Elasticsearch's begin with "_".
_ASKING = listed(
    """_search _msearch _count _mget _explain _validate _field_caps _analyze _rank_eval _termvectors _mtermvectors _search_shards
    _terms_enum _eql _esql _render _find _all_docs _knn_search search msearch lookup find filter validate preview estimate
    count introspect list batchget batch_get runquery runaggregationquery testiampermissions simulate dry-run dryrun check explain
    aggregate suggest autocomplete translate detect analyze embeddings classify moderations tokenize completions chat
    evaluate calculate convert compare diff verify query_range series labels"""
)
_DESTROYS = listed(
    """delete remove destroy purge drop erase wipe truncate clear reset terminate kill shutdown revoke cancel void disable deactivate
    uninstall unpublish rollback restore flush expire evict deprovision decommission abort reboot poweroff halt force-delete
    _delete_by_query _close _shutdown _delete _purge _compact bulk-delete bulk_delete deleteall delete-all batchdelete batch_delete
    massdelete emptytrash empty-trash unlink rm refund refunds payout payouts transfer transfers charge charges payment payments pay withdraw
    withdrawals capture purchase checkout wire disburse impersonate grant setiampolicy ban block suspend exec execute eval
    run-command runcommand _execute_painless"""
)
_ACTS = listed(
    "restart start stop trigger deploy run send publish approve reject enable create update import sync invoke unsubscribe add"
)
_QUERIES = listed("query graphql sql _sql gql v1/graphql")
_SPLIT = re.compile(r"[^a-z0-9_-]+")


def read_request(method: str, address: str, body: Any = None, headers: Any = None) -> Reading:
    """What an HTTP request would do. ``address`` is a path or a URL; ``body`` a text or its JSON."""
    asked = method.strip().upper()
    overriding = overridden_method(f"{address}\n{_flat(headers)}") if address or headers else None
    risk = method_risk(overriding or asked)
    if risk is None:
        return destroys(f"“{method[:20]}” is no HTTP method that is known.")
    path, segments, query = _parts(address)
    inside = _body(body, segments)
    found = [_by_path(overriding or asked, risk, segments, query), *([inside] if inside is not None else [])]
    if inside is not None and not inside.changes and asked == "POST" and found[0].risk is Risk.RISKY:
        return inside
    said = worst(found)
    return said if said.changes else reads(f"{asked} {path[:60]} only asks.")


def _by_path(method: str, risk: Risk, segments: list[str], query: Mapping[str, str]) -> Reading:
    said = f"{method} /{'/'.join(segments)[:60]}"
    ends = [part for segment in segments[-3:] for part in (segment, segment.rpartition(":")[2])]
    last = [part for segment in segments[-1:] for part in (segment, segment.rpartition(":")[2])]
    acting = {
        value.lower()
        for key, value in query.items()
        if key.lower() in ("action", "op", "operation", "cmd", "command", "method", "_method", "do")
    }
    if risk is Risk.SAFE:
        if acting & _DESTROYS or any(_destroying(part) for part in last):
            return changes(
                f"{said} asks with a reading method for something that is none.",
                *(("all",) if acting & _DESTROYS else ()),
            )
        if acting & _ACTS:
            return changes(f"{said} asks with a reading method for something that is none.")
        return reads()
    if risk is Risk.DANGEROUS:
        return destroys(
            f"{said} removes something.", *(("all",) if any("*" in s or s == "_all" for s in segments) else ())
        )
    if any(_destroying(part) for part in ends) or acting & _DESTROYS:
        return destroys(f"{said} removes something or moves money.")
    if "_update_by_query" in segments or "_reindex" in segments:
        return changes(f"{said} rewrites what it finds.")
    if method == "POST" and any(part in _ASKING for part in last):
        return reads(f"{said} only asks.")
    if (
        method == "POST"
        and len(segments) > 1
        and segments[-2] in ("_doc", "_count", "_search", "_msearch", "_explain", "_mget", "_sql", "_eql")
        and segments[-2] != "_doc"
    ):
        return reads(f"{said} only asks.")
    return changes(f"{said} changes something.")


def _destroying(segment: str) -> bool:
    if segment in _DESTROYS:
        return True
    parts = segment.replace("_", "-").split("-")
    return len(parts) > 1 and (parts[0] in _VERBS or parts[-1] in ("delete", "remove", "purge", "cancel", "destroy"))


_VERBS = listed("delete remove destroy purge drop erase wipe truncate terminate revoke cancel refund")


def _parts(address: str) -> tuple[str, list[str], Mapping[str, str]]:
    try:
        split = urlsplit(address.strip())
    except ValueError:
        return address, [], {}
    path = (
        unquote(split.path)
        if split.scheme or address.strip().startswith("/")
        else unquote(address.strip().split("?")[0])
    )
    query = dict(parse_qsl(split.query, keep_blank_values=True, max_num_fields=100)) if len(split.query) < 8_000 else {}
    segments = [segment.lower() for segment in path.strip("/ ").split("/") if segment]
    return path, segments, MappingProxyType(query)


def _body(body: Any, segments: list[str]) -> Reading | None:
    """The statement inside a body: GraphQL, SQL, or the operations of a bulk request."""
    if body is None or body == "":
        return None
    document = _loaded(body)
    graphql = _graphql_in(document if document is not None else body)
    if graphql is not None:
        return graphql
    if segments and (segments[-1] in _QUERIES or "_sql" in segments):
        statement = (
            document.get("query", document.get("sql", document.get("statement")))
            if isinstance(document, Mapping)
            else body
        )
        if isinstance(statement, str):
            from groundstop.risk.sql import read_sql  # the SQL reader is larger than this one needs as a rule

            found = read_sql(statement)
            return Reading(found.risk, found.detail)
    text = body if isinstance(body, str) else _flat(body)
    if segments and segments[-1] == "_bulk" and re.search(r"[\"']delete[\"']\s*:", text[:BODY_CHARS_MAX]):
        return destroys("A bulk request deletes documents.")
    if segments and segments[-1] in ("_aliases", "settings", "_settings") and "remove_index" in text[:BODY_CHARS_MAX]:
        return destroys("It removes an index.")
    if "_update_by_query" in segments and "match_all" in text[:BODY_CHARS_MAX]:
        return destroys("It changes every document.", "all")
    return None


def _graphql_in(value: Any) -> Reading | None:
    if isinstance(value, Mapping):
        value = value.get("query") or value.get("mutation")
    if isinstance(value, list):
        inner = [found for item in value[:20] if (found := _graphql_in(item)) is not None]
        return worst(inner) if inner else None
    return read_graphql(value) if isinstance(value, str) and is_graphql(value) and "{" in value else None


def _loaded(body: Any) -> Any:
    if not isinstance(body, str):
        return body
    if body.lstrip()[:1] in ("{", "[") and len(body) <= BODY_CHARS_MAX:
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            return None
    return None


def _flat(value: Any) -> str:
    if isinstance(value, str):
        return value[:BODY_CHARS_MAX]
    if isinstance(value, Mapping):
        return "\n".join(f"{k}: {v}" for k, v in list(value.items())[:100] if isinstance(v, str | int))
    if isinstance(value, (list, tuple)):
        return "\n".join(_flat(item) for item in value[:50])
    return ""


_LINE = re.compile(
    r"^\s*([A-Z]{3,8})\s+(/?[\w$%.~*:@!,;=&?+(){}/-]*/?[^\s]{0,500}|https?://\S{1,2000})(?:\s+HTTP/[\d.]+)?\s*(?:\n(.*))?$",
    re.S,
)


def request_in(text: str) -> tuple[str, str, str] | None:
    """(method, address, body) of a text such as ``DELETE /index`` or a request as it is sent; None for any other."""
    found = _LINE.match(text[:BODY_CHARS_MAX])
    if found is None or found.group(1) not in METHODS:
        return None
    address = found.group(2)
    if not (address.startswith(("/", "http", "_")) or "/" in address):
        return None
    return found.group(1), address, (found.group(3) or "").strip()


_DATA = listed(
    "-d --data --data-raw --data-binary --data-urlencode --json -F --form --form-string -T --upload-file --data-ascii"
)
_VALUED = listed(
    "-H --header -A --user-agent -u --user -e --referer -b --cookie -m --max-time --connect-timeout -x --proxy --cacert --cert --key -w --write-out --retry --resolve -r --range -A -K --config --interface -Y -y --limit-rate --max-redirs --url-query"
)


@dataclass(slots=True)
class _Curl:
    """What the switches of curl say so far."""

    method: str = ""
    address: str = ""
    data: list[str] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    writes: bool = False
    unseen: bool = False

    def take(self, word: str, following: str) -> bool:
        """Read one word; True when it takes the next as its value."""
        name, equals, value = word.partition("=")
        if not word.startswith("-"):
            self.address = self.address or word
            return False
        if name in _METHOD or re.fullmatch(r"-[a-zA-Z]*X[A-Z]+", word):
            self.method = value or word.partition("X")[2] or following
            return word in _METHOD
        if name in _DATA:
            self.data.append(value if equals else following)
            self.method = self.method or ("PUT" if name in ("-T", "--upload-file") else "POST")
            return not equals
        if word in _OUTPUT or re.fullmatch(r"-[a-zA-Z]*[oO]", word):
            self.writes = self.writes or word.endswith("O") or following not in ("/dev/null", "-")
            return not word.endswith(("O", "remote-name"))
        if word in ("-H", "--header"):
            self.headers.append(following)
        self.method = "GET" if word in ("-I", "--head", "-G", "--get") else self.method
        self.unseen = self.unseen or word in ("-K", "--config")
        return word in _VALUED


_METHOD = listed("-X --request")
_OUTPUT = listed("-o --output -O --remote-name -OJ -LO -c --cookie-jar -D --dump-header --output-dir")


def read_curl(program: str, words: list[str]) -> Reading:
    """What a command of curl or HTTPie would do."""
    if program != "curl":
        return _httpie(words)
    said, i = _Curl(), 0
    while i < len(words):
        i += 1 + said.take(words[i], words[i + 1] if i + 1 < len(words) else "")
    if said.unseen:
        return destroys("curl reads its options from a file.")
    if not said.address and not said.method:
        return reads("curl only tells about itself.") if words else changes("curl without an address.")
    found = read_request(said.method or "GET", said.address, "\n".join(said.data) or None, "\n".join(said.headers))
    if any(value.startswith("@") for value in said.data) and found.risk is Risk.RISKY:
        return destroys("curl sends a file to somewhere.")
    if re.match(r"^(?:ftp|telnet|dict|gopher|smtp|ldap|file)s?://", said.address):
        return changes("curl uses a scheme that is not the web.")
    return worst([found, changes("curl writes a file.")]) if said.writes else found


def _httpie(words: list[str]) -> Reading:
    bare = [word for word in words if not word.startswith("-")]
    method = bare.pop(0) if bare and method_risk(bare[0]) is not None and bare[0].isupper() else ""
    address, items = (bare[0] if bare else ""), bare[1:]
    sends = [item for item in items if re.match(r"^[\w.-]+(?::?=|@)", item) and "==" not in item]
    return read_request(method or ("POST" if sends else "GET"), address, None) if address else reads()


__all__ = ["of_risk", "read_curl", "read_request", "request_in"]
