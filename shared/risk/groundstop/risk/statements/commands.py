"""One command of a shell line: the program, its words, and the command or statement that it may carry for another."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from groundstop.risk.nouns import listed
from groundstop.risk.statements import cmdlets
from groundstop.risk.statements.clients import CLIENTS
from groundstop.risk.statements.programs import CHANGING, DESTROYING, LOOKING, RUNNING
from groundstop.risk.statements.reading import Reading, changes, destroys, of_risk, reads, worst
from groundstop.risk.statements.requests import read_curl
from groundstop.risk.statements.subcommands import GLOBAL_VALUES, SUBCOMMANDS
from groundstop.risk.statements.switches import SWITCHES, Rule
from groundstop.risk.statements.verbs import WORDED, read_words
from groundstop.vocabulary import Risk

NESTED_MAX = 6
_SHELLS = listed("sh bash zsh dash ksh ash fish csh tcsh rbash busybox")
_VERSIONED = re.compile(r"^(?:-v|-V|-version|--version|--help|-h|--list)$")
_INLINE_PRINTING = re.compile(r"^print\(\d+(?:\s*[-+*/%]+\s*\d+)*\)$")

# Programs in front of a command: switches of theirs that take a value, and how many words of their own come first.
WRAPPERS: Mapping[str, tuple[frozenset[str], int]] = MappingProxyType(
    {
        "sudo": (listed("-u -g -h -p -C -r -t -T -U --user --group --host --prompt"), 0),
        "doas": (listed("-u -C"), 0),
        "env": (listed("-u --unset -C --chdir -S"), 0),
        "time": (listed("-f -o"), 0),
        "timeout": (listed("-s -k --signal --kill-after"), 1),
        "gtimeout": (listed("-s -k --signal --kill-after"), 1),
        "nice": (listed("-n --adjustment"), 0),
        "ionice": (listed("-c -n -p"), 0),
        "nohup": (frozenset(), 0),
        "setsid": (frozenset(), 0),
        "stdbuf": (listed("-i -o -e"), 0),
        "unbuffer": (frozenset(), 0),
        "command": (frozenset(), 0),
        "builtin": (frozenset(), 0),
        "exec": (listed("-a"), 0),
        "xargs": (listed("-n -I -P -d -E -L -s -a --max-args --max-procs --replace --delimiter --arg-file"), 0),
        "watch": (listed("-n --interval"), 0),
        "chroot": (listed("--userspec --groups"), 1),
        "taskset": (listed("-c -p"), 1),
        "flock": (listed("-w -E --timeout"), 1),
        "ssh": (listed("-i -p -l -o -F -J -L -R -D -b -c -E -e -m -O -Q -S -W -w"), 1),
        "sshpass": (listed("-p -f"), 0),
        "parallel": (listed("-j --jobs -S"), 0),
        "caffeinate": (listed("-t -w"), 0),
        "aws-vault": (frozenset(), 2),
        "dotenv": (listed("-f"), 0),
        "direnv": (frozenset(), 2),
        "runuser": (listed("-u -g"), 0),
        "then": (frozenset(), 0),
        "do": (frozenset(), 0),
    }
)
_ALONE_READS = listed("time xargs watch env command nice")


def read_command(words: Sequence[str], fed: bool = False, depth: int = 0) -> Reading:
    """What one command does. ``fed`` says that text reaches it through a pipe or a redirection."""
    if depth > NESTED_MAX:
        return destroys("Commands are nested too deeply to be read.")
    words = [word for word in words if word]
    while words and words[0].endswith("=") and words[0][:-1].isidentifier():
        if words[0][:-1] in (
            "LD_PRELOAD",
            "LD_LIBRARY_PATH",
            "PATH",
            "BASH_ENV",
            "IFS",
            "GIT_SSH_COMMAND",
            "PAGER",
            "EDITOR",
            "GIT_PAGER",
        ):
            return destroys(f"It changes what later commands run (“{words[0]}”).")
        words = words[1:]
    if not words:
        return reads("It only sets a variable.")
    program = _program(words[0])
    rest = list(words[1:])
    if not program or "$" in program:
        return destroys("What it runs is only known when it runs.")
    for reader in (_wrapped, _nested_shell, _carried, _found, _interpreted):
        found = reader(program, rest, fed, depth)
        if found is not None:
            return found
    return _plain(program, rest)


_SYSTEM_FOLDERS = listed("/bin /usr/bin /usr/local/bin /sbin /usr/sbin /opt/homebrew/bin")


def _program(word: str) -> str:
    """The program behind a path; one that lies in a folder of the project or of the user is not the system's."""
    name = word.replace("\\", "/")
    folder, slash, last = name.rpartition("/")
    if slash and folder not in _SYSTEM_FOLDERS:
        return f"./{last}"
    last = last.removesuffix(".exe").removesuffix(".EXE") or last
    return last.partition(".")[0] if last.startswith(("mkfs.", "fsck.")) else last


