"""PowerShell: cmdlets say what they do in their first half, `Get-Item` and `Remove-Item`."""

# ruff: noqa: E501 - lists of words and expressions, one meaning a line

from __future__ import annotations

import re
from functools import lru_cache

from groundstop.risk.nouns import listed
from groundstop.risk.statements.reading import Reading, changes, destroys, reads, worst

POWERSHELL_CHARS_MAX = 8_000
_CMDLET = re.compile(r"^[A-Za-z]+-[A-Za-z]\w+$")
_READS = listed(
    """get find search select where measure sort group format compare test show resolve read join split convertto convertfrom
    convert tee-object out-string out-host out-default out-gridview wait watch trace debug ping use-culture write-output write-host
    write-verbose write-warning write-debug write-information write-error write-progress foreach-object confirm assert"""
)
_NOT_READ = listed("get-credential wait-debugger test-connection-reset select-azsubscription find-and-remove")
_DESTROYS = listed(
    """remove clear stop uninstall disable reset revoke restore undo format-volume initialize-disk clear-disk invoke-expression
    invoke-command start-process invoke-item iex icm revoke-azureaduser invoke-wmimethod invoke-cimmethod restart-computer
    stop-computer set-executionpolicy deny block dismount-vhd optimize-vhd checkpoint unregister suspend limit-eventlog
    register-scheduledtask new-scheduledtask set-acl add-mppreference set-mppreference enter-pssession new-pssession grant
    add-localgroupmember add-adgroupmember add-azureaddirectoryrolemember new-azroleassignment add-rolegroupmember invoke-sqlcmd repair"""
)
_ALIASES = {
    "ls": "get-childitem", "dir": "get-childitem", "gci": "get-childitem", "cat": "get-content", "gc": "get-content", "type": "get-content",
    "ps": "get-process", "gps": "get-process", "gsv": "get-service", "select": "select-object", "where": "where-object", "?": "where-object",
    "sort": "sort-object", "measure": "measure-object", "ft": "format-table", "fl": "format-list", "echo": "write-output", "pwd": "get-location",
    "gl": "get-location", "cd": "set-location-", "gm": "get-member", "group": "group-object", "gcm": "get-command", "rm": "remove-item",
    "del": "remove-item", "rd": "remove-item", "ri": "remove-item", "erase": "remove-item", "rmdir": "remove-item", "kill": "stop-process",
    "spps": "stop-process", "iex": "invoke-expression", "icm": "invoke-command", "saps": "start-process", "start": "start-process",
    "foreach": "foreach-object", "%": "foreach-object", "gwmi": "get-wmiobject", "sls": "select-string", "diff": "compare-object", "tee": "set-content",
}  # fmt: skip
_SEPARATORS = frozenset(";|{}\n()&")
_PIECES = re.compile(r"@?\"(?:[^\"`]|`.)*\"|'[^']*'|#[^\n]*|&&|\|\||[;|{}\n()&]|[^\s;|{}()&\"'#]+|\s+")


def is_cmdlet(word: str) -> bool:
    """True for a name such as `Get-ChildItem`."""
    return _CMDLET.match(word) is not None and word[:1].isupper() and _verb(word) is not None


def is_powershell(text: str) -> bool:
    """True for a text that begins with a cmdlet."""
    return is_cmdlet(text.split(None, 1)[0]) if text.strip() else False


