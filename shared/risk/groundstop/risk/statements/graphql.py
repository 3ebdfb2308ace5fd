"""GraphQL documents: the operation and the fields it asks for decide."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from groundstop.risk.names import read_name, tokens_of
from groundstop.risk.statements.reading import Reading, changes, destroys, reads, worst
from groundstop.risk.statements.verbs import meaning
from groundstop.vocabulary import Risk

if TYPE_CHECKING:
    from graphql.language.ast import OperationDefinitionNode, SelectionSetNode

GRAPHQL_CHARS_MAX = 16_000
GRAPHQL_TOKENS_MAX = 2_000
_HEAD = re.compile(
    r"^\s*(?:#[^\n]*\n\s*)*(?:(?:query|mutation|subscription)\b[^{]{0,2000}\{|fragment\s+\w+\s+on\b|\{\s*[\w_]+\s*(?:[({:}\w.]|\s))",
    re.S,
)
_PAYS = frozenset(["pay", "charge", "refund", "transfer", "payout", "checkout", "purchase", "withdraw"])


def is_graphql(text: str) -> bool:
    """True for a text that begins as a GraphQL document."""
    return _HEAD.match(text[:4_000]) is not None


@lru_cache(1024)
def read_graphql(text: str) -> Reading:
    """What a GraphQL document would do. What cannot be parsed is dangerous."""
    if len(text) > GRAPHQL_CHARS_MAX:
        return destroys("The GraphQL is too long to be read in full.")
    # Loaded by the first such document: it takes a tenth of a second, and an event loop along.
    from graphql import GraphQLError, parse
    from graphql.language.ast import OperationDefinitionNode

    try:
        document = parse(text, no_location=True, max_tokens=GRAPHQL_TOKENS_MAX)
    except (GraphQLError, RecursionError):
        return destroys("The GraphQL cannot be understood.")
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    return worst((_operation(node) for node in operations), destroys("There is no operation in the GraphQL."))


def _operation(node: OperationDefinitionNode) -> Reading:
    fields = list(_fields(node.selection_set))
    if node.operation.value == "mutation":
        return worst((_mutation(name) for name in fields), changes("The GraphQL is a mutation."))
    acting = [name for name in fields if _acts(name) is Risk.DANGEROUS]
    if acting:
        return changes(f"The GraphQL asks for “{acting[0]}”, which does not sound like a question.")
    return reads("The GraphQL only asks.")


def _fields(selection: SelectionSetNode, depth: int = 0) -> list[str]:
    """The names of the fields at the top; inside fragments that are spread there, too."""
    names = []
    selected: Sequence[Any] = selection.selections[:200]
    for one in selected:
        if one.kind == "field":
            names.append(one.name.value)
        elif one.kind == "inline_fragment" and depth < 4:
            names += _fields(one.selection_set, depth + 1)
        else:
            names.append("fragment")
    return names


def _mutation(name: str) -> Reading:
    risk = _acts(name)
    if risk is Risk.DANGEROUS:
        return destroys(f"The GraphQL mutation is “{name[:60]}”.")
    return changes(
        f"The GraphQL mutation is “{name[:60]}”.",
        *(("all",) if "bulk" in name.lower() or name.lower().endswith("all") else ()),
    )


def _acts(name: str) -> Risk | None:
    """The risk of the verb that leads or ends a field's name ("deleteUser", "userDelete")."""
    tokens = tokens_of(name)
    if not tokens:
        return None
    if _PAYS.intersection(tokens) or any(meaning(token) is Risk.DANGEROUS for token in (tokens[0], tokens[-1])):
        read = meaning(tokens[0]) is Risk.SAFE
        return None if read else Risk.DANGEROUS
    return max((r.word.family.risk for r in read_name(tokens)), key=lambda risk: risk.rank, default=None)
