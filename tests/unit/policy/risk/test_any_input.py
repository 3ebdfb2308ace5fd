"""No input of any type makes the judgement raise, and no odd tool takes its neighbours down."""

from __future__ import annotations

from typing import Any

import pytest
from groundstop.risk import assess_tool, prepare
from groundstop.vocabulary import Risk
from groundstop_gateway.domain.catalogue import entries
from groundstop_gateway.domain.definitions import fingerprint
from hypothesis import given, settings
from hypothesis import strategies as st

SELECTING = ["action", "operation", "op", "method", "act", "command", "verb"]
SIGNS = ["+", "", " ", "-", "*", "/", "%", "1", "²", "½", "🙂", "＋", "→", "\x00", "\ud800", "_", "ﷺ", "٣", "x" * 9_999]
ANY_TEXT = st.text(st.characters(exclude_categories=())) | st.sampled_from(SIGNS + SELECTING)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT | st.binary() | st.just(10**4_000),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(ANY_TEXT | st.integers() | st.none(), inner, max_size=4)
    ),
    max_leaves=12,
)
PARAMETERS = st.dictionaries(
    st.sampled_from(SELECTING) | ANY_TEXT,
    st.fixed_dictionaries({}, optional=dict.fromkeys(("enum", "const", "type", "description", "anyOf"), ANYTHING))
    | ANYTHING,
    max_size=4,
)
TOOLS = st.fixed_dictionaries(
    {},
    optional={
        "name": ANY_TEXT | ANYTHING,
        "description": ANY_TEXT | ANYTHING,
        "inputSchema": st.fixed_dictionaries({"properties": PARAMETERS}) | ANYTHING,
        "annotations": ANYTHING,
        "declared_risk": ANYTHING,
        "statement": ANYTHING,
    },
)


@settings(max_examples=300, deadline=None)
@given(tool=TOOLS | ANYTHING, arguments=st.dictionaries(st.sampled_from(SELECTING) | ANY_TEXT, ANYTHING) | ANYTHING)
def test_nothing_makes_the_judgement_of_a_call_raise(tool: Any, arguments: Any) -> None:
    assert prepare(tool).assess(arguments) == assess_tool(tool, arguments)
    assert isinstance(assess_tool(tool).risk, Risk)


@pytest.mark.parametrize("parameter", SELECTING)
@pytest.mark.parametrize("sign", SIGNS)
def test_a_selecting_parameter_may_hold_a_sign(parameter: str, sign: str) -> None:
    """A calculator's operation is "+"; a word was expected, and one such tool hid a whole server's tools."""
    listed = {"type": "string", "enum": [sign, "-", "add"]}
    for schema in ({"type": "string"}, listed, {"const": sign}, {"anyOf": [{"const": sign}, {"enum": [sign]}]}):
        tool = {"name": "calculate", "description": "Calculate.", "inputSchema": {"properties": {parameter: schema}}}
        assert assess_tool(tool).evidence
        assert assess_tool(tool, {parameter: sign, "a": 1, "b": 2}).evidence


@pytest.mark.parametrize("sign", SIGNS)
def test_a_name_or_a_description_may_be_a_sign(sign: str) -> None:
    for tool in ({"name": sign}, {"name": "get_user", "description": sign}, {"name": sign, "description": sign}):
        assert assess_tool(tool).evidence


def test_what_raises_while_it_is_read_is_dangerous() -> None:
    class Hostile(dict[str, Any]):
        def get(self, key: str, default: Any = None) -> Any:
            raise RuntimeError("read me not")

    assert assess_tool(Hostile(name="get_user")).risk is Risk.DANGEROUS
    assert assess_tool({"name": "get_user", "description": "Get a user."}, {10**5_000: 1}).risk is Risk.DANGEROUS


ODD = [
    {"properties": {"operation": {"enum": ["+", "-"]}}},
    {"properties": {"n": {"maximum": 2**63}}},
    {"properties": {"n": {"default": float("nan")}}},
    {"properties": {"s": {"pattern": "\ud800"}}},
]


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_schema_leaves_its_neighbours_where_they_are(odd: dict[str, Any]) -> None:
    definitions = [
        {"name": "odd", "description": "Calculate.", "inputSchema": odd},
        {"name": "get_user", "description": "Get a user."},
    ]
    assert set(entries("fx", definitions)) == {"mcp.fx.odd", "mcp.fx.get_user"}
    assert len({fingerprint(one) for one in definitions}) == 2
    changed = {**definitions[0], "description": "Calculate it."}
    assert fingerprint(changed) != fingerprint(definitions[0]) == fingerprint(dict(definitions[0]))
