"""A folder of identities: a register of who was issued what, everybody's private keys, the server's list of users.

    register.json   names, roles, public keys; nothing secret
    users.conf      what the server includes
    <name>.nk       the seed of one identity on the bus, <name>.sign what it signs with; give these to their owner alone
    root.sign       vouches for the signing keys; root.pub is what verifiers are given

Files are written whole or not at all, private ones readable by their user alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path

from groundstop import subjects
from groundstop.callers import ANY_TENANT
from groundstop.errors import GroundstopError
from groundstop.events import KeysPublished, SignerKey, WorkerKey
from groundstop.identity.keyfiles import read_signer
from groundstop.identity.seeds import new_identity, read_seed, write_private, write_seed
from groundstop.identity.signatures import new_signer
from groundstop.ids import derived_id
from groundstop.intent import Frozen
from groundstop.permissions.roles import ROLES, SERVICES
from groundstop.permissions.server import User, accounts_config
from pydantic import Field, ValidationError

WORKER = "worker"
FORM = 2
ENDED_MAX = 4
"""Of one tool: those who still count for a moment, and one that says whose calls they were."""
ROTATION_S = 60.0
"""What a rotated key signed just before its owner learned of the new one still counts for so long."""


class KeysProblem(GroundstopError):
    """Something about identities that cannot be done; says what and why."""


class Issued(Frozen):
    """One identity that may connect."""

    name: str
    role: str
    public: str
    tenant: str = "*"
    agent: str = "*"
    tool: str = ">"
    since: datetime

    def user(self) -> User:
        """As the server is told."""
        return User(**self.model_dump(exclude={"since"}))


class Register(Frozen):
    """Everything that was issued and is not revoked, and every signing key there ever was."""

    number: int = Field(default=0, ge=0)
    issued: tuple[Issued, ...] = ()
    signers: tuple[SignerKey, ...] = ()
    ended: tuple[WorkerKey, ...] = ()
    """Workers that were revoked or rotated: their tools are still no proposer's to do."""
    form: int = 1
    """2 since workers are listed: a folder of an older form gets a new number, so that its list is published anew."""

    def workers(self) -> tuple[WorkerKey, ...]:
        """Everybody who does the calls of a tool, and the newest of those of each tool who did."""
        living = (one for one in self.issued if one.role == WORKER)
        return (*(WorkerKey(name=one.name, tool=one.tool, public=one.public) for one in living), *self.ended)


