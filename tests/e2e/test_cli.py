"""The command line is a contract: exit statuses, one JSON document, the same truth in trace, stream and SQL."""

import json
import selectors
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import clickhouse_connect
import pytest

from tests.e2e.conftest import BUS, Answer, Cli, a_cli

READ = ("submit", "orders.get", "order=A-1001", "--confidence", "0.95")
REFUND = ("submit", "refund.create", "order=A-1001", "amount=0.01", "--confidence", "0.95")
pytestmark = pytest.mark.timeout(600)


def until(question: Callable[[], Any], what: str, within_s: float = 60) -> Any:
    """Ask until the answer is truthy."""
    deadline = time.monotonic() + within_s
    while not (answer := question()):
        assert time.monotonic() < deadline, f"{what} did not happen within {within_s:g} s"
    return answer


def case_of(cli: Cli, intent: str) -> str:
    """The case of an intent, once it is open."""

    def found() -> str:
        cases = cli.here("cases", "--json", "--limit", "1000").json["cases"]
        return next((case["case"] for case in cases if case["intent"] == intent), "")

    return str(until(found, f"a case of {intent}"))


def ended(process: "subprocess.Popen[str]") -> Answer:
    """What a command beside the test has said."""
    out, err = process.communicate(timeout=120)
    return Answer(process.returncode, out, err)


def test_a_safe_call_succeeds_with_status_0_and_its_outcome_as_json(cli: Cli) -> None:
    answer = cli.here(*READ, "--wait", "--json")
    assert (answer.status, answer.json["status"], answer.json["result"]["order"]) == (0, "succeeded", "A-1001")


@pytest.mark.parametrize("service", ["classifier", "rate-limiter", "approval", "executor-1", "executor-2", "audit"])
def test_a_service_says_how_it_uses_the_bus(cli: Cli, service: str) -> None:
    """As the setting wants it: the self-test finds nothing in the installed nats-py that would make it another."""
    lines = (cli.data / "logs" / f"{service}.log").read_text(encoding="utf-8").splitlines()
    told = [json.loads(line) for line in lines if line.startswith("{")]
    assert {line["bus"] for line in told if line["event"] == "ready"} == {cli.env.get(BUS, "fast")}
    assert [line for line in told if line["event"] in ("nats_py_changed", "connection_opened_elsewhere")] == []


def test_without_wait_the_intent_is_named_and_left_to_itself(cli: Cli) -> None:
    answer = cli.here(*READ, "--json")
    assert (answer.status, set(answer.json)) == (0, {"intent", "seq"})


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("submit", "orders.get", "order=A-1", "--confidence", "0.95"), "failed"),
        (("submit", "orders.get", "wrong=1", "--confidence", "0.95"), "refused"),
    ],
)
def test_a_negative_outcome_is_status_1(cli: Cli, arguments: tuple[str, ...], status: str) -> None:
    answer = cli.here(*arguments, "--wait", "--json")
    assert (answer.status, answer.json["status"]) == (1, status)


def test_a_submit_that_waits_too_long_is_status_1_and_names_the_intent(cli: Cli) -> None:
    answer = cli.here(*REFUND, "--wait", "--timeout", "0.5", "--json")
    assert (answer.status, answer.json["error"]["code"], "intent" in answer.json["error"]) == (1, "timeout", True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("submit",),
        ("submit", "orders.get", "order"),
        ("submit", "orders.get", "--args", "{"),
        ("submit", "orders.get", "--args", "[1]"),
        ("submit", "orders.get", "--confidence", "7"),
        ("submit", "orders.get", "--tenant", "a.*", "--json"),
        ("submit", "orders.get", "--id", "a.b", "--json"),
        ("submit", "orders.get", "--args", '{"order": 1152921504606846976}', "--json"),
        ("halt", "--json"),
        ("halt", "--reason", "r", "--scope", "nonsense", "--json"),
        ("halt", "--reason", " ", "--json"),
        ("resume", "x"),
        ("watch", "--kind", "nonsense"),
        ("trace", "a.*", "--json"),
    ],
)
def test_wrong_usage_is_status_2_with_the_reason_on_stderr(cli: Cli, arguments: tuple[str, ...]) -> None:
    answer = cli.here(*arguments)
    assert answer.status == 2, answer
    assert answer.err
    if answer.out:
        assert answer.json["error"]["message"]


@pytest.mark.parametrize(
    "command", [("status",), ("submit", "x"), ("cases",), ("sql", "select 1"), ("halt", "-r", "x")]
)
def test_no_stack_is_status_3(tmp_path: Path, command: tuple[str, ...]) -> None:
    answer = a_cli(tmp_path)(*command, "--data", str(tmp_path), "--json")
    assert (answer.status, answer.json["error"]["code"]) == (3, "unreachable")