def _wrapped(program: str, rest: list[str], fed: bool, depth: int) -> Reading | None:
    """sudo, env, xargs, ssh, docker exec ... in front of the command that counts."""
    if program in ("docker", "podman", "nerdctl", "kubectl", "oc", "docker-compose") and {"exec", "run"} & set(
        rest[:4]
    ):
        return _in_container(program, rest, fed, depth)
    if program in ("npx", "bunx", "uvx"):
        inner = _after_switches(rest, listed("-p --package --from --with -c"), 0)
        found = read_command(inner, fed, depth + 1) if inner else reads()
        return found if found.risk is Risk.DANGEROUS else changes(f"“{program}” fetches a program and runs it.")
    if program not in WRAPPERS:
        return None
    valued, own = WRAPPERS[program]
    inner = _after_switches(rest, valued, own)
    if not inner:
        alone = program in _ALONE_READS or (program == "sudo" and rest[:1] in (["-l"], ["-v"], ["-V"]))
        return reads("It runs nothing.") if alone else changes(f"“{program}” opens a session.", "privileged")
    if program in ("ssh", "parallel", "watch", "sshpass") and len(inner) == 1:
        return _shell_text(inner[0], depth)
    if program in ("ssh", "watch"):
        return _shell_text(" ".join(inner), depth)
    found = read_command(inner, fed or program in ("xargs", "parallel"), depth + 1)
    if program in ("sudo", "doas", "runuser") and found.risk is Risk.RISKY:
        return Reading(found.risk, found.detail, found.reach)
    return found


def _in_container(program: str, rest: list[str], fed: bool, depth: int) -> Reading | None:
    if "exec" not in rest[:4]:
        return None
    after = rest[rest.index("exec") + 1 :]
    if "--" in after:
        inner = after[after.index("--") + 1 :]
    else:
        inner = _after_switches(
            after, listed("-u --user -w --workdir -e --env -n --namespace -c --container --env-file"), 1
        )
    if not inner:
        return changes("It opens a session in a container.", "privileged")
    return read_command(inner, fed, depth + 1)


def _after_switches(words: list[str], valued: frozenset[str], own: int) -> list[str]:
    i = 0
    while i < len(words):
        word = words[i]
        if word == "--":
            i += 1
            break
        if word in valued:
            i += 2
        elif (word.startswith("-") and len(word) > 1) or (re.fullmatch(r"\w+=.*", word) and own == 0):
            i += 1
        elif own > 0:
            own -= 1
            i += 1
        else:
            break
    return words[i:]


def _shell_text(text: str, depth: int) -> Reading:
    from groundstop.risk.statements.shell import read_shell  # a shell line holds commands, and they shell lines

    return destroys("Commands are nested too deeply to be read.") if depth >= NESTED_MAX else read_shell(text)


def _nested_shell(program: str, rest: list[str], fed: bool, depth: int) -> Reading | None:
    """`sh -c TEXT` runs the text; a shell that is fed or given a file runs what nobody sees."""
    if program == "su":
        inner = next((rest[i + 1] for i, w in enumerate(rest[:-1]) if w in ("-c", "--command")), None)
        return (
            destroys("It opens a session as somebody else.", "privileged")
            if inner is None
            else _shell_text(inner, depth)
        )
    if program == "eval":
        return (
            destroys("What it evaluates is only known when it runs.")
            if "$" in "".join(rest)
            else _shell_text(" ".join(rest), depth)
        )
    if program not in _SHELLS:
        return None
    if program == "busybox":
        return read_command(rest, fed, depth + 1) if rest else reads()
    for i, word in enumerate(rest):
        if word.startswith("-") and not word.startswith("--") and "c" in word and i + 1 < len(rest):
            return (
                destroys("What it runs is only known when it runs.")
                if rest[i + 1] == "$"
                else _shell_text(rest[i + 1], depth)
            )
        if _VERSIONED.match(word):
            return reads()
        if not word.startswith("-"):
            break
    return destroys(f"“{program}” runs a script that is not to be seen here.")


def _carried(program: str, rest: list[str], fed: bool, depth: int) -> Reading | None:
    """Clients of databases and of the web, which carry a statement or a request."""
    if program in ("curl", "http", "https", "xh", "httpie", "curlie"):
        return read_curl(program, rest)
    client = CLIENTS.get(program)
    return client(rest, fed) if client is not None else None


def _found(program: str, rest: list[str], fed: bool, depth: int) -> Reading | None:
    """`find ... -exec COMMAND ;` runs the command for everything it finds."""
    if program not in ("find", "fd", "gfind"):
        return None
    found: list[Reading] = []
    for i, word in enumerate(rest):
        if word in ("-exec", "-execdir", "-ok", "-okdir", "-x", "-X", "--exec", "--exec-batch"):
            end = next((j for j in range(i + 1, len(rest)) if rest[j] in (";", "+", "\\;")), len(rest))
            found.append(read_command(rest[i + 1 : end], fed, depth + 1))
    found.append(_plain(program, rest))
    return worst(found)


