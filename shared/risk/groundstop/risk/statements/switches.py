"""Arguments that turn a program that only looks into one that does more, or a dangerous one into one that looks."""

# ruff: noqa: E501 - one program a line

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from groundstop.vocabulary import Risk

Rule = tuple[re.Pattern[str], Risk, str]

# (programs, ((pattern over the arguments, risk, why), ...)): the first that matches decides.
_TABLE: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    ("find fd", (
        (r"(?:^| )(?:-delete|-fls|-fprint\w*)(?: |$)", "dangerous", "find removes or overwrites files"),
    )),
    ("sed", (
        (r"(?:^| )(?:-[nEsruz]*i\S*|--in-place\S*)(?: |$)", "risky", "sed changes the file in place"),
        (r"(?:^|[;{ /\d$])[wW] [/~.\w]+\S*$|/[gp\d]*e(?: |$)|/[gp\d]*w ", "dangerous", "sed writes a file or runs a command"),
    )),
    ("awk gawk mawk nawk", (
        (r"system\s*\(|\|\s*getline|\|\s*\"|getline\s*<|>\s*\"|inplace|print[^}]*>\s*[$\w\"]", "dangerous", "awk runs a command or writes a file"),
    )),
    ("sort", ((r"(?:^| )(?:-\w*o|--output)", "risky", "sort writes a file"),)),
    ("tree", ((r"(?:^| )-\w*o(?: |$)", "risky", "tree writes a file"),)),
    ("uniq", ((r"^(?:-\S+ )*[^- ]\S* [^- ]", "risky", "uniq writes its second file"),)),
    ("yq", ((r"(?:^| )(?:-\w*i\w*|--inplace)(?: |$)", "risky", "yq changes the file in place"),)),
    ("xxd", ((r"(?:^| )-r", "risky", "xxd writes a file"),)),
    ("date", ((r"(?:^| )(?:-s|--set)|^\d{8,12}$", "dangerous", "it sets the clock"),)),
    ("timedatectl hostnamectl localectl loginctl", ((r"(?:^| )(?:set-|kill|terminate|enable|disable|lock|attach)", "risky", "it changes a setting"),)),
    ("hostname", ((r"^[^-]|^-F", "risky", "it renames the machine"),)),
    ("sysctl", ((r"=|(?:^| )-(?:w|p)|--system|--write|--load", "dangerous", "it changes the kernel's settings"),)),
    ("mount", ((r"\S", "risky", "it mounts a file system"),)),
    ("dmesg", ((r"(?:^| )(?:-[cCDEn]|--clear|--read-clear|--console)", "dangerous", "it clears the kernel's log"),)),
    ("journalctl", ((r"--(?:vacuum|rotate|flush|relinquish|setup)", "dangerous", "it removes the journal's past"),)),
    ("history", ((r"(?:^| )-[cdw]", "dangerous", "it clears the history"),)),
    ("ip route ifconfig arp ethtool iwconfig iw", (
        (r"(?:^| )(?:del|delete|flush|down|replace)(?: |$)", "dangerous", "it cuts a network off"),
        (r"(?:^| )(?:add|set|up|change|append|link set|-s|netmask|essid|hw)(?: |$)|--change", "risky", "it changes the network"),
    )),
    ("openssl", ((r"^(?!(?:version|x509|s_client|verify|req .*-noout|crl|ciphers|asn1parse|dgst|list|speed|help)\b)", "risky", "it makes keys or files"),
                (r"(?:^| )-(?:out|signkey|req)(?: |$)", "risky", "it writes a file"))),
    ("env export set declare readonly alias", ((r"(?:LD_PRELOAD|LD_LIBRARY_PATH|BASH_ENV|PROMPT_COMMAND|GIT_SSH|PATH|IFS)=|^\w+=.*[`$(;|]", "dangerous", "it changes what later commands run"),)),
    ("alias", ((r"=", "risky", "it renames a command"),)),
    ("trap", ((r"^(?!-[lp]$)\S", "dangerous", "it sets a command to run later"),)),
    ("nmap", ((r"--script|(?:^| )-o", "risky", "it probes beyond a list of ports"),)),
    ("strace", ((r"\S", "dangerous", "it runs a command under watch"),)),
    ("csvsql", ((r"--insert|--db", "risky", "it writes to a database"),)),
    ("pandoc", ((r"(?:^| )(?:-o|--output|--filter|-F|--lua-filter|-L)", "risky", "it writes a file"),)),
    ("exiftool", ((r"(?:^| )-\w+=|-overwrite|(?:^| )-(?:all|delete)", "dangerous", "it rewrites files"),)),
    ("sc", ((r"^(?!query|qc|qdescription|getdisplayname|enumdepend)", "dangerous", "it changes a service"),)),
    ("wevtutil", ((r"^(?:cl|clear-log)", "dangerous", "it clears a log"), (r"^(?!qe|el|gl|gp|ep|query|enum|get)", "risky", "it changes logs"))),
    ("ipconfig", ((r"/(?:release|renew|flushdns|registerdns|setclassid)", "risky", "it changes the network"),)),
    ("ldconfig", ((r"^(?!-p$|--print-cache$)", "risky", "it rebuilds the cache of libraries"),)),
    ("reset", ((r"$", "safe", ""),)),
    ("fc", ((r"(?:^| )-[es]", "dangerous", "it runs commands of the history"),)),
    ("crontab", ((r"^(?:-u \S+ )?-l$", "safe", ""), (r"(?:^| )-r", "dangerous", "it removes every scheduled job"), (r"", "dangerous", "it schedules commands"))),
    ("at batch", ((r"^-(?:l|c \d+|V)$", "safe", ""),)),
    ("chmod", ((r"(?:^| )(?:-\w*R|--recursive)|777|[ug]\+s|(?:^| )[2467]\d{3}(?: |$)|a\+\w*w|o\+\w*w| /(?:etc|usr|bin|sbin|boot|var|lib|root)?(?:/|$)",
               "dangerous", "it changes who may read or run files"), (r"", "risky", "it changes who may read or run a file"))),
    ("chown", ((r"(?:^| )(?:-\w*R|--recursive)| /(?:etc|usr|bin|sbin|boot|var|lib|root)?(?:/|$)", "dangerous", "it gives files to somebody else"), (r"", "risky", "it gives a file to somebody else"))),
    ("chgrp", ((r"(?:^| )(?:-\w*R|--recursive)", "dangerous", "it gives files to another group"),)),
    ("kill pkill killall", ((r"^(?:-l|-L|--list|-0 \d+)$", "safe", ""),)),
    ("iptables ip6tables", ((r"^(?:-t \w+ )?(?:-[nvx]+ )*(?:-L|-S|--list|--list-rules|-nL|-nvL|-vnL|-vL)(?: [A-Z]+)?(?: -[nvx]+| --line-numbers)*$", "safe", ""),)),
    ("nft", ((r"^(?:-\w+ )*list ", "safe", ""),)),
    ("ufw", ((r"^status", "safe", ""),)),
    ("firewall-cmd", ((r"^(?:--zone=\S+ )?--(?:list|get|state|query|info)", "safe", ""),)),
    ("fdisk", ((r"^-l", "safe", ""),)),
    ("sfdisk", ((r"^(?:-l|-d|--list|--dump)", "safe", ""),)),
    ("parted", ((r"^-l$| print$", "safe", ""),)),
    ("mdadm", ((r"^--(?:detail|examine)|^-[DE]", "safe", ""),)),
    ("zfs zpool", ((r"^(?:list|get|status|history|iostat|diff|version)\b", "safe", ""), (r"^(?:create|set|snapshot|clone|send|receive|rename|scrub|import|mount|hold)\b", "risky", "it changes a pool"),)),
    ("btrfs", ((r"^(?:\w+ )?(?:show|list|usage|df|status|get)\b", "safe", ""),)),
    ("smartctl nvme", ((r"^(?:-[aAHil]|list|smart-log|id-ctrl)", "safe", ""),)),
    ("cryptsetup", ((r"^(?:status|luksDump|isLuks)\b", "safe", ""),)),
    ("umount", ((r"", "risky", "it unmounts a file system"),)),
    ("hdparm", ((r"^-[iItT]+ ", "safe", ""),)),
    ("passwd", ((r"^-S", "safe", ""), (r"", "dangerous", "it changes a password"))),
    ("chage", ((r"^-l", "safe", ""),)),
    ("usermod", ((r"(?:^| )-\w*[aG]\w* ?(?:\S+,)?(?:sudo|wheel|admin|root|docker|adm|lxd)\b", "dangerous", "it gives somebody the rights of an administrator"),)),
    ("useradd adduser", ((r"(?:^| )-\w*(?:G|o|u 0)\b.*(?:sudo|wheel|root|docker|-u 0)|-u 0\b", "dangerous", "it makes an administrator"),)),
    ("service", ((r" status$|^--status-all", "safe", ""), (r" (?:stop|restart|reload|start|force-reload)$", "risky", "it steers a service"))),
    ("reg", ((r"^query\b", "safe", ""), (r"^(?:add|export|copy|save)\b", "risky", "it writes to the registry"))),
    ("schtasks", ((r"^/query\b", "safe", ""),)),
    ("net", ((r"^(?:view|statistics|config|accounts$|user$|localgroup$|start$|share$|use$|time$|session$)", "safe", ""), (r"^(?:start|stop|use|pause|continue|time)\b", "risky", "it steers a service or a share"))),
    ("netsh", ((r"\bshow\b", "safe", ""),)),
    ("wmic", ((r"\b(?:get|list)\b(?!.*\b(?:call|delete|create|set)\b)", "safe", ""),)),
    ("certutil", ((r"^-(?:hashfile|dump|verify|store|viewstore)\b", "safe", ""),)),
    ("bcdedit", ((r"^(?:/enum.*)?$", "safe", ""),)),
    ("vssadmin", ((r"^list\b", "safe", ""),)),
    ("attrib", ((r"^(?:[^+-]\S*)?$", "safe", ""),)),
    ("icacls", ((r"^\S+$", "safe", ""), (r"/grant\S* \S*(?:everyone|users|\*s-1)", "dangerous", "it opens files to everybody"))),
    ("tar", ((r"^-?\w*t\w*(?: |$)|^--list", "safe", ""), (r"--(?:remove-files|delete|checkpoint-action|to-command|use-compress-program)|(?:^| )-I ", "dangerous", "tar removes files or runs a command"))),
    ("unzip", ((r"^-\w*[lptvZ]\w* ", "safe", ""),)),
    ("zip", ((r"(?:^| )-(?:m|d|T[T]?|\w*rm)(?: |$)", "dangerous", "zip removes the files"),)),
    ("7z", ((r"^(?:l|t) ", "safe", ""), (r"^d ", "dangerous", "it removes files from the archive"))),
    ("gzip gunzip bzip2 xz zstd", ((r"(?:^| )-\w*(?:[clt])\w*(?: |$)|--(?:stdout|list|test)", "safe", ""),)),
    ("mv cp", ((r" (?:/dev/null|/dev/sd\S*|/dev/nvme\S*)$| /(?:etc|boot|usr|bin|sbin|lib)(?:/\S*)?$", "dangerous", "it overwrites a part of the system"),)),
    ("mv", ((r"(?:^| )(?:\*|/|~|/\*|~/\*) ", "dangerous", "it moves everything"),)),
    ("ln", ((r" /(?:etc|usr|bin|sbin|lib)/", "dangerous", "it replaces a part of the system"),)),
    ("tee", ((r"(?:^| )(?:-a )?(?:/(?:etc|dev(?!/null)|boot|usr|bin|sbin|lib|sys|proc)/|~?/?\S*\.(?:bashrc|profile|zshrc|ssh/))", "dangerous", "it writes into the system"), (r"^(?:-\w+ )*(?:/dev/null|/dev/stderr|-)?$", "safe", ""))),
    ("rsync", ((r"(?:^| )(?:-\w*n\w*|--dry-run|--list-only)(?: |$)", "safe", ""), (r"--(?:delete\S*|remove-source-files|del)(?: |$)", "dangerous", "rsync removes files"))),
    ("wget", ((r"--(?:post|method|body)|--execute|(?:^| )-e ", "risky", "it posts something"), (r"--spider|(?:^| )-\w*O ?-(?: |$)|--output-document=-", "safe", ""))),
    ("make gmake", ((r"(?:^| )(?:\w+[-_])?(?:clean|distclean|mrproper|purge|destroy|nuke|wipe|reset|uninstall|drop)(?:[-_]\w+)?(?: |$)", "dangerous", "it makes what removes"), (r"(?:^| )(?:-n|--dry-run|--just-print|-v|--version|help)(?: |$)", "safe", ""))),
    ("ruff black isort prettier eslint mypy pytest tsc", ((r"(?:^| )(?:--check|--collect-only|--co|--diff|--noEmit|--list-\w+|--version|--help)(?: |$)", "safe", ""),)),
    ("mypy", ((r"", "safe", ""),)),
    ("ruff", ((r"^check (?!.*--(?:fix|unsafe))", "safe", ""),)),
    ("eslint", ((r"^(?!.*--fix)", "safe", ""),)),
    ("ansible-playbook", ((r"(?:^| )(?:--check|-C|--list-hosts|--list-tasks|--syntax-check)(?: |$)", "safe", ""),)),
    ("ansible", ((r"-m (?:shell|command|raw|script)|(?:^| )-a ", "dangerous", "it runs a command on many machines"), (r"-m (?:ansible\.builtin\.)?(?:ping|setup|debug|stat)(?: |$)|--list-hosts", "safe", ""))),
    ("salt", ((r" (?:test\.\w+|grains\.\w+|status\.\w+)$", "safe", ""), (r"cmd\.", "dangerous", "it runs a command on many machines"))),
    ("gpg", ((r"^--(?:list|verify|fingerprint|version|check|export )|^-[kK]", "safe", ""), (r"--delete", "dangerous", "it removes keys"))),
    ("ssh-keygen", ((r"(?:^| )-(?:l|F|y)(?: |$)", "safe", ""), (r"(?:^| )-R ", "risky", ""))),
    ("ssh-add", ((r"^-[lL]$", "safe", ""), (r"^-[dD]", "dangerous", "it removes keys"))),
    ("ffmpeg", ((r"(?:^| )-f null ", "safe", ""),)),
    ("screen tmux", ((r"^(?:-ls|-list|ls|list-\w+|show-\w+|display|info|has-session|capture-pane -p)\b", "safe", ""), (r"kill", "dangerous", "it ends sessions"), (r"send-keys|new|-dm|-X", "dangerous", "it runs a command in a session"))),
    ("nginx apachectl httpd caddy", ((r"^(?:-[tTvV]+|configtest|-S|status|fullstatus|validate\b.*|version)$", "safe", ""),)),
    ("pg_ctl", ((r"^status\b", "safe", ""),)),
    ("mysqladmin", ((r"\b(?:drop|shutdown|kill|password|flush-\w+)\b", "dangerous", "it drops or stops a database"), (r"\b(?:status|ping|processlist|extended-status|variables|version)$", "safe", ""))),
    ("alembic", ((r"^(?:history|current|heads|show|branches|check)\b", "safe", ""), (r"^downgrade\b", "dangerous", "it takes a migration back"))),
    ("flyway liquibase", ((r"(?:^| )(?:clean|dropAll|drop-all|undo|rollback\S*)\b", "dangerous", "it drops or takes back what is in the database"), (r"(?:^| )(?:info|validate|status|history|diff|updateSQL|update-sql)\b", "safe", ""))),
    ("dbt", ((r"^(?:ls|list|compile|parse|debug|show|docs generate|test|source freshness)\b", "safe", ""), (r"--full-refresh", "dangerous", "it builds tables anew"))),
    ("rails rake artisan django-admin", (
        (r"(?:db|migrate|database|cache|queue)[:_ ]?(?:drop|reset|purge|wipe|fresh|rollback|flush|clear)\b|migrate:(?:fresh|reset|rollback|refresh)|\bflush\b|db:seed:replant|db:schema:load", "dangerous", "it drops or resets the database"),
        (r"^(?:routes|about|stats|notes|db:version|db:migrate:status|-T|--tasks|showmigrations|check|list|route:list|migrate:status)\b", "safe", ""),
    )),
    ("wp drush", ((r"\b(?:delete|drop|reset|clean|empty|uninstall|sql-drop|flush)\b|eval", "dangerous", "it removes something of the site"), (r"\b(?:list|get|status|info|check\S*|verify\S*|core:status|version)\b", "safe", ""))),
    ("airflow", ((r"^(?:dags|tasks|connections|variables|pools|users|jobs) (?:list\S*|show|get|state|report|details)|^(?:info|version|config)", "safe", ""), (r"\b(?:delete|reset|clear|clean)\b", "dangerous", "it removes a part of the scheduler"))),
    ("hg svn bzr fossil jj", ((r"^(?:status|st|log|diff|cat|annotate|blame|info|list|ls|heads|tip|branches|tags|show|summary|parents|paths|incoming|outgoing|op log)\b", "safe", ""), (r"^(?:strip|purge|revert|rollback|delete|rm|remove|abandon|undo|backout)\b|--force", "dangerous", "it takes work back"))),
    ("go", ((r"^(?:version|env(?! -w)|list|doc|vet|tool|help|mod (?:graph|why|verify))\b", "safe", ""), (r"^run\b", "dangerous", "it runs code"), (r"^clean\b.*-(?:cache|modcache)", "risky", ""))),
    ("cargo", ((r"^(?:tree|metadata|search|info|check|clippy(?!.*--fix)|verify-project|locate-project|version|--version|--list|help|audit|outdated|fmt (?:-- )?--check)\b", "safe", ""), (r"^(?:yank|owner|run)\b", "dangerous", "it runs or withdraws code"))),
    ("mvn gradle gradlew sbt dotnet", ((r"^(?:dependency:tree|help:\S+|dependencies|tasks|projects|properties|--version|-v|validate|--list-\S+|list|--info)(?: |$)", "safe", ""), (r"\b(?:publish|deploy|release)\b", "risky", ""))),
    ("brew port snap flatpak choco scoop winget conda mamba pacman", ((r"^(?:list|info|search|outdated|deps|doctor|config|show|find|leaves|-Q\w*|-Ss|-Si|env list)\b", "safe", ""), (r"^(?:-R\w*|zap)\b|env remove", "dangerous", "it removes packages"))),
)  # fmt: skip


def _rules() -> dict[str, tuple[Rule, ...]]:
    found: dict[str, tuple[Rule, ...]] = {}
    for names, rules in _TABLE:
        compiled = tuple((re.compile(pattern), Risk(risk), why) for pattern, risk, why in rules)
        for name in names.split():
            found[name] = (*found.get(name, ()), *compiled)
    return found


SWITCHES: Mapping[str, tuple[Rule, ...]] = MappingProxyType(_rules())
