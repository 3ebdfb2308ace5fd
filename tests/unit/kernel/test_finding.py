"""What a running stack says about itself to whoever starts or finds it."""

from pathlib import Path

from groundstop.stack_discovery import ADMIN_LINK, StackState
from groundstop.testing import NOON


def a_state(data: Path, console_url: str = "http://127.0.0.1:8420") -> StackState:
    return StackState(
        data=data, pid=1, nats_url="nats://x", clickhouse_dsn="http://x", console_url=console_url, started_at=NOON
    )


def test_the_console_is_named_with_its_first_sign_in_until_that_was_used(tmp_path: Path) -> None:
    """Whoever starts a stack in the background never saw the link that the launcher had printed."""
    state, link = a_state(tmp_path), tmp_path / ADMIN_LINK
    assert state.console_in_words() == "console http://127.0.0.1:8420"
    link.write_text("http://127.0.0.1:8420/join?token=t\n", encoding="utf-8")
    assert state.first_sign_in == "http://127.0.0.1:8420/join?token=t"
    assert state.console_in_words().endswith("; first sign-in: http://127.0.0.1:8420/join?token=t")
    link.unlink()
    assert state.first_sign_in == ""


def test_a_stack_without_a_console_names_none(tmp_path: Path) -> None:
    (tmp_path / ADMIN_LINK).write_text("http://old/join?token=t", encoding="utf-8")
    state = a_state(tmp_path, console_url="")
    assert (state.console_in_words(), state.first_sign_in) == ("", "")