def _interpreted(program: str, rest: list[str], fed: bool, depth: int) -> Reading | None:
    """An interpreter: only asking for its version, checking, or printing a sum is plain to see."""
    if program.startswith("./"):
        return destroys(f"“{program}” runs a program that is not to be seen here.")
    base = re.sub(r"[\d.]+$", "", program) or program
    if base not in RUNNING and program not in RUNNING:
        return None
    if rest and _VERSIONED.match(rest[0]) and len(rest) == 1:
        return reads()
    if base in ("powershell", "pwsh"):
        return _powershell(rest)
    if base == "cmd" and rest and rest[0].lower() in ("/c", "/k"):
        return _shell_text(" ".join(rest[1:]), depth)
    if base == "python" and rest[:1] == ["-m"] and rest[1:]:
        module = rest[1]
        if module in (
            "pip",
            "pytest",
            "unittest",
            "venv",
            "build",
            "mypy",
            "ruff",
            "black",
            "json.tool",
            "tox",
            "coverage",
        ):
            return reads() if module == "json.tool" else read_command([module, *rest[2:]], fed, depth + 1)
    if base == "python" and len(rest) == 2 and rest[0] == "-c" and _INLINE_PRINTING.match(rest[1]):
        return reads()
    if base == "php" and rest[:1] in (["-l"], ["-i"], ["-m"]):
        return reads()
    if base == "node" and rest[:1] == ["--check"]:
        return reads()
    return destroys(f"“{program}” runs code that is not to be seen here.")


def _powershell(rest: list[str]) -> Reading:
    for i, word in enumerate(rest):
        lower = word.lower()
        if lower in ("-encodedcommand", "-enc", "-e", "-ec", "-file", "-f"):
            return destroys("It runs a script that is not to be seen here.")
        if lower in ("-command", "-c"):
            return cmdlets.read_powershell(" ".join(rest[i + 1 :]))
    bare = [word for word in rest if not word.startswith("-")]
    return cmdlets.read_powershell(" ".join(bare)) if bare else destroys("It opens a session.")


def _plain(program: str, rest: list[str]) -> Reading:
    line = " ".join(rest)
    said = f"{program} {line}".strip()[:60]
    special = _ruled(SUBCOMMANDS.get(program, ()), " ".join(_without_globals(program, rest)), said, anchored=True)
    if special is not None:
        return special
    switched = _ruled(SWITCHES.get(program, ()), line, said)
    if switched is not None:
        return switched
    if program in LOOKING:
        return reads(f"“{said}” only looks.")
    if program in SUBCOMMANDS or program in WORDED:
        return read_words(program, _without_globals(program, rest))
    if (
        rest
        and len(rest) == 1
        and _VERSIONED.match(rest[0])
        and rest[0].startswith("--")
        and (program in CHANGING or program in DESTROYING)
    ):
        return reads(f"“{said}” only tells about itself.")
    if program in DESTROYING:
        return destroys(f"“{said}” removes, overwrites or stops something.", *_file_reach(rest))
    if program in CHANGING:
        return changes(f"“{said}” changes something.")
    if cmdlets.is_cmdlet(program):
        return cmdlets.read_cmdlet(program, rest)
    return read_words(program, rest, known=False)


def _file_reach(rest: list[str]) -> set[str]:
    reach = set()
    if (
        any(word.startswith("-") and not word.startswith("--") and set("rR") & set(word) for word in rest)
        or "--recursive" in rest
    ):
        reach.add("recursive")
    if any(word in ("/", "/*", "~", "~/", "*", ".", "./*", "$HOME", "$HOME/*", "C:\\") for word in rest):
        reach.add("all")
    return reach


def _ruled(rules: tuple[Rule, ...], line: str, said: str, anchored: bool = False) -> Reading | None:
    line = line[:2_000]
    for pattern, risk, why in rules:
        if (pattern.match if anchored else pattern.search)(line):
            return of_risk(risk, f"“{said}” only looks." if risk is Risk.SAFE else f"“{said}”: {why}.")
    return None


def _without_globals(program: str, rest: list[str]) -> list[str]:
    valued = GLOBAL_VALUES.get(program)
    if valued is None:
        return rest
    i = 0
    while i < len(rest) and rest[i].startswith("-") and rest[i] != "--":
        if _VERSIONED.match(rest[i]):
            break
        i += 2 if rest[i] in valued else 1
    if program == "git" and any(word.startswith(("-c", "--exec-path", "--config-env")) for word in rest[:i]):
        return ["config", "alias.", *rest[i:]]
    return rest[i:]


Reader = Callable[[str, list[str], bool, int], Reading | None]