@lru_cache(1024)
def read_powershell(text: str) -> Reading:
    """What a line or script of PowerShell would do, by its cmdlets."""
    if len(text) > POWERSHELL_CHARS_MAX:
        return destroys("The command is too long to be read in full.")
    found: list[Reading] = []
    words: list[str] = []
    for piece in (m.group(0) for m in _PIECES.finditer(text)):
        if piece in _SEPARATORS or piece in ("&&", "||") or (piece.isspace() and "\n" in piece):
            if words:
                found.append(_statement(words))
            words = []
            if piece == "&":
                found.append(destroys("It calls what is only known when it runs."))
        elif not piece.isspace() and not piece.startswith("#"):
            words.append(piece)
            if piece.startswith(('"', '@"')) and "$(" in piece:
                found.append(read_powershell(piece[piece.index("$(") + 2 : -1]))
    if words:
        found.append(_statement(words))
    if re.search(
        r"\.(?:Delete|Remove|Kill|Terminate|Invoke\w*|DownloadString|DownloadFile|WriteAll\w+|Start|Create\w*|Move|Copy\w*|Set\w+|Stop|Drop|Execute\w*)\s*\(|\[(?:System\.)?(?:IO|Diagnostics|Net|Reflection)\.|Add-Type|FromBase64String",
        text,
        re.I,
    ):
        found.append(destroys("It calls methods that write or run something."))
    return worst(found, destroys("There is no command in it."))


def _statement(words: list[str]) -> Reading:
    first = words[0]
    if first.startswith("$") and len(words) > 1 and words[1] == "=":
        return _statement(words[2:]) if len(words) > 2 else reads()
    if (
        first.startswith(("$", "@", '"', "'", "-", "[", "."))
        or re.fullmatch(r"[\d.,*+/%-]+", first)
        or first.lower()
        in (
            "if",
            "else",
            "elseif",
            "in",
            "return",
            "foreach",
            "param",
            "try",
            "catch",
            "finally",
            "begin",
            "process",
            "end",
            "switch",
            "while",
            "name=",
            "label=",
            "expression=",
            "n=",
            "e=",
            "l=",
        )
    ):
        return _statement(words[1:]) if first.lower() in ("return",) and len(words) > 1 else reads()
    if re.fullmatch(r"\w+=.*", first):
        return reads()
    return read_cmdlet(first, words[1:])


def _verb(word: str) -> str | None:
    lower = word.lower()
    verb = lower.split("-")[0]
    known = (
        _READS
        | _DESTROYS
        | listed(
            "set new add start restart update install enable copy move rename push pop import export save out write invoke register send publish connect disconnect enter exit expand compress mount edit merge sync unblock unlock lock approve protect unprotect complete submit request receive open close backup switch trace initialize step resume hide grant"
        )
    )
    return verb if "-" in lower and (verb in known or lower in known) else None


def read_cmdlet(name: str, rest: list[str]) -> Reading:
    """What one cmdlet does; a program that is none is read as a command of any shell."""
    lower = _ALIASES.get(name.lower(), name.lower())
    if lower == "set-location-":
        return reads()
    line = " ".join(rest)
    if "-" not in lower or _verb(lower) is None:
        from groundstop.risk.statements.commands import read_command  # a line may mix cmdlets and programs

        return read_command([name, *(word.strip("\"'") for word in rest)])
    if re.search(r"(?:^| )-WhatIf\b(?!:\$false)", line, re.I):
        return reads(f"“{name}” only tries what would happen.")
    if lower in ("invoke-webrequest", "invoke-restmethod", "iwr", "irm"):
        return _web(line)
    verb = lower.split("-")[0]
    if lower in _DESTROYS or (verb in _DESTROYS and verb not in ("format", "repair", "limit")):
        reach = [word for word, flag in (("recursive", "-Recurse"), ("all", "*")) if flag.lower() in line.lower()]
        return destroys(f"“{name}” removes, stops or runs something.", *reach)
    if lower not in _NOT_READ and (lower in _READS or (verb in _READS and f"{verb}-" not in ("format-volume",))):
        return reads(f"“{name}” only looks.")
    return changes(f"“{name}” changes something.", *(("all",) if re.search(r"(?:^| )\*(?: |$)", line) else ()))


def _web(line: str) -> Reading:
    from groundstop.risk.statements.requests import read_request  # cmdlets are read without it as a rule

    method = re.search(r"-Method\s+['\"]?(\w+)", line, re.I)
    address = re.search(r"https?://\S+", line)
    if re.search(r"-OutFile\b", line, re.I):
        return changes("It writes what it fetches into a file.")
    return read_request(method.group(1) if method else "GET", address.group(0).strip("\"'") if address else "/")