class KeyFolder:
    """The folder at ``path``. Only one process at a time may change it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def users_conf(self) -> Path:
        """What a nats-server's configuration includes."""
        return self.path / "users.conf"

    def seed_file(self, name: str) -> Path:
        """The seed of one identity."""
        return self.path / f"{name}.nk"

    def register(self) -> Register:
        """Who was issued what. Raises KeysProblem for a folder that was not initialised."""
        try:
            return Register.model_validate_json((self.path / "register.json").read_text(encoding="utf-8"))
        except (OSError, ValidationError) as error:
            raise KeysProblem(f"{self.path} is no folder of keys (groundstop keys init): {error}") from error

    def init(self, at: datetime, roles: Iterable[str] = SERVICES) -> Register:
        """Make the folder, its root and one identity for each role that has none yet; running it again adds nothing.

        An identity that an older version has issued gets the signing key that its role has by now.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        self.path.chmod(0o700)
        if not (self.path / "root.sign").exists():
            root = new_signer()
            write_private(self.path / "root.sign", root.text + "\n")
            (self.path / "root.pub").write_text(root.public + "\n", encoding="ascii")
            self._save(Register(form=FORM))
        register = self._renewed(self.register())
        have = {issued.name for issued in register.issued}
        for role in roles:
            register = register if role in have else self._with(register, role, role, {}, at)
        for issued in register.issued:
            register = self._with_signer(register, issued.name, issued.role)
        self._save(register)
        return register

    def issue(self, name: str, role: str, values: Mapping[str, str], at: datetime) -> Issued:
        """A new identity. Raises KeysProblem for a name in use, an unknown role, or a value that the role needs."""
        register = self.register()
        if any(issued.name == name for issued in register.issued):
            raise KeysProblem(f"there is an identity {name!r} already; revoke or rotate it")
        self._save(self._with(register, name, role, values, at))
        return self.find(name)

    def find(self, name: str) -> Issued:
        """One identity. Raises KeysProblem."""
        register = self.register()
        for issued in register.issued:
            if issued.name == name:
                return issued
        known = ", ".join(sorted(issued.name for issued in register.issued)) or "none"
        raise KeysProblem(f"no identity {name!r}; there is: {known}")

    def revoke(self, name: str, at: datetime) -> None:
        """Take an identity away. What it signs from now on does not count; what it signed before goes on to."""
        self.find(name)
        self._save(_without(self.register(), name, at))
        for path in (self.seed_file(name), self.path / f"{name}.sign"):
            path.unlink(missing_ok=True)

    def rotate(self, name: str, at: datetime) -> Issued:
        """Fresh keys for an identity, in the same files. The old seed is refused at once, the old signature soon."""
        old = self.find(name)
        register = _without(self.register(), name, at + timedelta(seconds=ROTATION_S))
        values = {"tenant": old.tenant, "agent": old.agent, "tool": old.tool}
        self._save(self._with(register, name, old.role, values, at))
        return self.find(name)

    def listed(self, at: datetime) -> KeysPublished:
        """Everybody's signing keys, signed by the root: what is published on the bus."""
        register = self.register()
        fact = KeysPublished(
            id=derived_id(f"{register.number}:{self._root_key()}", "keys.published"),
            at=at, actor="keys", number=register.number, keys=register.signers, workers=register.workers(),
        )  # fmt: skip
        return read_signer(self.path / "root.sign").sign(fact)

    def _renewed(self, register: Register) -> Register:
        """A register of an older form as one of ours; its seeds are told the root."""
        if register.form >= FORM:
            return register
        for file in filter(Path.exists, (self.seed_file(one.name) for one in register.issued)):
            write_seed(file, replace(read_seed(file), root=self._root_key()))
        return register.model_copy(update={"number": register.number + 1, "form": FORM})

    def _root_key(self) -> str:
        return (self.path / "root.pub").read_text(encoding="ascii").strip()

    def _with(self, register: Register, name: str, role: str, values: Mapping[str, str], at: datetime) -> Register:
        row = ROLES.get(role)
        if row is None:
            raise KeysProblem(f"no role {role!r}; there is: {', '.join(ROLES)}")
        subjects.token(name, "name")
        missing = [need for need in row.needs if not values.get(need)]
        if missing:
            raise KeysProblem(f"a {role} needs {' and '.join(missing)}")
        chosen = {name: _checked(name, values[name]) for name in row.takes if values.get(name)}
        scope = chosen.get("tenant", "*")
        identity = new_identity(name, role, ANY_TENANT if scope == "*" else scope, self._root_key())
        write_seed(self.seed_file(name), identity)
        issued = Issued(name=name, role=role, public=identity.public, since=at, **chosen)
        more = {"number": register.number + 1, "issued": (*register.issued, issued)}
        return self._with_signer(register.model_copy(update=more), name, role)

    def _with_signer(self, register: Register, name: str, role: str) -> Register:
        """The register with a signing key of ``name``, if its role signs and it has none that counts."""
        has = any(key.name == name and key.until is None for key in register.signers)
        if has or not ROLES[role].signs:
            return register
        signer = new_signer()
        write_private(self.path / f"{name}.sign", signer.text + "\n")
        added = SignerKey(key=signer.key, name=name, role=role, public=signer.public)
        return register.model_copy(update={"number": register.number + 1, "signers": (*register.signers, added)})

    def _save(self, register: Register) -> None:
        write_private(self.path / "register.json", register.model_dump_json(indent=2) + "\n")
        write_private(self.users_conf, accounts_config(issued.user() for issued in register.issued))


def _checked(need: str, value: str) -> str:
    """A value that fills one place of a subject: a token; ``*`` for any; a tool's name may have dots."""
    if value == "*" and need != "tool":
        return value
    for part in value.split(".") if need == "tool" else (value,):
        subjects.token(part, need)
    return value


def _without(register: Register, name: str, until: datetime) -> Register:
    """The register without an identity, what it signs with ended."""
    signers = tuple(
        key.model_copy(update={"until": until}) if key.name == name and key.until is None else key
        for key in register.signers
    )
    gone = [key for key in register.workers() if key.name == name and key.until is None]
    more = {
        "number": register.number + 1,
        "issued": tuple(one for one in register.issued if one.name != name),
        "signers": signers,
        "ended": _ended(register.ended, [key.model_copy(update={"until": until}) for key in gone]),
    }
    return register.model_copy(update=more)


def _ended(before: Sequence[WorkerKey], more: Sequence[WorkerKey]) -> tuple[WorkerKey, ...]:
    """The newest ended workers of each tool."""
    found = [*before, *more]
    of_tool = {tool: [key for key in found if key.tool == tool][-ENDED_MAX:] for tool in {key.tool for key in found}}
    return tuple(key for key in found if key in of_tool[key.tool])


def described(issued: Issued) -> dict[str, str]:
    """One identity for people."""
    takes = ROLES[issued.role].takes
    values = {name: str(value) for name, value in asdict(issued.user()).items() if name in takes}
    return {"name": issued.name, "role": issued.role, **values, "since": issued.since.isoformat()}
