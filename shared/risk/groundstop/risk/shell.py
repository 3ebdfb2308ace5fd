"""Commands hidden in arguments, and what a command would do."""

from __future__ import annotations

import re

# Only what no path, id or search text needs: a separator followed by a command, a substitution, a pipe to a shell.
_COMMANDS = (
    r"(?:rm|dd|mkfs\S*|sudo|su|sh|bash|zsh|cmd|powershell|curl|wget|nc|ncat|python\d?|perl|ruby|node|php|chmod|chown|kill|"
    r"pkill|killall|reboot|shutdown|halt|mv|cp|cat|tee|scp|ssh|del|format|reg|net|iptables|crontab|systemctl|docker|"
    r"kubectl|git|eval|exec|env|printenv|id|whoami|touch|echo|sleep|ping|ls)"
)
_INJECTION = re.compile(
    rf"(?:;|\|\|?|&&?|\n)\s?{_COMMANDS}(?:\s|$|;|\|)|\$\([^)]{{1,200}}\)|`[^`\n]{{0,40}}\b{_COMMANDS}\b[^`\n]{{0,200}}`|"
    rf"\|\s?(?:ba|z|k)?sh\b|>\s?/(?:etc|dev|boot|bin|usr|root)/|\$\{{IFS\}}|<\(\s?{_COMMANDS}\b",
    re.I,
)
_DESTRUCTIVE = re.compile(
    r"\brm\s+(?:-\S+\s+)*-\S*[rf]|\brm\s+-|\bmkfs|\bdd\s+[^|;]{0,80}\bof=|\bformat\s+[a-z]:|\bdel\s+/[sfq]|\brd\s+/s|"
    r":\(\)\s*\{|\bshutdown\b|\breboot\b|>\s*/dev/sd|\bchmod\s+(?:-R\s+)?0?777|\bgit\s+push\s+[^;|]{0,60}--force|"
    r"\bgit\s+reset\s+--hard|\bgit\s+clean\s+-\S*f|\bkubectl\s+delete|\bterraform\s+destroy|\bdocker\s+(?:system\s+)?prune|"
    r"\baws\s+\S+\s+(?:delete|terminate|rb)|\bgcloud\s+[^;|]{0,80}\bdelete|\bfind\s+[^;|]{0,120}-delete|\bshred\b|"
    r"\b(?:curl|wget)\s+[^|;]{0,300}\|\s*(?:ba|z)?sh|\btruncate\s+-s|\bRemove-Item\b[^;|]{0,80}-Recurse|\bcrontab\s+-r",
    re.I,
)
SUSPECT_CHARACTERS = frozenset(";|&$`<>\n")


def hides_command(text: str) -> bool:
    """True when a text that should be plain data would run a command if it reached a shell."""
    # Runs of blanks are folded first: each would be a new start for the pattern, and thousands of them take long.
    lines = (" ".join(line.split()) for line in text.splitlines())
    return _INJECTION.search("\n".join(line for line in lines if line)) is not None


def destroys(text: str) -> str | None:
    """The part of a command that removes or overwrites, if any."""
    match = _DESTRUCTIVE.search(text)
    return match.group(0).strip()[:60] if match else None
