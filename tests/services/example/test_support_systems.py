"""The systems' process: what is left after its end, and that it never outlives who started it."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from groundstop_example_support import launch, orders
from groundstop_example_support.database import opened
from groundstop_example_support.settings import FILE, read

PARENT = """
import sys
from pathlib import Path
from groundstop_example_support import launch
process = launch.start(Path(sys.argv[1]))
print(process.pid, flush=True)
sys.stdin.read()
"""


def test_a_clean_end_takes_the_announcement_away_and_keeps_the_data(tmp_path: Path) -> None:
    first = launch.start(tmp_path)
    with opened(tmp_path / "shop.sqlite") as shop:
        shop.execute("UPDATE orders SET address = 'elsewhere' WHERE id = 'A-1001'")
    launch.stop(first)
    assert first.returncode == 0
    assert not (tmp_path / FILE).exists()
    second = launch.start(tmp_path)
    try:
        with opened(tmp_path / "shop.sqlite") as shop:
            assert orders.get(shop, "A-1001")["address"] == "elsewhere"
        assert httpx.get(f"{read(tmp_path).payments_url}/health", trust_env=False).json() == {"charges": 600}
    finally:
        launch.stop(second)


def test_the_systems_die_with_the_process_that_started_them(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    watched = os.pidfd_open(int(parent.stdout.readline()))
    try:
        parent.kill()
        parent.communicate()
        ended, _, _ = select.select([watched], [], [], 10)
        assert ended
    finally:
        os.close(watched)


def refund(data: Path) -> httpx.Response:
    body, headers = {"order": "A-1001", "amount_cents": 500}, {"idempotency-key": "k"}
    return httpx.post(f"{read(data).payments_url}/refunds", json=body, headers=headers, trust_env=False)


def test_a_killed_system_loses_no_refund_that_it_confirmed(tmp_path: Path) -> None:
    first = launch.start(tmp_path)
    made = refund(tmp_path)
    first.send_signal(signal.SIGKILL)
    launch.stop(first)
    second = launch.start(tmp_path)
    try:
        again = refund(tmp_path)
    finally:
        launch.stop(second)
    assert (made.status_code, again.status_code) == (201, 200)
    assert made.json()["refund"] == again.json()["refund"]


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{", {"idempotency-key": "k"}, 400),
        (b'{"order": "A-1001"}', {"idempotency-key": "k"}, 400),
        (b'{"order": "A-1001", "amount_cents": 5}', {}, 400),
        (b'{"order": "A-1001", "amount_cents": -5}', {"idempotency-key": "k"}, 409),
        (b'{"order": "A-0", "amount_cents": 5}', {"idempotency-key": "k"}, 404),
        (b'{"order": "A-1001", "amount_cents": 5}', {"idempotency-key": "k", "groundstop-attempt": "x"}, 400),
        (b"[]", {"idempotency-key": "k"}, 400),
    ],
)
def test_bad_requests_are_answered_and_change_nothing(
    tmp_path: Path, body: bytes, headers: dict[str, str], status: int
) -> None:
    process = launch.start(tmp_path)
    try:
        url = read(tmp_path).payments_url
        answer = httpx.post(f"{url}/refunds", content=body, headers=headers, trust_env=False)
        refunds = httpx.get(f"{url}/refunds", trust_env=False).json()
    finally:
        launch.stop(process)
    assert (answer.status_code, refunds) == (status, [])
