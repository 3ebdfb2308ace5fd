"""The kill switch in a minute: ``python -m groundstop_example_support.demo_halt``.

A stack of its own in a temporary folder; a drill, an agent that is halted by itself, a halt of everything, a review,
ten e-mails taken back, a resume in stages. All of it can be done with ``groundstop halt, review, undo, resume``.
"""

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

import structlog
from groundstop.client import Client, HaltReport
from groundstop.client.undo import deeds, in_scope, undo
from groundstop.clock import Clock
from groundstop.settings import Settings
from rich.console import Console

MAILS = 10
FAILURES = 20
POLICY = """
name: demo
confusion: {same_call: 100, same_failure: 100, cycles: 100, no_progress: 1000}
limits:
  - {name: safe, match: {risk: safe}, count: 1000, burst: 1000}
  - {name: risky, match: {risk: risky}, count: 500, burst: 500}
"""
out = Console(soft_wrap=True, highlight=False)


def say(text: str) -> None:
    """One step of the story."""
    out.print(f"[bold]{text}[/]")


def told(report: HaltReport) -> str:
    """A halt or a drill in a sentence."""
    flights = sum(len(executor["in_flight"]) for executor in report.executors)
    return (
        f"  {len(report.executors)} executors answered in {report.last_halted_ms:.1f} ms; "
        f"{flights} calls were in flight; claims after it: {report.claims_after}"
    )


async def story(settings: Settings, clock: Clock) -> int:
    """Tell it on a running stack; the exit status."""
    settings = settings.model_copy(update={"resume_people": 2})
    async with (
        Client.open(agent="mailer", settings=settings) as mailer,
        Client.open(agent="clumsy", settings=settings) as clumsy,
        Client.open(agent="olga", settings=settings) as olga,
        Client.open(agent="max", settings=settings) as max_,
    ):
        say("1. A drill: the way of a halt is measured, and nothing stops.")
        out.print(told(await olga.halt("all", "a drill", drill=True)))

        say(f"2. The agent mailer sends {MAILS} e-mails with a wrong price.")
        tickets = [
            await mailer.submit("email.send", mail(number), task="prices", confidence=0.95) for number in range(MAILS)
        ]
        ends = [(await ticket.outcome(30)).status.value for ticket in tickets]
        out.print(f"  {ends.count('succeeded')} sent")

        say(f"3. The agent clumsy asks {FAILURES} times for orders that do not exist, and is halted by itself.")
        for number in range(FAILURES):
            await clumsy.submit("orders.get", {"order": f"X-{number}"}, task=f"lost-{number}", confidence=0.95)
        halt = None
        until = clock.monotonic() + 30
        while halt is None and clock.monotonic() < until:
            halts = (await olga.operator.controls()).halts
            halt = next((active for active in halts if active.trigger), None)
            await clock.sleep(0.1)
        out.print(f"  {halt.scope}: {halt.reason}" if halt else "  [red]it was not[/]")

        say("4. Olga sees the wrong price and halts everything.")
        report = await olga.halt("all", "a wrong price is going out")
        out.print(told(report))
        waiting = await mailer.submit("orders.get", {"order": "A-1001"}, task="later", confidence=0.99)
        late = await mailer.submit("email.send", mail(99), task="later", confidence=0.95)

        say("5. She reviews what the mailer has done.")
        chosen = await deeds(olga.log, in_scope("agent=mailer"))
        out.print(f"  {len(chosen)} deeds, {sum(deed.receipt is not None for deed in chosen)} can be taken back")

        say("6. She wants safe calls to go on first. That takes two people: Max says the same. E-mails wait.")
        await lift(report.control, "reading harms nobody", "safe", olga, max_)
        out.print(f"  looking up an order: {(await waiting.outcome(30)).status.value}")

        say("7. Then everything, and the e-mails are taken back: a correction to each customer, newest first.")
        await lift(report.control, "the price is right again", "risky", olga, max_)
        out.print(f"  the e-mail that waited: {(await late.outcome(30)).status.value}")
        await lift(report.control, "the price is right again", "dangerous", max_, olga)
        results = [undoing.result for undoing in await undo(olga, chosen, 30.0)]
        out.print(f"  {results.count('done')} of {len(chosen)} undone, each by an intent of its own")
        return 0 if halt and results.count("done") == MAILS and not report.claims_after else 1


async def lift(control: str, note: str, stage: str, asks: Client, agrees: Client) -> None:
    """One stage of a resume: the first asks, which changes nothing, the second lets it go on."""
    for person in (asks, agrees):
        written = await person.resume(control, note, stage)
        done = "asked, a second person is needed" if written.action == "resume_asked" else f"resumed up to {stage}"
        out.print(f"  {person.agent}: {done}")


def mail(number: int) -> dict[str, str]:
    """One e-mail of the mailer."""
    return {"to": f"c{number}@customers.example", "subject": f"Offer {number}", "body": "Everything for 0.01!"}


async def main() -> int:
    """Start a stack, tell the story, end the stack."""
    from groundstop_embedded.plan import Options  # only the demo needs a stack of its own
    from groundstop_embedded.run import example
    from groundstop_embedded.stack import Companion, Stack

    clock, data = Clock(), Path(tempfile.mkdtemp(prefix="groundstop-demo-"))
    (data / "policy.yaml").write_text(POLICY, encoding="utf-8")
    beside = example("support", data)
    options = Options(
        data=data,
        executors=4,
        catalogue=beside.sources,
        policy=data / "policy.yaml",
        log_level="error",
        env=dict(beside.env),
    )
    systems = [sys.executable, "-m", f"{beside.module}.systems", "--data", str(beside.folder), "--die-with-parent"]
    stack = Stack(options, clock, structlog.get_logger("stack"), companion=Companion("systems", systems, []))
    out.print("starting a stack with four executors ...")
    await stack.start()
    try:
        return await story(stack.plan.settings, clock)
    finally:
        await asyncio.shield(stack.stop())
        shutil.rmtree(data, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
