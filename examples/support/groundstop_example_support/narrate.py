"""The day in words: one line per thing that happens, in sentences for somebody who sees Groundstop for the first time.

Coloured on a terminal, plain text elsewhere. The sentences are made by pure functions; the narrator only prints them.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from groundstop.events import CaseOpened
from groundstop.vocabulary import CaseKind, Status
from rich.console import Console
from rich.markup import escape

from groundstop_example_support.agent import Ending, Tally
from groundstop_example_support.tickets import Step, Ticket

REASON_CHARS_MAX = 160
_WISHES: dict[str, str] = {
    "orders.get": "look up order {order}",
    "orders.search": "search the orders",
    "orders.note": "leave a note on {order}",
    "orders.update_address": "send {order} to another address",
    "orders.cancel": "cancel order {order}",
    "email.send": "send an e-mail to {to}",
    "invoice.render": "make the invoice of {order}",
    "report.build": "build the {kind} report",
    "refund.create": "pay back {amount} on {order}",
    "customers.erase": "erase customer {customer} for good",
}
_ENDINGS: dict[Status, tuple[str, str]] = {
    Status.SUCCEEDED: ("green", "done"),
    Status.COMPLETED_MANUALLY: ("green", "a person did it in the agent's place"),
    Status.REFUSED: ("red", "refused"),
    Status.THROTTLED: ("yellow", "too many of these at once, held back"),
    Status.DENIED: ("red", "a person said no"),
    Status.EXPIRED: ("red", "nobody decided before it expired, so it was denied"),
    Status.NEEDS_CLARIFICATION: ("yellow", "sent back to be made clear"),
    Status.FAILED: ("red", "tried, and it failed; nothing was changed"),
    Status.UNKNOWN: ("magenta", "nobody can tell whether it happened, so it is not tried again"),
    Status.CANCELLED: ("yellow", "stopped before it happened"),
    Status.UNDONE: ("yellow", "done, and undone again"),
}
_QUESTIONS: dict[CaseKind, str] = {
    CaseKind.APPROVAL: "may the agent {wish}?",
    CaseKind.CONFIRMATION: "the agent is only fairly sure that it should {wish}; is it right?",
    CaseKind.CLARIFICATION: "the agent does not really know whether to {wish}; what should it know?",
    CaseKind.HANDOFF: "the agent is out of its depth and would {wish}; please take over",
    CaseKind.RECONCILIATION: "nobody can tell whether the agent managed to {wish}; please find out",
}
_HAPPENINGS: dict[tuple[str, str], str] = {
    ("mail", "ok"): "the mail server is well again",
    ("mail", "refuse"): "the mail server goes down",
    ("mail", "busy"): "the mail server is busy and says so",
    ("mail", "reject"): "the mail server does not know a mailbox",
    ("mail", "drop"): "the line to the mail server will die at the worst moment",
    ("payments", "ok"): "the payment service is well again",
    ("payments", "lost"): "the payment service will pay, and its answer will be lost",
    ("payments", "unavailable"): "the payment service is down",
}

NEXT = (
    "groundstop cases                                   what waits for you, and how long it will",
    "groundstop approve CASE   (or: deny CASE --note …) decide one; the agent goes on by itself",
    "groundstop trace INTENT                            everything that is recorded about one proposal",
    "groundstop submit refund.create order=A-1001 amount=20.00 --wait",
    "                                                   propose something yourself, then approve it",
    "groundstop halt --reason 'just to see'             stop every executor at once; it says how to resume",
    "groundstop controls                                every halt, and each task that paused after a failed step",
    'groundstop sql "select kind, count() from audit.event_log group by kind"',
)
INTRODUCTION = (
    "",
    "A day at a support desk. An agent works through {tickets} tickets; each call of a tool is proposed, judged and",
    "metered, cleared by the policy or by you, run against real systems, and recorded. 'for you' is yours to decide.",
    "",
)


def introduction(tickets: int, console_url: str) -> list[str]:
    """What is about to be seen, and where to see it in a browser."""
    lines = [line.format(tickets=tickets) for line in INTRODUCTION]
    return [*lines[:-1], f"Watch and decide in the console: {console_url}", ""] if console_url else lines


def next_steps(console_url: str, sign_in: str) -> list[str]:
    """What to try: the console first, where there is one; ``sign_in`` is the link of the first administrator."""
    lines = ["", "What to try next"]
    if console_url:
        lines.append(f"  in a browser: {sign_in or console_url}")
        lines += ["    the link makes you the administrator, once"] if sign_in else []
    return [*lines, "  in another terminal, after . .venv/bin/activate", *(f"    {line}" for line in NEXT)]


def wish(tool: str, arguments: Mapping[str, Any]) -> str:
    """What a call would do, as a verb phrase; a tool without a phrase is called by its name."""
    try:
        return _WISHES[tool].format_map(arguments)
    except KeyError:
        return f"call {tool}({', '.join(f'{key}={value}' for key, value in arguments.items())})"


def ending_line(step: Step, ending: Ending) -> tuple[str, str]:
    """(colour, sentence) for a proposal that has ended."""
    colour, words = _ENDINGS[ending.status]
    if ending.status is Status.SUCCEEDED and ending.attempts > 1:
        words = f"done at attempt {ending.attempts}"
    if ending.status is Status.THROTTLED and ending.retry_after_s is not None:
        words = f"{words} for {ending.retry_after_s:.1f} s"
    elif not ending.status.good and ending.reason:
        words = f"{words}: {short(ending.reason)}"
    return colour, f"wants to {wish(step.tool, step.arguments)}: {words}"


def case_line(case: CaseOpened) -> str:
    """A person is asked, with what to type to answer."""
    asked = _QUESTIONS.get(case.case_kind, "the agent needs you to {wish}").format(
        wish=wish(case.call.tool, case.call.arguments)
    )
    decidable = case.case_kind in (CaseKind.APPROVAL, CaseKind.CONFIRMATION)
    return f"{asked} -> groundstop {f'approve {case.case}' if decidable else 'cases'}"


def short(reason: str) -> str:
    """The part of a reason that a spectator needs: the sentence that refuses, without the others that led to it."""
    reason = reason.removeprefix("EffectUnknown: ")
    sentences = reason.split("; ")
    said = next((sentence for sentence in sentences if sentence.startswith("Refused")), reason)
    said = said.partition(": ")[2] or said if said.startswith("Refused") else said
    return said if len(said) <= REASON_CHARS_MAX else f"{said[:REASON_CHARS_MAX]}..."


def summary(tally: Tally) -> list[str]:
    """The end of the day: how many proposals ended how, and what still waits."""
    total = sum(tally.endings.values())
    counted = ", ".join(f"{number} {status.value.replace('_', ' ')}" for status, number in tally.endings.most_common())
    lines = [f"{total} proposals have ended: {counted or 'none'}."]
    if tally.waiting:
        lines.append(f"{len(tally.waiting)} have no outcome yet: they wait for you, or are paused with their task:")
        lines += [f"  {ticket}: groundstop trace {intent}" for ticket, intent in sorted(tally.waiting.items())]
    return lines


class Narrator:
    """Prints what it sees. ``moment`` gives the time in front of each line, ``steps`` close the day."""

    def __init__(self, console: Console, moment: Callable[[], str], steps: Callable[[], Sequence[str]] = tuple) -> None:
        self._console = console
        self._moment = moment
        self._steps = steps

    def begin(self, tickets: int, console_url: str) -> None:
        """Before the first ticket."""
        for line in introduction(tickets, console_url):
            self._console.print(line, highlight=False, markup=False, soft_wrap=True)

    def opened(self, ticket: Ticket) -> None:
        """A ticket with its point."""
        self._say(ticket.id, "bold", f'"{ticket.subject}". {ticket.about}')

    def happened(self, ticket: Ticket, world: Mapping[str, Any]) -> None:
        """The world moves."""
        words = _HAPPENINGS.get((str(world["system"]), str(world["mode"])), f"{world['system']}: {world['mode']}")
        self._say(ticket.id, "blue", f"({words})")

    def waiting(self, ticket: Ticket, step: Step, intent: str) -> None:
        """No outcome yet."""
        words = f"wants to {wish(step.tool, step.arguments)}: no outcome yet; the agent takes the next ticket meanwhile"
        self._say(ticket.id, "yellow", words)

    def ended(self, ticket: Ticket, step: Step, ending: Ending) -> None:
        """An outcome."""
        self._say(ticket.id, *ending_line(step, ending))

    def closed(self, ticket: Ticket, finished: bool) -> None:
        """Only a ticket that was given up is worth a line."""
        if not finished:
            self._say(ticket.id, "dim", "the agent leaves this ticket as it is")

    def quiet(self, tally: Tally) -> None:
        """The agent has nothing left to do by itself."""
        for line in (*summary(tally), *self._steps()):
            self._console.print(line, highlight=False, markup=False, soft_wrap=True)

    def asked(self, case: CaseOpened) -> None:
        """A case was opened."""
        self._say("for you", "bold yellow", case_line(case))

    def _say(self, who: str, style: str, words: str) -> None:
        line = f"[dim]{self._moment()}[/dim] {who:<18} [{style}]{escape(words)}[/{style}]"
        self._console.print(line, highlight=False, soft_wrap=True)
