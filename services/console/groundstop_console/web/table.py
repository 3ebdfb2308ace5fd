"""Every endpoint in one table: the guard reads it, and so do the security tests."""

from groundstop_console.domain.people import Role
from groundstop_console.pages import case, controls, entry, health, inbox, intents, live
from groundstop_console.web.visit import Endpoint

VIEWER, APPROVER, OPERATOR, ADMIN = Role

ENDPOINTS = (
    Endpoint("GET", "/healthz", None, health.alive),
    Endpoint("GET", "/readyz", None, health.ready),
    Endpoint("GET", "/sign-in", None, entry.sign_in_page),
    Endpoint("POST", "/sign-in", None, entry.sign_in),
    Endpoint("GET", "/join", None, entry.join_page),
    Endpoint("POST", "/join", None, entry.join),
    Endpoint("GET", "/oidc/start", None, entry.oidc_start),
    Endpoint("GET", "/oidc/callback", None, entry.oidc_finish),
    Endpoint("POST", "/sign-out", VIEWER, entry.sign_out),
    Endpoint("GET", "/", VIEWER, inbox.home),
    Endpoint("GET", "/live", VIEWER, live.stream),
    Endpoint("GET", "/inbox", VIEWER, inbox.page),
    Endpoint("GET", "/inbox/list", VIEWER, inbox.rows),
    Endpoint("GET", "/inbox/count", VIEWER, inbox.count),
    Endpoint("GET", "/cases/{case}", VIEWER, case.page),
    Endpoint("GET", "/cases/{case}/dialog", APPROVER, case.dialog),
    Endpoint("POST", "/cases/{case}/decide", APPROVER, case.decide),
    Endpoint("POST", "/cases/{case}/claim", APPROVER, case.claim),
    Endpoint("GET", "/cases/{case}/edit", APPROVER, case.edit_page),
    Endpoint("POST", "/cases/{case}/edit", APPROVER, case.edit),
    Endpoint("GET", "/intents", VIEWER, intents.page),
    Endpoint("GET", "/intents/list", VIEWER, intents.rows),
    Endpoint("GET", "/intents/{intent}", VIEWER, intents.trace),
    Endpoint("GET", "/intents/{intent}/body", VIEWER, intents.trace_body),
    Endpoint("GET", "/controls", VIEWER, controls.page),
    Endpoint("GET", "/controls/board", VIEWER, controls.board),
    Endpoint("POST", "/controls/ask", OPERATOR, controls.ask),
    Endpoint("POST", "/controls/halt", OPERATOR, controls.halt),
    Endpoint("POST", "/controls/resume", OPERATOR, controls.resume),
)
