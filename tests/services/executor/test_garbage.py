"""What is no control, written where controls are: nobody is blinded by it, and the next control takes its place."""

from pathlib import Path

import pytest
from groundstop import subjects
from groundstop.log.lanes import read_controls
from groundstop_embedded.testing import running_bus
from live import Live, live_on


@pytest.mark.parametrize("lane", [0, 5])
async def test_a_message_that_is_no_control_neither_hides_a_halt_nor_keeps_the_next_one_out(
    tmp_path: Path, lane: int
) -> None:
    async with running_bus(tmp_path / "bus") as bus, live_on(bus, tmp_path / "probe") as live:
        await _survives(live, lane)


async def _survives(live: Live, lane: int) -> None:
    operator, nc = live.operator, live.nc
    first = await operator.halt("tool=first", "stop", 0.01)
    await nc.jetstream().publish(subjects.control(lane), b"{not a control")
    assert [halt.control for halt in (await read_controls(nc, lane)).halts] == [first.control]
    second = await operator.halt("tool=second", "stop", 0.01)
    assert {halt.control for halt in (await operator.controls()).halts} == {first.control, second.control}
    await operator.resume(first.control, "fine again")
    for each in range(subjects.LANES):
        assert [halt.control for halt in (await read_controls(nc, each)).halts] == [second.control]
