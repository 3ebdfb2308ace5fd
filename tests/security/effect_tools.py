"""Tools whose effects are lines in a file: whoever counts them knows what really happened."""

import os
from pathlib import Path

from groundstop.catalogue import tool


def _did(line: str) -> None:
    with Path(os.environ["EFFECTS"]).open("a", encoding="utf-8") as file:  # noqa: TID251 - set by the test's stack
        file.write(line + "\n")


@tool(name="notes.add", action_type="notes.write", risk="safe", idempotency="none")
async def notes_add(text: str) -> str:
    """Add a note."""
    _did(f"note {text}")
    return text


@tool(name="vault.pay", action_type="payment.send", risk="dangerous", idempotency="none")
async def vault_pay(amount: int, to: str) -> str:
    """Pay somebody."""
    _did(f"pay {amount} {to}")
    return "paid"


@tool(name="mail.login", action_type="mail.read", risk="safe", idempotency="natural", attempts=1, secrets=("mail",))
async def mail_login(password: str | dict[str, str], fail: bool = False) -> str:
    """Sign in. The schema lets the password be named; what it answers, and how it fails, repeats it, carelessly."""
    _did(f"login {len(password)}")
    if fail:
        raise RuntimeError(f"535 authentication failed for password {password}")
    return f"welcome, your password is {password}"
