"""Query languages whose clauses say what they do: Cypher, SPARQL, KQL, Flux and the like."""

from __future__ import annotations

import re

from groundstop.risk.statements.reading import Reading, changes, destroys, of_risk, reads, worst
from groundstop.vocabulary import Risk

QUERY_CHARS_MAX = 16_000
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|`[^`]*`|//[^\n]*|/\*.*?\*/", re.S)
_CYPHER = re.compile(
    r"^\s*(?:(?:explain|profile)\s+)?(?:optional\s+match|match|merge|create|unwind|call|return|with|show|foreach|load\s+csv|drop)\b",
    re.I,
)
_CYPHER_SURE = re.compile(
    r"^\s*(?:(?:explain|profile)\s+)?(?:optional\s+match|match|merge|create|unwind|foreach)\s*[\w`]*\s*[(\[]|^\s*call\s+[\w.]+\s*\(|^\s*call\s*\{|\bdetach\s+delete\b|^\s*load\s+csv\b|^\s*with\b.{0,200}\b(?:match|merge)\s*\(",
    re.I | re.S,
)
_CYPHER_DESTROYS = re.compile(
    r"\b(?:detach\s+delete|nodetach\s+delete|delete|remove|drop|terminate|deny|revoke|grant|alter|stop\s+database|dryrun)\b",
    re.I,
)
_CYPHER_CHANGES = re.compile(r"\b(?:create|merge|set|foreach|load\s+csv|use|start\s+database|rename)\b", re.I)
_PROCEDURE = re.compile(r"\bcall\s+([\w.]+)", re.I)
_FUNCTION = re.compile(r"\b((?:apoc|gds|db|dbms|tx)(?:\.\w+)+)\s*\(", re.I)
_READING_PROCEDURE = re.compile(
    r"^(?:db\.(?:labels|relationshiptypes|propertykeys|schema\.\w+|indexes|constraints|info|ping|stats\.retrieve|index\.(?:fulltext|vector)\.query\w+)|"
    r"dbms\.(?:components|info|procedures|functions|listconfig|listqueries|listconnections|showcurrentuser|querydatabase|database\.state)|"
    r"apoc\.(?:meta\.\w+|help|version|path\.\w+|algo\.\w+|text\.\w+|coll\.\w+|map\.\w+|convert\.\w+|date\.\w+|temporal\.\w+|math\.\w+|node\.(?:degree|relationship\S*)|neighbors\.\w+|stats\.\w+|search\.\w+|schema\.(?:nodes|relationships))|"
    r"gds\.(?:list|version|graph\.(?:list|exists)|\w+\.(?:\w+\.)?(?:stream|stats)(?:\.estimate)?)|tx\.getmetadata)$",
    re.I,
)


def _plain(text: str) -> str:
    return _QUOTED.sub(" ", text[:QUERY_CHARS_MAX])


def is_cypher(text: str) -> bool:
    """True for a text that can hardly be anything but Cypher."""
    return _CYPHER_SURE.search(text[:2_000]) is not None


def read_cypher(text: str) -> Reading:
    """What a Cypher text would do."""
    if len(text) > QUERY_CHARS_MAX or not _CYPHER.match(_QUOTED.sub(" ", text[:2_000])):
        return destroys("The Cypher cannot be understood.")
    plain = _plain(text)
    if re.match(r"^\s*explain\b", plain, re.I):
        return reads("It only explains a plan.")
    if re.match(r"^\s*show\b", plain, re.I) and not _CYPHER_CHANGES.search(plain):
        return reads("It only shows what is there.")
    found = [_called(name) for name in _PROCEDURE.findall(plain) if name.lower() not in ("", "{")]
    found += [_called(name) for name in _FUNCTION.findall(plain)]
    if match := _CYPHER_DESTROYS.search(plain):
        one = re.search(r"\bwhere\b|\{", plain, re.I)
        found.append(destroys(f"The Cypher contains “{match.group(0).upper()}”.", *(() if one else ("all",))))
    if match := _CYPHER_CHANGES.search(plain):
        found.append(changes(f"The Cypher contains “{match.group(0).upper()}”."))
    return worst(found, reads("The Cypher only reads."))


def _called(name: str) -> Reading:
    if _READING_PROCEDURE.match(name):
        return reads()
    lower = name.lower()
    if any(
        word in lower
        for word in (
            "drop",
            "delete",
            "remove",
            "kill",
            "truncate",
            "purge",
            "shutdown",
            "cypher.run",
            "runmany",
            "periodic",
            "trigger",
            "import",
            "load",
            "refactor",
            "nuke",
            "clear",
            "createuser",
            "changepassword",
        )
    ):
        return destroys(f"It calls “{name}”, which removes, loads or runs something.")
    return changes(f"It calls “{name}”, which is not known to read.")


_SPARQL_HEAD = re.compile(
    r"^\s*(?:(?:prefix\s+[\w-]*:\s*<[^>]*>|base\s+<[^>]*>)\s*)*(select|ask|construct|describe|insert|delete|load|clear|drop|create|add|move|copy|with)\b",
    re.I,
)
_SPARQL_SURE = re.compile(
    r"^\s*(?:prefix\s+[\w-]*:\s*<|base\s+<)|^\s*(?:insert|delete)\s+(?:data\s*)?\{|^\s*(?:select|ask|construct|describe)\b[^;]*\{\s*[?<\w]|^\s*delete\s+where\s*\{|^\s*(?:clear|drop)\s+(?:silent\s+)?(?:graph\s*<|all\b|named\b|default\b)",
    re.I,
)
_SPARQL_DESTROYS = re.compile(r"\b(?:delete|clear|drop|move|copy)\b", re.I)
_SPARQL_CHANGES = re.compile(r"\b(?:insert|load|create|add)\b", re.I)


def is_sparql(text: str) -> bool:
    """True for a text that can hardly be anything but SPARQL."""
    return _SPARQL_SURE.match(text[:4_000]) is not None


def read_sparql(text: str) -> Reading:
    """What a SPARQL query or update would do."""
    plain = re.sub(r"<[^<>\s]*>|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|#[^\n]*", " ", text[:QUERY_CHARS_MAX])
    head = _SPARQL_HEAD.match(re.sub(r"prefix\s+[\w-]*:\s+", " ", plain, flags=re.I))
    if head is None or len(text) > QUERY_CHARS_MAX:
        return destroys("The SPARQL cannot be understood.")
    plain = re.sub(r"[?$:][\w-]+|\w+:\w*", " ", plain)
    if match := _SPARQL_DESTROYS.search(plain):
        return destroys(
            f"The SPARQL contains “{match.group(0).upper()}”.",
            *(("all",) if re.search(r"\ball\b", plain, re.I) else ()),
        )
    if match := _SPARQL_CHANGES.search(plain):
        return changes(f"The SPARQL contains “{match.group(0).upper()}”.")
    return reads("The SPARQL only reads.")


_KQL_CONTROL = re.compile(r"^\s*\.(\w[\w-]*)", re.I)
_PIPED = re.compile(
    r"\|>?\s*(delete|outputlookup|collect|sendemail|outputcsv|to|mcollect|meventcollect|script|map|tscollect|sendalert)\b",
    re.I,
)


def read_kql(text: str) -> Reading:
    """What a Kusto, Splunk or Flux query would do: a control command, or a stage that writes."""
    control = _KQL_CONTROL.match(text)
    if control:
        verb = control.group(1).lower()
        risk = {
            "show": Risk.SAFE,
            "create": Risk.RISKY,
            "ingest": Risk.RISKY,
            "append": Risk.RISKY,
            "set": Risk.RISKY,
            "alter": Risk.RISKY,
            "rename": Risk.RISKY,
        }.get(verb.split("-")[0], Risk.DANGEROUS)
        return of_risk(risk, f"“.{verb}” is a command, not a query.")
    stage = _PIPED.search(_plain(text))
    if stage is None:
        return reads("The query only reads.")
    if stage.group(1).lower() == "delete":
        return destroys("The query deletes what it finds.")
    return changes(
        f"The query writes with “{stage.group(1)}”.", *(("all",) if stage.group(1).lower() in ("script", "map") else ())
    )
