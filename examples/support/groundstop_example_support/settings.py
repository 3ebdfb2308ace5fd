"""The seam through which tools find the systems they act on: one environment variable, read at the time of the call.

The executor and its child workers inherit the variable; the systems write where they are into ``systems.json`` beside
their databases. Nothing is cached, so a system that comes back on another port is found by the next call.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from groundstop.catalogue import ToolFailed

VARIABLE = "GROUNDSTOP_SUPPORT_DATA"
FILE = "systems.json"


@dataclass(frozen=True)
class Systems:
    """Where the three systems are. ``data`` holds the databases and the rendered documents."""

    data: Path
    pid: int
    smtp_host: str
    smtp_port: int
    payments_url: str

    @property
    def shop(self) -> Path:
        """The order database."""
        return self.data / "shop.sqlite"

    @property
    def payments(self) -> Path:
        """The payment service's own database: read it, write it only through the service."""
        return self.data / "payments.sqlite"

    @property
    def mail(self) -> Path:
        """What the mail server accepted."""
        return self.data / "mail.sqlite"

    @property
    def documents(self) -> Path:
        """Invoices and reports."""
        return self.data / "documents"


def folder() -> Path:
    """The data folder that the environment names. Raises ToolFailed when it names none."""
    value = os.environ.get(VARIABLE, "")  # noqa: TID251 - this is the example's settings seam
    if not value:
        raise ToolFailed(f"{VARIABLE} is not set: it names the folder of the support systems", retryable=False)
    return Path(value)


def read(data: Path) -> Systems:
    """What ``systems.json`` in ``data`` says. Raises ToolFailed (worth another try) while there is none."""
    try:
        fields = json.loads((data / FILE).read_text(encoding="utf-8"))
        return Systems(data, fields["pid"], fields["smtp"]["host"], fields["smtp"]["port"], fields["payments"]["url"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ToolFailed(f"the support systems are not running in {data.name}: {error}") from error


def systems() -> Systems:
    """The systems of this environment, as they are now."""
    return read(folder())


def write(systems: Systems) -> None:
    """Announce the systems: a reader sees the old file or the new one, never half of one."""
    fields = {
        "pid": systems.pid,
        "smtp": {"host": systems.smtp_host, "port": systems.smtp_port},
        "payments": {"url": systems.payments_url},
    }
    draft = systems.data / f"{FILE}.{systems.pid}"
    draft.write_text(json.dumps(fields), encoding="utf-8")
    draft.replace(systems.data / FILE)


def withdraw(data: Path) -> None:
    """The systems are gone."""
    (data / FILE).unlink(missing_ok=True)
