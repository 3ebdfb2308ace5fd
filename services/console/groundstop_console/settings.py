"""Settings of the console, beside those that every service reads."""

from groundstop.settings import Settings

PORT = 8420
"""Where people look for the console first; another free port is taken when it is not free."""


class ConsoleSettings(Settings):
    """GROUNDSTOP_CONSOLE_* in the environment, console_* in the file. Times in hours or seconds as the name says."""

    console_host: str = "127.0.0.1"
    console_port: int = 0
    """0: PORT if it is free, else any."""
    console_url: str = ""
    """How browsers reach it when something stands in front. With https, cookies are only sent over https."""
    console_hosts: str = ""
    """More names under which browsers reach it, comma-separated; any other name in a request's Host is refused."""
    console_proxies: str = ""
    """Addresses of proxies, comma-separated, whose ``X-Forwarded-For`` tells where a request is from."""
    console_session_hours: float = 12.0
    console_oidc_issuer: str = ""
    """Address of an OpenID Connect provider; without one people sign in with a password."""
    console_oidc_client_id: str = ""
    console_oidc_client_secret: str = ""
    console_oidc_role_claim: str = "groups"
    console_oidc_roles: str = ""
    """``claim value=role`` pairs, comma-separated; the highest that matches counts, none means no entry."""
    console_oidc_tenant_claim: str = ""
    """Claim that lists a person's tenants; without it everybody let in sees all tenants."""
