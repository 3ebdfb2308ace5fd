"""One call of a task, reduced to what repetition and contradiction can be seen in."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import orjson
from groundstop.policy.confusion.opposites import act_of

TEXT_CHARS_MAX = 4_000
WORDS_MIN = 6
# Prose is held together by these; code and identifiers are not. They carry no meaning of their own.
FILLERS = frozenset(
    """a an and are as at be by can could did do does for from has have how i if in into is it its me my not of on or
    our please so such than that the their them then there these they this to was we were what when where which who
    will with would you your""".split()  # noqa: SIM905 - a list of words reads better without quotes
)
FILLER_SHARE_MIN = 0.15
MARKUP_SHARE_MAX = 0.03
_MARKUP = re.compile(r"[{}()\[\]<>=;|\\_$`]")
_WORD = re.compile(r"[a-z0-9']+")
_IDENTIFIES = re.compile(
    r"(^|_)(id|ids|name|path|file|key|email|number|code|slug|url|uuid|ref|target|title|user)$", re.I
)


@dataclass(frozen=True, slots=True)
class Step:
    """``call`` and ``result`` are digests (empty: nothing came back yet); ``words`` those of a request in prose.

    ``target`` names what is acted upon and ``act`` how, where the tool's name and arguments tell.
    """

    tool: str
    call: str
    result: str = ""
    error: bool = False
    rejected: bool = False
    words: frozenset[str] = frozenset()
    target: str = ""
    act: str = ""

    @classmethod
    def of(cls, tool: str, arguments: Any) -> "Step":
        """The step that calls ``tool`` with ``arguments`` (any JSON value)."""
        act, noun = act_of(tool)
        target = f"{noun}:{_identity(arguments)}" if act and isinstance(arguments, Mapping) else ""
        return cls(tool, key([tool, arguments]), words=prose(arguments), target=target, act=act)


def key(value: Any) -> str:
    """A short digest of any JSON value: equal values, equal keys, whatever the order of members."""
    try:
        data = orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    except (TypeError, ValueError, RecursionError):
        data = _spelt(value)
    return blake2b(data, digest_size=12).hexdigest()


def _spelt(value: Any) -> bytes:
    """What JSON cannot carry, spelt as well as it can be; such calls are refused, so it need not be told apart well."""
    try:
        return repr(value)[:100_000].encode("utf-8", "replace")
    except (ValueError, RecursionError):
        return type(value).__name__.encode()


def prose(arguments: Any) -> frozenset[str]:
    """The meaningful words of the longest text, if it reads like a request in prose; otherwise nothing."""
    values = arguments.values() if isinstance(arguments, Mapping) else (arguments,)
    text = max((v for v in values if isinstance(v, str)), key=len, default="")[:TEXT_CHARS_MAX]
    return _meaning(text) if len(text) >= 4 * WORDS_MIN else frozenset()


@lru_cache(1024)  # a call is looked at when it is judged, when it is proposed and when it ends
def _meaning(text: str) -> frozenset[str]:
    if len(_MARKUP.findall(text)) > MARKUP_SHARE_MAX * len(text):
        return frozenset()
    words = _WORD.findall(text.lower())
    fillers = sum(word in FILLERS for word in words)
    if fillers < FILLER_SHARE_MIN * len(words):
        return frozenset()
    meaning = frozenset(words) - FILLERS
    return meaning if len(meaning) >= WORDS_MIN else frozenset()


def _identity(arguments: Mapping[Any, Any]) -> str:
    """What the call is about: the values of arguments that identify something, else all of them."""
    named = list(_identifying(arguments))
    return key(sorted(named)) if named else key(arguments)


def _identifying(arguments: Mapping[Any, Any]) -> Iterator[str]:
    for name, value in arguments.items():
        if isinstance(name, str) and isinstance(value, str | int) and _IDENTIFIES.search(name):
            yield str(value)[:200]
