"""A shell line, parsed: every command in it, wherever it stands, and what each would do."""

# ruff: noqa: E501 - lists of words and expressions, one meaning a line

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import tree_sitter_bash
from groundstop.risk.statements.commands import read_command
from groundstop.risk.statements.reading import Reading, changes, destroys, reads, worst
from tree_sitter import Language, Node, Parser

SHELL_CHARS_MAX = 8_000
COMMANDS_MAX = 200
NODES_MAX = 20_000
_PARSER = Parser(Language(tree_sitter_bash.language()))
_SAFE_TARGETS = frozenset({"/dev/null", "/dev/stderr", "/dev/stdout", "/dev/tty", "&1", "&2", "1", "2", "-"})
_SYSTEM = (
    "/etc",
    "/dev/",
    "/boot",
    "/bin",
    "/sbin",
    "/usr",
    "/lib",
    "/root",
    "/sys",
    "/proc",
    "/var/spool/cron",
    "C:\\Windows",
)
_STARTED = (
    "authorized_keys",
    ".bashrc",
    ".profile",
    ".bash_profile",
    ".zshrc",
    ".ssh/",
    "crontab",
    "cron.d",
    "cron.daily",
    ".git/hooks",
)
_PLAIN_ENVIRONMENT = frozenset({"LC_ALL", "LANG", "TZ", "COLUMNS", "NO_COLOR", "TERM", "LC_CTYPE", "PGPASSWORD", "AWS_PROFILE",
                                "AWS_REGION", "AWS_DEFAULT_REGION", "KUBECONFIG", "DEBUG", "CI", "NODE_ENV"})  # fmt: skip


@lru_cache(2048)
def read_shell(text: str) -> Reading:
    """What running ``text`` in a POSIX shell would do. What cannot be parsed is dangerous."""
    if len(text) > SHELL_CHARS_MAX:
        return destroys("The command is too long to be read in full.")
    tree = _PARSER.parse(text.encode("utf-8", "replace"))
    if tree.root_node.has_error:
        return destroys("The command cannot be understood.")
    return worst(_readings(tree.root_node), reads("There is no command in it."))


def _readings(root: Node) -> Iterator[Reading]:
    stack, nodes, commands = [root], 0, 0
    while stack:
        node = stack.pop()
        nodes += 1
        if node.type in ("command", "declaration_command", "unset_command", "test_command"):
            commands += 1
        if nodes > NODES_MAX or commands > COMMANDS_MAX:
            yield destroys("The command has more parts than can be read.")
            return
        found = _reading_of(node)
        if found is not None:
            yield found
        stack.extend(reversed(node.children))


def _reading_of(node: Node) -> Reading | None:
    if node.type == "command":
        return _command(node)
    if node.type == "file_redirect":
        return _redirect(node)
    if node.type == "function_definition":
        return changes("It defines a function, whose calls cannot be followed.", "all")
    if node.type in ("declaration_command", "variable_assignment") and _sets_what_runs(_text(node)):
        return destroys("It changes what later commands run.")
    return None


def _command(node: Node) -> Reading:
    words = [word for child in node.children if (word := _word(child)) is not None]
    piped = node.parent is not None and node.parent.type == "pipeline" and node.prev_sibling is not None
    fed = piped or any(child.type.startswith(("here", "file_redirect")) for child in _siblings(node))
    return read_command(words, fed=fed)


def _siblings(node: Node) -> list[Node]:
    parent = node.parent
    return (
        list(parent.children) if parent is not None and parent.type == "redirected_statement" else list(node.children)
    )


def _word(node: Node) -> str | None:
    """A word of a command as the shell would pass it; what is only known at run time is written ``$``."""
    if node.type == "variable_assignment":
        name = _text(node).partition("=")[0]
        return None if name in _PLAIN_ENVIRONMENT else f"{name}="
    if node.type in ("command_name", "concatenation", "string", "array", "arithmetic_expansion"):
        if node.type == "string" and not any(c.type not in ("string_content", '"') for c in node.children):
            return _unescaped(_text(node)[1:-1])
        return "".join(part for child in node.children if (part := _word(child)) is not None)
    if node.type == "raw_string":
        return _text(node)[1:-1]
    if node.type == "ansi_c_string":
        return _ansi(_text(node))
    if node.type in (
        "word",
        "number",
        "string_content",
        "extglob_pattern",
        "regex",
        "brace_expression",
        "special_variable_name",
    ):
        return _unescaped(_text(node))
    if node.type in ("simple_expansion", "expansion", "command_substitution", "process_substitution"):
        return "$HOME" if _text(node) in ("$HOME", "${HOME}") else "$"
    return None


def _unescaped(text: str) -> str:
    out, skip = [], False
    for c in text:
        if c == "\\" and not skip:
            skip = True
            continue
        if not (skip and c == "\n"):
            out.append(c)
        skip = False
    return "".join(out)


def _ansi(text: str) -> str:
    try:
        return text[2:-1].encode("latin-1", "replace").decode("unicode_escape")
    except ValueError:
        return "$"


def _redirect(node: Node) -> Reading | None:
    text = _text(node)
    if "<" in text[:3] and ">" not in text[:3]:
        return None
    target = next((word for child in reversed(node.children) if (word := _word(child))), "")
    if target in _SAFE_TARGETS or ("&" in text[:3] and target.isdigit()):
        return None
    if target.startswith(_SYSTEM) or any(part in target for part in _STARTED):
        return destroys(f"It writes into “{target[:40]}”.", *(("scheduled",) if "cron" in target else ()))
    return changes(f"It writes into the file “{target[:40]}”.")


def _sets_what_runs(text: str) -> bool:
    return any(
        f"{name}=" in text for name in ("LD_PRELOAD", "BASH_ENV", "PROMPT_COMMAND", "GIT_SSH_COMMAND", "IFS", "PATH")
    )


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")
