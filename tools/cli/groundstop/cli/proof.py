"""verify, archive: is the record whole, and taking it elsewhere."""

import dataclasses
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from groundstop.cli.asking import asker, counting, records, refused, settings_or_fail
from groundstop.cli.common import NEGATIVE, USAGE, AsJson, Data, end, fail, hints, out, print_json
from groundstop.cli.lookback import since_of
from groundstop.clickhouse import ClickHouseProblem, save
from groundstop.clock import Clock
from groundstop.errors import BadInput, StackNotFound
from groundstop.identity.keyfiles import ring_from
from groundstop.permissions.history import signatures
from groundstop.record.archive import archive as write_archive
from groundstop.record.heads import Head, from_record
from groundstop.record.layout import TABLE
from groundstop.record.offline import NoArchive, verify_archive
from groundstop.record.verify import HEADS_SQL, Verdict
from groundstop.record.verify import verify as verify_record
from groundstop.stack_discovery import find_stack
from groundstop.subjects import STREAM

Key = Annotated[
    str | None,
    typer.Option("--key", help="Public key in hex, or a file with it. Default: the key of the local stack."),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this room."""
    app.command()(verify)
    app.command()(archive)


def verify(
    folder: Annotated[Path | None, typer.Option("--archive", help="Verify an archive, without a server.")] = None,
    key: Key = None,
    heads: Annotated[Path | None, typer.Option(help="File with signed heads from another place.")] = None,
    stream: Annotated[str, typer.Option(help="Name of the chain.")] = STREAM,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Verify the record's hash chain, signed heads and signatures. Exit status 1 if anything is wrong."""
    public_key = _key(key, data, json)
    if folder is not None:
        try:
            verdict = verify_archive(folder, public_key)
        except NoArchive as error:
            fail(str(error), USAGE, json, "no_archive")
    else:
        verdict = _online(stream, public_key, heads, data, json)
    _show(verdict, public_key, json)


def _online(stream: str, public_key: bytes | None, heads: Path | None, data: Path | None, json: bool) -> Verdict:
    settings = settings_or_fail(data, json)
    dsn, ring = settings.clickhouse_dsn, ring_from(settings)
    history = None if ring is None else signatures(ring.root, stream)
    try:
        known = [from_record(record) for record in records(dsn, HEADS_SQL)]
        known += _from_file(heads or _beside(data, "chain.heads.jsonl"))
        with counting("rows", json) as progress:
            return verify_record(
                asker(dsn), stream, known, public_key=public_key, progress=progress, history=history
            )  # fmt: skip
    except ClickHouseProblem as error:
        refused(error, json)


def _beside(data: Path | None, name: str) -> Path | None:
    """A file of the record's folder of a local stack, running or not."""
    try:
        folder = data or find_stack().data
    except StackNotFound:
        return None
    path = folder / "record" / name
    return path if path.exists() else None


def _from_file(path: Path | None) -> list[Head]:
    if path is None:
        return []
    try:
        return [from_record(orjson.loads(line)) for line in path.read_bytes().splitlines() if line.strip()]
    except (OSError, KeyError, ValueError) as error:
        fail(f"{path} holds no heads: {error}", USAGE, code="no_heads")


def _key(key: str | None, data: Path | None, json: bool) -> bytes | None:
    path = _beside(data, "chain.pub") if key is None else Path(key)
    try:
        text = path.read_text(encoding="ascii") if path is not None and path.is_file() else key
        return None if text is None else bytes.fromhex(text.strip())
    except (OSError, ValueError):
        fail(f"{key!r} is neither a file nor 64 hexadecimal digits", USAGE, json, "no_key")


def _show(verdict: Verdict, public_key: bytes | None, json: bool) -> None:
    if json:
        print_json({"intact": verdict.intact, **dataclasses.asdict(verdict)})
        end(0 if verdict.intact else NEGATIVE)
    out.print(f"{verdict.stream}: {verdict.rows} rows, {verdict.first_seq} to {verdict.last_seq}", highlight=False)
    out.print(f"signed up to {verdict.signed_seq} by {verdict.heads} heads; hash {verdict.hash}", highlight=False)
    if verdict.removed_upto:
        out.print(f"rows up to {verdict.removed_upto} were removed; the log says by whom", highlight=False)
    if public_key is None:
        hints.print("no public key from elsewhere was given: this shows that the heads are whole, not who signed them")
    for each in verdict.breaks:
        out.print(f"[red]{each.kind}[/] at {each.seq}: {each.says}", highlight=False)
    if verdict.breaks_total > len(verdict.breaks):
        out.print(f"and {verdict.breaks_total - len(verdict.breaks)} more")
    out.print("[green]intact[/]" if verdict.intact else f"[red]not intact[/]: {verdict.breaks_total} breaks")
    end(0 if verdict.intact else NEGATIVE)


def archive(
    folder: Annotated[Path, typer.Option("--out", help="Folder to write to. Created if missing.")],
    first: Annotated[int, typer.Option("--from", min=1, help="First sequence.")] = 1,
    last: Annotated[int | None, typer.Option("--to", help="Last sequence. Default: the newest.")] = None,
    to_head: Annotated[
        bool, typer.Option("--to-head", help="End at the newest signed head, so that trim can remove the rows.")
    ] = False,
    older: Annotated[
        str, typer.Option("--older-than", help="Only rows older than 90d, 52w. Ends at a signed head.")
    ] = "",
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Export a range of the record to Parquet with its signed heads. Verify it with verify --archive."""
    dsn = settings_or_fail(data, json).clickhouse_dsn
    ask = asker(dsn)
    try:
        newest = int(ask(f"SELECT max(seq) FROM {TABLE} WHERE stream = '{STREAM}'")[0][0])
        known = [from_record(record) for record in records(dsn, HEADS_SQL)]
        upto = min(last or newest, newest)
        if older:
            before = since_of(older, Clock()())
            sql = f"SELECT max(seq) FROM {TABLE} WHERE stream = '{STREAM}' AND logged_at < '{before:%Y-%m-%d %H:%M:%S}'"
            upto = min(upto, int(ask(sql)[0][0]))
        if older or to_head:
            upto = max((head.seq for head in known if head.stream == STREAM and head.seq <= upto), default=0)
        if upto < first:
            fail(f"there is nothing from {first} to {upto}", NEGATIVE, json, "empty")
        manifest: dict[str, Any] = write_archive(
            ask, lambda sql, path: save(dsn, sql, path), STREAM, known, folder, first, upto
        )
    except BadInput as error:
        fail(f"--older-than {error}", USAGE, json, "invalid_time")
    except ClickHouseProblem as error:
        refused(error, json)
    print_json(manifest) if json else out.print(
        f"{upto - first + 1} rows in {len(manifest['files'])} files in {folder}"
    )
