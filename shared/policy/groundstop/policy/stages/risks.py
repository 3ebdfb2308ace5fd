"""The risk of the call: what speaks about it by itself, then what the policy adds. It only rises."""

from groundstop.policy.basics import Mode
from groundstop.policy.conditions import Held
from groundstop.policy.rules import Rule
from groundstop.policy.stages.call import Call
from groundstop.policy.stages.holding import holding
from groundstop.policy.stages.routing import MEANING, code_of, need_in_words
from groundstop.policy.walk import Walk
from groundstop.vocabulary import Reason, Risk


def risk(call: Call, walk: Walk) -> None:
    """What the tool, its arguments, its declaration and its hints say; the highest counts, and each is listed."""
    spoken = call.tool.witness(call.proposal.arguments)
    for word in spoken:
        if word.binding:
            walk.raise_risk(word.says)
            walk.note("risk", word.detail, applied=word.says is not Risk.SAFE)
        else:
            guess = f"Guessing from its name it could be {word.says}, but what the catalogue declares counts."
            walk.note("risk", guess, applied=False)
    if not spoken:
        walk.note("risk", "Nothing says that the action changes anything.", applied=False)


def settings(call: Call, walk: Walk) -> None:
    """What the policy says about the tool by name."""
    for glob, entry in call.tool.settings:
        because = f": {entry.because}" if entry.because else "."
        if entry.risk is not None:
            raised = walk.raise_risk(entry.risk)
            walk.note("tools", f"The policy makes {glob} at least {entry.risk}{because}", applied=raised, entry=glob)
        if entry.route is not None:
            raised = walk.raise_route(entry.route, code_of(entry.route))
            walk.note("tools", f"For {glob}, {MEANING[entry.route]}{because}", applied=raised, entry=glob)


def refusals(call: Call, walk: Walk) -> None:
    """Hard refusals: nobody can approve these."""
    for entry, held in holding(call, walk, "refusals", call.tool.refusals):
        shadow = entry.mode is Mode.SHADOW
        if not shadow:
            walk.refuse(Reason.REFUSED_BY_POLICY)
        says = f"Refused by {entry.id}: {_because(entry.because, entry.when, held)}"
        walk.note("refusals", says, entry=entry.id, shadow=shadow)


def rules(call: Call, walk: Walk) -> None:
    """The rules' say on the risk. Their routes and requirements come after the table."""
    matched: list[Rule] = []
    for entry, held in holding(call, walk, "rules", call.tool.rules):
        shadow = entry.mode is Mode.SHADOW
        walk.note("rules", f"Rule {entry.id}: {_effect(entry, held)}", entry=entry.id, shadow=shadow)
        if not shadow:
            matched.append(entry)
            if entry.risk is not None:
                walk.raise_risk(entry.risk)
    call.matched = tuple(matched)


def _because(because: str, when: str, held: Held) -> str:
    if held.failure:
        return f"{held.failure}, so it counts as if it applied."
    return because or (f"{when} holds." if when else "it is about this tool.")


def _effect(entry: Rule, held: Held) -> str:
    effects = (
        f"at least {entry.risk}" if entry.risk else "",
        MEANING[entry.route] if entry.route else "",
        need_in_words(entry.need) if entry.need else "",
    )
    return f"{', '.join(effect for effect in effects if effect)}; {_because(entry.because, entry.when, held)}"
