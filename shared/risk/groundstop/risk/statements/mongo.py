"""MongoDB: pipelines, command documents and lines of its shell."""

# ruff: noqa: E501 - lists of words and expressions, one meaning a line

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from groundstop.risk.nouns import listed
from groundstop.risk.statements.reading import Reading, changes, destroys, reads, worst

NODES_MAX = 2_000
_READING = listed(
    """find findone aggregate count countdocuments estimateddocumentcount distinct explain getindexes getindexkeys indexstats stats
    storagesize totalsize totalindexsize datasize latencystats validate getcollection getcollectionnames getcollectioninfos getname
    getdb getsiblingdb getmongo listcollections listdatabases listindexes listcommands hostinfo serverstatus dbstats collstats version
    serverbuildinfo buildinfo getlogcomponents getprofilingstatus isMaster ismaster hello ping connectionstatus currentop getroles getuser getusers
    getrole status printreplicationinfo printsecondaryreplicationinfo printshardingstatus conf config getshardversion getshardingdistribution
    limit skip sort project projection toarray pretty next hasnext itcount size foreach map batchsize hint maxtimems comment collation
    readpref readconcern returnkey max min allowdiskuse exec printjson print tojson objectid isodate numberlong numberint numberdecimal
    uuid date json stringify parse getlastmodified help getshellversion watch adminstats top whatsmyuri usersinfo rolesinfo getparameter
    getcmdlineopts getlog features listshards balancerstatus replsetgetstatus replsetgetconfig dbhash datasize getmore"""
)
_DESTROYING = listed(
    """deleteone deletemany remove drop dropdatabase dropindex dropindexes dropcollection findoneanddelete findandremove
    deleteindexes delete shutdown shutdownserver killop killsessions dropuser dropallusers dropallusersfromdatabase droprole
    dropallrolesfromdatabase revokerolesfromuser grantrolestouser grantrolestorole grantprivilegestorole revokeprivilegesfromrole
    createuser updateuser createrole updaterole changeuserpassword renamecollection converttocapped clonecollection fsynclock
    reconfig stepdown replsetreconfig replsetstepdown removeshard moveprimary compact repairdatabase reindex eval mapreduce
    dropconnections flushrouterconfig setparameter killcursors replsetfreeze removetags adminshutdown resetdberror logrotate"""
)
_COMMANDS = _READING | _DESTROYING | listed(
    """insert update findandmodify create createindexes collmod bulkwrite renameCollection fsync setprofilinglevel enablesharding
    shardcollection split balancerstart balancerstop replsetinitiate startsession committransaction aborttransaction"""
)  # fmt: skip
_WRITING_STAGES = {"$out": "replaces a collection", "$merge": "writes into a collection"}
_CODE = frozenset({"$where", "$function", "$accumulator"})
_CALL = re.compile(r"\.\s*([A-Za-z_]\w*)\s*\(")
_SHELL = re.compile(
    r"^\s*(?:db\b|rs\.|sh\.|use\s+\w|show\s+(?:dbs|databases|collections|users|roles|profile|logs?)\b|printjson\()"
)
_SHOW = re.compile(r"^\s*(?:show\s+\w+|use\s+[\w-]+|it|help|exit|db)\s*;?\s*$")
_STRINGS = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'")


def is_mongo_text(text: str) -> bool:
    """True for a line of MongoDB's shell."""
    return _SHELL.match(text) is not None


def read_mongo_text(text: str) -> Reading:
    """What lines of MongoDB's shell would do, by the methods that they call."""
    if _SHOW.match(text):
        return reads("It only shows what is there.")
    if not is_mongo_text(text) or len(text) > 8_000:
        return destroys("The MongoDB command cannot be understood.")
    bare = _STRINGS.sub(lambda m: m.group(0) if m.group(0).strip("\"'").startswith("$") else '""', text)
    found = [_method(name.lower()) for name in _CALL.findall(bare)]
    for stage, why in _WRITING_STAGES.items():
        if re.search(rf"[\"']?{re.escape(stage)}[\"']?\s*:", bare):
            found.append(destroys(f"“{stage}” {why}.") if stage == "$out" else changes(f"“{stage}” {why}."))
    if any(f"{word}" in bare for word in _CODE) or re.search(
        r"\bfunction\b|=>|\beval\b|\bload\(|\bwhile\b|\bfor\s*\(", bare
    ):
        found.append(changes("It runs code of its own.", "all"))
    if re.search(r"(?:deleteMany|remove)\s*\(\s*(?:\{\s*\})?\s*[,)]", bare):
        found.append(destroys("It removes every document.", "all"))
    if re.search(r"(?:runCommand|adminCommand)\s*\(", bare):
        names = re.findall(r"(?:runCommand|adminCommand)\s*\(\s*(?:\{\s*)?[\"']?(\w+)", text)
        found += [_method(name.lower()) for name in names] or [destroys("It runs a command that cannot be read.")]
    return worst(found, changes("Nothing says that it only reads."))


def _method(name: str) -> Reading:
    if name in ("runcommand", "admincommand"):
        return reads()
    if name in _READING:
        return reads(f"“{name}” only reads.")
    if name in _DESTROYING:
        return destroys(
            f"“{name}” removes or replaces something.", *(("all",) if name in ("drop", "dropdatabase") else ())
        )
    return changes(f"“{name}” may change something.")


def read_command(document: Mapping[str, Any]) -> Reading | None:
    """What a command document would do ({"dropDatabase": 1}); None for a document that is no command."""
    first = next(iter(document), None)
    if not isinstance(first, str) or first.lower() not in _COMMANDS:
        return None
    return worst([_method(first.lower()), *read_operators(document)])


def read_operators(value: Any) -> list[Reading]:
    """What the stages and operators inside a pipeline or filter do beyond reading."""
    found = []
    for key in operators_of(value):
        if key in _WRITING_STAGES:
            said = f"“{key}” {_WRITING_STAGES[key]}."
            found.append(destroys(said) if key == "$out" else changes(said))
        elif key in _CODE:
            found.append(changes(f"“{key}” runs code in the database."))
    return found


def operators_of(value: Any) -> Iterator[str]:
    """The keys that begin with ``$``, in bounded time; texts that hold JSON are looked into."""
    stack, seen = [value], 0
    while stack and seen < NODES_MAX:
        item = stack.pop()
        seen += 1
        if isinstance(item, str) and item[:1] in "[{" and "$" in item and len(item) < 20_000:
            item = _loaded(item)
        if isinstance(item, Mapping):
            yield from (key for key in list(item)[:NODES_MAX] if isinstance(key, str) and key[:1] == "$")
            stack.extend(list(item.values())[:NODES_MAX])
        elif isinstance(item, (list, tuple)):
            stack.extend(item[:NODES_MAX])


def _loaded(text: str) -> Any:
    """The JSON in a text; of one that is nearly JSON, a document of the operators that it names."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return {f"${name}": 0 for name in re.findall(r"\$(out|merge|where|function|accumulator)[\"']?\s*:", text)}
