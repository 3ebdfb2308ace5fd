"""The environment of a child process: what is named, and nothing else. Pure.

A child that inherits everything inherits secrets, the paths of seeds and keys, and passwords of others; its environment
can be read in /proc by every process of its user.
"""

import re
from collections.abc import Iterable, Mapping

ALWAYS = frozenset({"PATH", "HOME", "LANG", "LANGUAGE", "TZ", "TMPDIR"})
ALWAYS_FROM = ("LC_",)
INTERPRETER = "PYTHON"
"""What our own interpreters are told beside: where modules are, how to run."""
OURS = "GROUNDSTOP_"
_PRIVATE = re.compile(
    rf"{OURS}(SECRETS?(_.*)?|.*_(SECRET|PASSWORD|TOKEN)|.*SEED_FILE|SIGNING_KEY_FILE|NATS_KEY|CLICKHOUSE_DSN)"
)


def is_private(name: str) -> bool:
    """Whether a variable of ours holds a secret, or says where a seed, a key or a password is."""
    return _PRIVATE.fullmatch(name) is not None


def least(environment: Mapping[str, str], names: Iterable[str] = ()) -> dict[str, str]:
    """What every process is told, and the variables that are named."""
    wanted = {*ALWAYS, *names}
    return {name: value for name, value in environment.items() if name in wanted or name.startswith(ALWAYS_FROM)}


def least_python(environment: Mapping[str, str], names: Iterable[str] = ()) -> dict[str, str]:
    """The same for an interpreter of ours."""
    ours = (name for name in environment if name.startswith(INTERPRETER))
    return least(environment, (*ours, *names))


def names_in(text: str) -> tuple[str, ...]:
    """Names separated by commas, as a setting holds them."""
    return tuple(name.strip() for name in text.split(",") if name.strip())