@pytest.mark.parametrize(
    ("verb", "status", "outcome", "last"),
    [
        ("approve", 0, "succeeded", ["execution.started", "cost.recorded", "outcome"]),
        ("deny", 1, "denied", ["outcome"]),
    ],
)
def test_a_blocking_submit_ends_with_what_another_process_decides(
    cli: Cli, verb: str, status: int, outcome: str, last: list[str]
) -> None:
    """From a second terminal it blocks until somebody decides in a third; the trace shows every fact of it."""
    intent = f"blocking-{verb}"
    waiting = cli.start(*REFUND, "--id", intent, "--wait", "--json")
    case = case_of(cli, intent)
    assert waiting.poll() is None, "it did not wait"
    decided = cli.here(verb, case, "--note", "by the test", "--as", "ann", "--json")
    assert (decided.status, decided.json["won"], decided.json["by"]) == (0, True, "ann")
    done = ended(waiting)
    assert (done.status, done.json["status"], done.json["intent"]) == (status, outcome, intent)
    again = cli.here("deny", case, "--note", "too late", "--as", "bob", "--json")
    assert (again.status, again.json["error"]["code"], again.json["error"]["by"]) == (1, "already_decided", "ann")
    facts = cli.here("trace", intent, "--json").json["facts"]
    kinds = [fact["kind"] for fact in facts if fact["kind"].split(".")[0] != "timer" and fact["kind"] != "case.nudge"]
    cleared = ["intent.cleared"] if verb == "approve" else []
    held = ["intent.submitted", "intent.classified", "intent.admitted", "case.opened", "case.decided"]
    assert kinds == [*held, *cleared, *last]
    assert [fact["seq"] for fact in facts] == sorted({fact["seq"] for fact in facts})
    assert all(fact["time"] and fact["says"] for fact in facts)


def test_the_trace_of_nothing_is_status_1(cli: Cli) -> None:
    answer = cli.here("trace", "no-such-intent", "--json")
    assert (answer.status, answer.json["error"]["code"]) == (1, "not_found")


def test_sql_agrees_with_the_stream_and_explains_its_timers(cli: Cli) -> None:
    """One row per sequence. What the stream no longer holds is a timer: its row says so."""
    for _ in range(3):
        cli.here(*READ, "--wait")

    def kinds() -> dict[str, int]:
        log = cli.here("status", "--json").json["log"]
        answer = cli.here("sql", "select kind, count() as n from audit.event_log group by kind", "--json")
        assert answer.status == 0
        found = {row["kind"]: int(row["n"]) for row in answer.json["data"]}
        settled = log == cli.here("status", "--json").json["log"] and sum(found.values()) == log["last_seq"]
        return found | {"log": log} if settled else {}

    found = until(kinds, "a record that agrees", 40)
    log: Any = found.pop("log")
    assert log["last_seq"] - log["messages"] == log["removed"]
    assert found.get("log.removed", 0) + found.get("timer.case", 0) >= log["removed"]
    assert found["intent.submitted"] >= 3


def test_plain_clickhouse_connect_works_and_may_only_read(cli: Cli) -> None:
    state = json.loads((cli.data / "stack.json").read_text())
    client = clickhouse_connect.get_client(dsn=state["analyst_dsn"])
    rows = client.query("SELECT kind FROM audit.event_log WHERE seq = 1").result_rows
    assert len(rows) <= 1
    assert int(client.command("SELECT count() >= 0 FROM audit.event_log")) == 1
    with pytest.raises(clickhouse_connect.driver.exceptions.DatabaseError):
        client.command("DROP TABLE audit.event_log")


def test_a_bad_query_is_status_1_with_the_servers_words(cli: Cli) -> None:
    answer = cli.here("sql", "select nonsense from audit.event_log", "--json")
    assert (answer.status, answer.json["error"]["code"]) == (1, "query_failed")


def test_dead_letters_are_listed_and_one_is_shown_whole(cli: Cli) -> None:
    intent = "reused"
    first, second = (("orders.get", "order=A-1001"), ("orders.get", "order=A-1002"))
    assert cli.here("submit", *first, "--id", intent, "--confidence", "0.95", "--wait").status == 0
    again = cli.here("submit", *second, "--id", intent, "--json")
    assert (again.status, again.json["error"]["code"]) == (2, "duplicate_id_other_content")
    listed = cli.here("dead", "--json")
    assert (listed.status, isinstance(listed.json, list)) == (0, True)
    assert cli.here("dead", "show", "999999", "--json").status == 1


def test_a_halt_and_a_resume_answer_with_one_document_each(cli: Cli) -> None:
    halted = cli.here("halt", "--reason", "a test", "--scope", "agent=nobody", "--as", "olga", "--json")
    assert halted.status == 0, halted
    report = halted.json
    keys = {"control", "seq", "scope", "executors", "missing", "last_halted_ms", "claims_after"}
    assert (keys <= set(report), len(report["executors"]), report["missing"]) == (True, 2, [])
    assert [halt["control"] for halt in cli.here("controls", "--json").json["halts"]] == [report["control"]]
    lifted = cli.here("resume", report["control"], "--note", "done", "--as", "olga", "--json")
    assert (lifted.status, lifted.json["still_halted"]) == (0, 0)
    unknown = cli.here("resume", "no-such-halt", "--note", "done", "--json")
    assert unknown.status == 1


def test_watch_prints_one_document_a_line(cli: Cli) -> None:
    watching = cli.start("watch", "--kind", "outcome", "--json")
    try:
        assert watching.stdout is not None
        with selectors.DefaultSelector() as lines:
            lines.register(watching.stdout, selectors.EVENT_READ)

            def seen() -> str:
                """Watching begins a moment after the process does: submit until one is seen."""
                cli.here(*READ, "--wait")
                return watching.stdout.readline() if lines.select(0.5) and watching.stdout else ""

            assert json.loads(until(seen, "an outcome on the watcher's stdout", 60))["status"] == "succeeded"
    finally:
        watching.terminate()
        watching.wait(60)
