"""What each route of the console allows, written apart from the console: a route without a row fails the tests."""

from dataclasses import dataclass, field

from groundstop_console.domain.people import Role

NOBODY, VIEWER, APPROVER, OPERATOR, ADMIN = None, *Role


@dataclass(frozen=True, slots=True)
class Row:
    """From which role on; ``one``: another tenant's thing can be named in the path; a form that does no harm."""

    role: Role | None
    one: bool = False
    form: dict[str, str] = field(default_factory=dict)


ROUTES = {
    "GET /healthz": Row(NOBODY),
    "GET /readyz": Row(NOBODY),
    "GET /sign-in": Row(NOBODY),
    "POST /sign-in": Row(NOBODY),
    "GET /join": Row(NOBODY),
    "POST /join": Row(NOBODY),
    "GET /oidc/start": Row(NOBODY),
    "GET /oidc/callback": Row(NOBODY),
    "POST /sign-out": Row(VIEWER),
    "GET /": Row(VIEWER),
    "GET /live": Row(VIEWER),
    "GET /inbox": Row(VIEWER),
    "GET /inbox/list": Row(VIEWER),
    "GET /inbox/count": Row(VIEWER),
    "GET /cases/{case}": Row(VIEWER, one=True),
    "GET /cases/{case}/dialog": Row(APPROVER, one=True),
    "POST /cases/{case}/decide": Row(APPROVER, one=True, form={"verdict": "approved", "digest": "0" * 64}),
    "POST /cases/{case}/claim": Row(APPROVER, one=True, form={"release": "1"}),
    "GET /cases/{case}/edit": Row(APPROVER, one=True),
    "POST /cases/{case}/edit": Row(APPROVER, one=True, form={"digest": "0" * 64}),
    "GET /cases/{case}/alike": Row(APPROVER, one=True),
    "POST /cases/{case}/alike": Row(APPROVER, one=True, form={"verdict": "approved", "case": "{case}:" + "0" * 64}),
    "GET /intents": Row(VIEWER),
    "GET /intents/list": Row(VIEWER),
    "GET /intents/{intent}": Row(VIEWER, one=True),
    "GET /intents/{intent}/body": Row(VIEWER, one=True),
    "POST /intents/{intent}/feedback": Row(APPROVER, one=True, form={"rating": "sideways"}),
    "POST /intents/{intent}/cost": Row(APPROVER, one=True, form={"cost": "0"}),
    "GET /tasks": Row(VIEWER),
    "GET /tasks/list": Row(VIEWER),
    "GET /tasks/{tenant}/{task}": Row(VIEWER, one=True),
    "GET /tasks/{tenant}/{task}/body": Row(VIEWER, one=True),
    "POST /tasks/{tenant}/{task}/pause": Row(OPERATOR, one=True),
    "POST /tasks/{tenant}/{task}/handoff": Row(APPROVER, one=True),
    "POST /tasks/{tenant}/{task}/take-over": Row(APPROVER, one=True),
    "POST /tasks/{tenant}/{task}/give-back": Row(APPROVER, one=True),
    "GET /grants": Row(VIEWER),
    "POST /grants": Row(APPROVER, form={"uses": "none", "tenant": "{tenant}"}),
    "GET /grants/{grant}": Row(VIEWER, one=True),
    "POST /grants/{grant}/revoke": Row(APPROVER, one=True),
    "GET /metrics": Row(VIEWER),
    "GET /metrics/panels": Row(VIEWER),
    "GET /policy": Row(VIEWER),
    "GET /people": Row(ADMIN),
    "POST /people": Row(ADMIN),
    "POST /people/{name}": Row(ADMIN),
    "GET /controls": Row(VIEWER),
    "GET /controls/board": Row(VIEWER),
    "POST /controls/ask": Row(OPERATOR),
    "POST /controls/halt": Row(OPERATOR),
    "POST /controls/resume": Row(OPERATOR),
    "GET /controls/{control}/review": Row(VIEWER, one=True),
    "POST /controls/{control}/undo": Row(OPERATOR, one=True),
}
"""Method and path, as the application routes them -> its row."""


def filled(text: str, parts: dict[str, str]) -> str:
    """``text`` with what stands in braces replaced; what there is none of stands for itself."""
    for name, value in parts.items():
        text = text.replace("{" + name + "}", value)
    return text
