"""Verbs that undo one another: doing both to one thing, again and again, is a contradiction."""

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

PAIRS = (
    ("create add insert make new register open_account", "delete remove destroy drop erase discard unregister"),
    ("approve accept confirm", "cancel reject decline deny revoke void withdraw"),
    ("book reserve order buy purchase place", "cancel unbook refund return"),
    ("enable activate start resume unpause turn_on", "disable deactivate stop pause suspend halt turn_off"),
    ("lock block ban freeze", "unlock unblock unban unfreeze"),
    ("open reopen", "close"),
    ("grant allow share invite", "revoke deny unshare uninvite"),
    ("subscribe follow join attach assign link pin star label tag mount", "unsubscribe unfollow leave detach unassign"),
    ("archive hide mute", "unarchive unhide unmute restore"),
    ("publish deploy release", "unpublish undeploy rollback retract"),
    ("install", "uninstall"),
    ("upgrade promote", "downgrade demote"),
    ("increase", "decrease"),
)
# These say what something becomes: going back to a value that was given up before is the contradiction.
SETTERS = frozenset(
    {"set", "update", "change", "edit", "modify", "assign", "configure", "put", "patch", "write", "rename", "move"}
    | {"toggle", "switch"}
)
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def _poles() -> dict[str, frozenset[str]]:
    """verb -> the poles it stands for, such as "0+" or "0-"."""
    poles: dict[str, set[str]] = {}
    for index, sides in enumerate(PAIRS):
        for sign, words in zip("+-", sides, strict=True):
            for word in words.split():
                poles.setdefault(word, set()).add(f"{index}{sign}")
    return {word: frozenset(found) for word, found in poles.items()}


POLES: Mapping[str, frozenset[str]] = MappingProxyType(_poles())


def act_of(tool: str) -> tuple[str, str]:
    """(verb, what it acts on) by the tool's name; ("", "") when no verb here is in it."""
    return _act_of(tool[:200])


@lru_cache(4096)
def _act_of(tool: str) -> tuple[str, str]:
    words = [word.lower() for word in _WORDS.findall(tool)]
    for size in (2, 1):
        for start in range(len(words) - size + 1):
            verb = "_".join(words[start : start + size])
            if verb in POLES or verb in SETTERS:
                return verb, " ".join(words[:start] + words[start + size :])
    return "", ""


def oppose(one: str, other: str) -> bool:
    """Whether the two verbs undo one another."""
    flipped = {pole[:-1] + ("-" if pole[-1] == "+" else "+") for pole in POLES.get(one, ())}
    return bool(flipped & POLES.get(other, frozenset()))
