"""Name, description and parameters weighed against each other, for tools that nobody has declared."""

# ruff: noqa: E501 - lists of words, many a line

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from groundstop.risk.evidence import Evidence
from groundstop.risk.money import is_money
from groundstop.risk.names import Reading, read_name, tokens_of
from groundstop.risk.nouns import listed
from groundstop.risk.phrases import ACTIONS_TOLD, READ_ONLY_SQL, SQL_LED, SQL_SPOKEN
from groundstop.risk.schema import SHELL, SchemaReading, plain, risk_of_choice
from groundstop.risk.sentences import doubt, lead_reading, says_for_good, sentences_of, side_effects, worst
from groundstop.risk.statements.arguments import Spoken, dialect_for, is_command_key, language_of
from groundstop.vocabulary import Risk

_EVERYTHING = listed("all everything everyone entire")
# Names that promise several actions leave it to the selected one.
_MANY_ACTIONS = listed(
    """manage maintain administer handle control operate write edit modify update set configure read get call do perform
    process run use execute"""
)
_PUTTING = ("download", "export", "generate", "render", "capture", "extract", "convert", "transcribe")
_SQL_RUNNERS = listed("run execute exec query inspect do perform")
_DATABASES = listed(
    """database db d1 postgres postgresql mysql mariadb sqlite duckdb bigquery snowflake redshift clickhouse mssql
    sqlserver oracle athena trino presto databricks influxdb"""
)
_STATEMENT_KEYS = listed("sql query statement q stmt")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the definition alone says: hard-coded patterns, the heuristics, and whether those are plain or a guess."""

    patterns: tuple[Evidence, ...]
    evidence: tuple[Evidence, ...]
    risk: Risk
    plain: bool
    spoken: Spoken | None
    runs: Evidence | None
    single: bool
    filters: bool = False
    """True where what looks like a choice of actions only filters what is looked for."""


def judge(name: str, description: str, schema: SchemaReading) -> Verdict:
    """The heuristic verdict on a definition."""
    tokens = tokens_of(name)
    sentences = list(sentences_of(description))
    told = lead_reading(sentences[0]) if sentences else ()
    named = read_name(tokens, told[0].word if told else None, sentences[0] if sentences else "") if tokens else ()
    admitted = side_effects(sentences)
    filters = _filters(named, told, schema)
    if filters:
        schema = replace(schema, selector=None, open_action=None)
    spoken = _spoken(tokens, named, schema, description)
    runs_sql = spoken is not None and spoken.language.startswith("sql")
    runs = _RUNS if spoken is not None and spoken.command else None
    evidence = _weigh(tokens, named, told, admitted, schema, description)
    if runs_sql:
        if READ_ONLY_SQL.search(description[:600]) or "read" in tokens:
            evidence = [Evidence("description", Risk.SAFE, "It says that it runs reading statements only.", 0.5)]
        else:
            evidence.append(Evidence("schema", Risk.DANGEROUS, "It runs whatever SQL it is given.", 0.8))
    patterns = _patterns(tokens, named, schema.cut)
    risk = max((e.says for e in evidence), key=lambda r: r.rank, default=Risk.DANGEROUS)
    plainly = any(e.says is risk and e.weight >= 0.8 for e in evidence)
    single = bool(named) and named[0].sure >= 0.8 and named[0].word.base not in _MANY_ACTIONS
    return Verdict(patterns, tuple(evidence), risk, plainly, spoken, runs, single, filters)


def _filters(named: tuple[Reading, ...], told: tuple[Reading, ...], schema: SchemaReading) -> bool:
    """True for a tool that plainly looks, by name and description, whose list of actions holds none that looks and may be
    left out: it says which records are wanted ("list_audit_logs" with an action of create, update or delete)."""
    selector = schema.selector
    if selector is None or selector.required or not named or not told:
        return False
    looks = [*named, *told]
    plainly = all(not r.changes for r in looks) and all(
        r.sure >= 0.8 and r.word.family.sure for r in (named[0], told[0])
    )
    return plainly and all(risk is not Risk.SAFE for risk in selector.risks.values())


_RUNS = Evidence("pattern", Risk.DANGEROUS, "It runs whatever command it is given.")


def _spoken(
    tokens: tuple[str, ...], named: tuple[Reading, ...], schema: SchemaReading, description: str
) -> Spoken | None:
    """The language of the statements that the tool is there to run, if it runs any."""
    if _runs_sql(tokens, named, schema, description):
        return Spoken(dialect_for(tokens, description))
    found = language_of(tokens, named, [plain(key) for key in schema.names])
    if found is not None:
        return found
    return Spoken("bash") if _runs_commands(schema) else None


def _runs_sql(tokens: tuple[str, ...], named: tuple[Reading, ...], schema: SchemaReading, description: str) -> bool:
    """True for tools whose argument is a statement for a database, run as it is given."""
    if named and named[0].word.base not in _SQL_RUNNERS:
        return False
    keys = {plain(key) for key in schema.names}
    if "sql" in keys or ("sql" in tokens and not _SQL_RUNNERS.isdisjoint(tokens)):
        return True
    if "query" in tokens and not _DATABASES.isdisjoint(tokens) and not schema.reading and "filter" not in keys:
        return True
    if SQL_LED.match(description[:80]):
        return True
    asks = not _SQL_RUNNERS.isdisjoint(tokens) and not _STATEMENT_KEYS.isdisjoint(keys)
    return asks and SQL_SPOKEN.search(description[:600]) is not None


def _runs_commands(schema: SchemaReading) -> bool:
    if schema.selector is not None and plain(schema.selector.parameter) in SHELL:
        return False
    return any(is_command_key(plain(key)) for key in schema.commands)


def _patterns(tokens: tuple[str, ...], named: tuple[Reading, ...], cut: bool) -> tuple[Evidence, ...]:
    found: list[Evidence] = []
    if cut:
        found.append(Evidence("pattern", Risk.DANGEROUS, "It has more parameters than can be read."))
    if named and worst(named) is Risk.DANGEROUS and _EVERYTHING.intersection(tokens):
        found.append(Evidence("pattern", Risk.DANGEROUS, f"Its name says that it {_verb(named)}s everything at once."))
    return tuple(found)


def _verb(readings: tuple[Reading, ...]) -> str:
    return max(readings, key=lambda r: r.word.family.risk.rank).word.base


def _of_readings(kind: str, source: str, readings: tuple[Reading, ...]) -> list[Evidence]:
    said = [(r.word.base, r.word.family, r.sure) for r in readings]
    return [
        Evidence(kind, family.risk, f"The {source} says “{verb}”: it {family.why}.", sure, verb)
        for verb, family, sure in said
    ]


def _weigh(
    tokens: tuple[str, ...],
    named: tuple[Reading, ...],
    told: tuple[Reading, ...],
    admitted: tuple[Reading, ...],
    schema: SchemaReading,
    description: str,
) -> list[Evidence]:
    """All heuristic evidence that counts: weak evidence is dropped where plain evidence contradicts it."""
    from_name = _of_readings("name", "tool's name", named)
    from_text = _of_readings("description", "description", told)
    if schema.selector is not None and schema.selector.worst is Risk.SAFE:
        # "Manage X" says what its actions say, and these only look.
        from_name = [
            e for e, r in zip(from_name, named, strict=True) if r.word.base not in _MANY_ACTIONS or not r.changes
        ]
        from_text = [
            e for e, r in zip(from_text, told, strict=True) if r.word.base not in _MANY_ACTIONS or not r.changes
        ]
    evidence = _settled(from_name, from_text)
    evidence += _of_readings("description", "description also", admitted)
    evidence += _moves_money(tokens, named, schema)
    evidence += _from_schema(schema, evidence)
    if schema.open_action is not None:
        evidence += _told_actions(description)
    if evidence and all(e.says is Risk.SAFE and e.weight < 0.8 for e in evidence):
        doubted = doubt(description)
        if doubted is not None:
            detail = f"Little says that it reads, and its description speaks of “{doubted.base}”."
            evidence.append(Evidence("description", Risk.RISKY, detail, 0.45))
    if evidence and any(e.says is not Risk.SAFE for e in evidence):
        phrase = says_for_good(description)
        if phrase:
            evidence.append(Evidence("description", Risk.DANGEROUS, f"The description says “{phrase}”.", 0.8))
    return evidence or [
        Evidence("unknown", Risk.DANGEROUS, "Nothing says what the tool does, and unknown means dangerous.", 0.5)
    ]


CAN_SAVE = "It can save a file"
_STEERS = "it starts, stops or steers something that runs."


def _settled(from_name: list[Evidence], from_text: list[Evidence]) -> list[Evidence]:
    """Name against description: a guess on one side gives way to a plain word on the other."""
    if not from_text and all(e.says is Risk.SAFE and e.weight < 0.5 for e in from_name):
        # A noun alone ("refuel_balance") may hide a verb that we do not know: somebody must say that it reads.
        return []
    name_best = max((e.weight for e in from_name), default=0.0)
    text_best = max((e.weight for e in from_text), default=0.0)
    if from_name and from_text:
        if text_best >= 0.8 and all(e.says is Risk.SAFE for e in from_text) and from_name[0].says is Risk.SAFE:
            # Logging in or deploying, in the name of what plainly looks, is what it looks at ("get_login_failure").
            from_name = [e for e in from_name if e.weight >= 0.8 or not e.detail.endswith(_STEERS)]
        if name_best < 0.8 and text_best >= 0.8:
            from_name = [e for e in from_name if e.weight >= 0.8 or e.says is Risk.SAFE]
        elif name_best >= 0.8 and text_best < 0.8:
            from_text = [e for e in from_text if e.says is Risk.SAFE]
    return from_name + from_text


def _told_actions(description: str) -> list[Evidence]:
    """The worst of the actions that only the description lists."""
    told = ACTIONS_TOLD.search(description[:1_000])
    if told is None:
        return []
    risks = [risk_of_choice(choice.strip()) for choice in re.split(r"[,|/]", told.group(1))]
    most = max((risk for risk in risks if risk is not None), key=lambda risk: risk.rank, default=Risk.SAFE)
    if most is Risk.SAFE:
        return []
    return [Evidence("description", most, "The actions that its description lists include such a one.", 0.8)]


def _moves_money(tokens: tuple[str, ...], named: tuple[Reading, ...], schema: SchemaReading) -> list[Evidence]:
    """A payment that is named by a noun: "create_payment", "payout.submit", "initiate_transfer" with an amount."""
    if not named or named[0].word.base.split()[0] not in _BRINGING_ABOUT or not _AROUND_MONEY.isdisjoint(tokens):
        return []
    noun = next((token for token in tokens if token in _MONEY_MOVES), None)
    if noun is None and any(is_money(plain(key)) for key in schema.names):
        noun = next((token for token in tokens if token in _MOVES_WITH_AMOUNT), None)
    if noun is None:
        return []
    return [Evidence("name", Risk.DANGEROUS, f"The tool's name speaks of a “{noun}” that it brings about.", 0.8)]


_MONEY_MOVES = listed(
    """payment payments payout payouts refund refunds withdrawal withdrawals remittance remittances disbursement disbursements
    donation donations reimbursement reimbursements"""
)
_MOVES_WITH_AMOUNT = listed(
    "transfer transfers charge charges wire wires trade trades purchase purchases deposit deposits checkout topup bid"
)
_BRINGING_ABOUT = listed(
    """create make initiate submit send issue post add execute process authorize authorise capture confirm start perform do place
    trigger release complete run"""
)
_AROUND_MONEY = listed(
    """link links method methods intent intents plan plans request requests schedule schedules report reports page pages form terms
    term reminder reminders status profile option options history token tokens detail details webhook webhooks draft drafts template
    note notes config configuration account accounts setting settings receipt receipts rule rules label labels batch gateway
    comment attachment file files session sessions search export"""
)


def _puts_somewhere(sofar: list[Evidence]) -> bool:
    return any(item.verb in _PUTTING for item in sofar)


def _from_schema(schema: SchemaReading, sofar: list[Evidence]) -> list[Evidence]:
    found: list[Evidence] = []
    sure_read = any(e.says is Risk.SAFE and e.weight >= 0.8 for e in sofar)
    sofar_reads = any(e.says is Risk.SAFE for e in sofar)
    if schema.saving and not (sure_read and schema.saving_optional):
        found.append(Evidence("schema", Risk.RISKY, f"{CAN_SAVE}, named by “{schema.saving[0]}”.", 0.6))
    if schema.places and not sure_read and _puts_somewhere(sofar):
        found.append(Evidence("schema", Risk.RISKY, f"It puts what it makes where “{schema.places[0]}” says.", 0.5))
    if schema.open_action is not None and not sure_read and len(schema.reading) < 2:
        found.append(Evidence("schema", Risk.RISKY, f"“{schema.open_action}” may select anything.", 0.5))
    if schema.selector is not None:
        worst_choice = schema.selector.worst
        found.append(
            Evidence("schema", worst_choice, f"Its “{schema.selector.parameter}” can select such an action.", 0.8)
        )
    if schema.writing and not sure_read:
        found.append(Evidence("schema", Risk.RISKY, f"It takes “{schema.writing[0]}”, which only a change needs.", 0.6))
    if schema.content and not sofar_reads and len(schema.reading) < 2:
        found.append(Evidence("schema", Risk.RISKY, f"It takes “{schema.content[0]}” to be put somewhere.", 0.4))
    agreed = {e.kind for e in sofar if e.says is Risk.SAFE} == {"name", "description"}
    if schema.code and not sure_read and not (agreed and all(e.says is Risk.SAFE for e in sofar)):
        found.append(Evidence("schema", Risk.DANGEROUS, f"It takes “{schema.code[0]}” to be run.", 0.5))
    return found
