"""Names cannot widen a subject; a digest is one exact call and nothing else."""

import math
from typing import Any

import orjson
import pytest
import rfc8785
from groundstop import subjects
from groundstop.digest import canonical, digest
from groundstop.errors import BadInput
from groundstop.vocabulary import Reason
from hypothesis import example, given
from hypothesis import strategies as st

TOKEN = st.from_regex(r"\A[A-Za-z0-9_-]{1,64}\Z")
KIND = st.sampled_from(sorted(subjects.DETAILS))
VALUE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(codec="utf-8"), max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3)
    ),
    max_leaves=8,
)
ARGUMENTS = st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=9), VALUE, max_size=4)


@given(KIND, TOKEN, TOKEN, TOKEN, st.data())
def test_a_subject_is_read_as_it_was_written(
    kind: str, tenant: str, agent: str, intent: str, data: st.DataObject
) -> None:
    detail = tuple(data.draw(TOKEN) for _ in range(subjects.DETAILS[kind]))
    address = subjects.parse(subjects.subject(kind, tenant, agent, intent, *detail))
    assert (address.kind, address.tenant, address.agent, address.intent, address.detail) == (
        kind, tenant, agent, intent, detail,
    )  # fmt: skip


@given(st.text(max_size=70))
def test_a_token_is_accepted_or_refused_by_its_characters_alone(text: str) -> None:
    legal = 1 <= len(text) <= 64 and all(c.isascii() and (c.isalnum() or c in "_-") for c in text)
    if legal:
        assert subjects.token(text, "tenant") == text
        return
    with pytest.raises(BadInput) as caught:
        subjects.token(text, "tenant")
    assert caught.value.reason is Reason.INVALID_SUBJECT


@pytest.mark.parametrize("name", ["a.b", "*", ">", "a b", "a\n", "\na", "", "ä", "a\x00", "x" * 65, "a.*"])
def test_no_illegal_name_reaches_a_subject(name: str) -> None:
    with pytest.raises(BadInput):
        subjects.parse(f"gs.intent.submitted.{name}.agent.intent")


@given(
    st.one_of(ARGUMENTS, st.dictionaries(st.text(max_size=5), VALUE | st.floats(allow_nan=False, allow_infinity=False)))
)
@example({'\x00\x1f\x7f\u2028\u20ac\\"/': '\x00\x08\x0b\x1f\x7f\u2028\U0001f600\\"/'})
@example({"a": 1e21, "b": -0.0, "c": 5e-324, "z": [True, False, None, 2**53 - 1]})
def test_the_quick_form_is_the_canonical_one(arguments: dict[str, Any]) -> None:
    """Whatever is written the short way must be, byte for byte, what RFC 8785 asks for."""
    try:
        assert canonical(arguments) == rfc8785.dumps(arguments)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError):
        with pytest.raises(BadInput):
            digest("t", "a", "tool", "1", arguments)


@given(ARGUMENTS)
def test_order_and_spelling_do_not_change_a_digest(arguments: dict[str, Any]) -> None:
    again = orjson.loads(orjson.dumps(dict(reversed(arguments.items()))))
    assert digest("t", "a", "tool", "1", again) == digest("t", "a", "tool", "1", arguments)


@given(ARGUMENTS, ARGUMENTS)
def test_other_arguments_have_another_digest(one: dict[str, Any], other: dict[str, Any]) -> None:
    same = orjson.dumps(one, option=orjson.OPT_SORT_KEYS) == orjson.dumps(other, option=orjson.OPT_SORT_KEYS)
    assert (digest("t", "a", "tool", "1", one) == digest("t", "a", "tool", "1", other)) is same


def test_everything_that_is_bound_changes_the_digest() -> None:
    call = ("t", "a", "tool", "1", {"x": 1})
    others = [("u", *call[1:]), ("t", "b", *call[2:]), (*call[:2], "loot", *call[3:]), (*call[:3], "2", call[4])]
    assert len({digest(*call), *(digest(*other) for other in others), digest(*call[:4], {"x": 2})}) == 6  # type: ignore[arg-type]


def test_a_digest_is_the_one_of_rfc_8785() -> None:
    """Computed apart from this code, over {"agent":"a","arguments":{"n":1,"é":"€"},"tenant":"t",…} by hand."""
    from hashlib import sha256

    text = '{"agent":"a","arguments":{"n":1,"é":"€"},"tenant":"t","tool":"x","tool_version":"1"}'
    assert digest("t", "a", "x", "1", {"é": "€", "n": 1.0}) == sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 2**53, 2**60, -(2**60), "\ud800", {"\udfff": 1}])
def test_what_json_cannot_carry_exactly_has_no_digest(value: object) -> None:
    with pytest.raises(BadInput) as caught:
        digest("t", "a", "tool", "1", {"x": value})
    assert caught.value.reason is Reason.NOT_CANONICAL
