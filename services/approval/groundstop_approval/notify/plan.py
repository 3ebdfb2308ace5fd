"""Who is told of an event. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from groundstop.events import CaseEscalated, CaseFact, CaseOpened, IntentFact
from groundstop.ids import derived_id

from groundstop_approval.domain.notifications import AFFECTED, ASKED, OWNER, USER, Notifications, Rule, Target
from groundstop_approval.domain.people import Directory
from groundstop_approval.notify.text import Event

NOTES_MAX = 200


@dataclass(frozen=True, slots=True)
class Note:
    """One message to one place. ``key`` is the same whoever plans it, so that it is sent once."""

    key: str
    target: str
    where: Target


def notes(
    event: Event, opened: CaseOpened | None, affected: Iterable[str], settings: Notifications, directory: Directory
) -> list[Note]:
    """The messages of an event, each place once, at most NOTES_MAX. ``affected`` are people whose tasks it concerns."""
    people = list(affected)
    names: dict[str, Target] = {}
    for rule in settings.rules:
        if _applies(rule, event, opened):
            for recipient in rule.to:
                names |= dict(_places(recipient, event, opened, people, settings, directory))
    return [Note(derived_id(event.id, f"notification:{name}"), name, where) for name, where in names.items()][
        :NOTES_MAX
    ]


def _applies(rule: Rule, event: Event, opened: CaseOpened | None) -> bool:
    fact = event.fact
    kind = fact.case_kind if isinstance(fact, CaseFact) else None
    risk = opened.judgement.risk if opened is not None else getattr(fact, "risk", None)
    tenant = fact.tenant if isinstance(fact, IntentFact) else None
    return (
        event.name in rule.events
        and (not rule.kinds or kind in rule.kinds)
        and (not rule.risk or risk in rule.risk)
        and (not rule.tenants or tenant in rule.tenants)
    )


def _places(
    recipient: str,
    event: Event,
    opened: CaseOpened | None,
    affected: list[str],
    settings: Notifications,
    directory: Directory,
) -> Iterator[tuple[str, Target]]:
    """Targets of one recipient: a target's name, ``group:NAME``, or what depends on the event."""
    if recipient in settings.targets:
        yield recipient, settings.targets[recipient]
        return
    for person in _people(recipient, event, opened, affected, directory):
        entry = directory.people.get(person)
        for number, place in enumerate(entry.notify if entry else ()):
            if place in settings.targets:
                yield place, settings.targets[place]
            elif "://" in place:
                yield f"{person}-{number}", Target(url=place)


def _people(
    recipient: str, event: Event, opened: CaseOpened | None, affected: list[str], directory: Directory
) -> Iterable[str]:
    fact = event.fact
    if recipient.startswith("group:"):
        return directory.members(recipient.removeprefix("group:"))
    if recipient == ASKED:
        groups = (fact.group,) if isinstance(fact, CaseEscalated) else opened.need.groups if opened else ()
        return dict.fromkeys(name for group in groups for name in directory.members(group))
    if recipient == USER:
        return (opened.proposal.user,) if opened else ()
    if recipient == OWNER:
        return sorted(directory.owners_of(fact.agent)) if isinstance(fact, IntentFact) else ()
    return affected if recipient == AFFECTED else ()
