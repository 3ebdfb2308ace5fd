"""One trace per intent, out of its facts alone."""

from random import Random  # noqa: TID251 - histories are drawn from fixed seeds

import orjson
from groundstop.ids import trace_of
from groundstop.record.spans import Span, Spans
from groundstop.subjects import DETAILS, parse
from groundstop.testing import NOON

from tests.services.audit.synthetic import history


def spans_of(intents: int = 60, trace: str = "") -> list[Span]:
    fold, found = Spans(), list[Span]()
    for message in history(Random(8), intents, NOON):
        if ".".join(message.subject.split(".")[1:3]) in DETAILS or message.subject.split(".")[1] in DETAILS:
            fact = orjson.loads(message.payload)
            found += fold.add(parse(message.subject).kind, message.time_ns, fact | ({"trace": trace} if trace else {}))
    return found


def test_every_ended_intent_is_one_trace_whose_spans_hang_together() -> None:
    spans = spans_of()
    traces = {span.trace for span in spans}
    assert len(traces) == 60
    for trace in traces:
        mine = [span for span in spans if span.trace == trace]
        roots = [span for span in mine if not span.parent]
        assert len(roots) == 1 and roots[0].name.startswith("intent ")
        assert {span.parent for span in mine if span.parent} <= {roots[0].id}
        assert len({span.id for span in mine}) == len(mine)
        assert all(roots[0].begin_ns <= span.begin_ns <= span.end_ns <= roots[0].end_ns for span in mine)


def test_every_attempt_is_an_execute_tool_span_and_a_failed_one_says_so() -> None:
    tools = [span for span in spans_of(300) if span.name.startswith("execute_tool ")]
    assert len(tools) > 200
    assert all(span.attributes["gen_ai.operation.name"] == "execute_tool" for span in tools)
    assert all(span.name == f"execute_tool {span.attributes['gen_ai.tool.name']}" for span in tools)
    assert {span.failed for span in tools} == {True, False}


def test_inside_an_agents_own_trace_the_intent_is_a_child_of_the_agents_span() -> None:
    theirs = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    spans = spans_of(3, theirs)
    assert {span.trace for span in spans} == {"0af7651916cd43dd8448eb211c80319c"}
    whole = [span for span in spans if span.name.startswith("intent ")]
    assert {span.parent for span in whole} == {"b7ad6b7169203331"} and len({span.id for span in whole}) == 3
    assert trace_of("x") != theirs
