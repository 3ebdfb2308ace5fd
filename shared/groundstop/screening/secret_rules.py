"""The named shapes of secrets: prefixes and lengths as their issuers document them."""

# ruff: noqa: E501 - one rule a line reads as a table

from __future__ import annotations

import re
from dataclasses import dataclass

from groundstop.screening.findings import Severity


@dataclass(frozen=True, slots=True)
class SecretRule:
    """A named shape. Group 1, when there is one, is the secret itself."""

    name: str
    needles: tuple[str, ...]
    pattern: re.Pattern[str]
    confidence: float = 0.95
    severity: Severity = "critical"


def _rule(name: str, needles: str, pattern: str, confidence: float = 0.95) -> SecretRule:
    return SecretRule(name, tuple(needles.split()), re.compile(pattern), confidence)


RULES: tuple[SecretRule, ...] = (
    _rule("aws_access_key_id", "AKIA ASIA ABIA ACCA", r"(?<![A-Za-z0-9])((?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16})(?![A-Za-z0-9])"),
    _rule("github_token", "gh", r"(?<![A-Za-z0-9])(gh[pousr]_[A-Za-z0-9]{36,255})"),
    _rule("github_fine_grained", "github_pat_", r"(github_pat_[A-Za-z0-9_]{60,255})"),
    _rule("gitlab_token", "gl", r"(?<![A-Za-z0-9])(gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|imt)-[A-Za-z0-9_-]{20,64})"),
    _rule("slack_token", "xox xapp-", r"(xox[abeoprs](?:\.xox[a-z])?-[A-Za-z0-9-]{10,250}|xapp-\d-[A-Z0-9]+-\d+-[a-f0-9]{20,128})"),
    _rule("slack_webhook", "hooks.slack.com", r"(https://hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9_/]{20,100})"),
    _rule("discord_webhook", "discord", r"(https://discord(?:app)?\.com/api/webhooks/\d{15,22}/[A-Za-z0-9_-]{50,90})"),
    _rule("stripe_key", "k_live_ k_test_ whsec_", r"(?<![A-Za-z0-9])([rsp]k_(?:live|test)_[0-9A-Za-z]{16,247}|whsec_[A-Za-z0-9+/=]{24,80})"),
    _rule("anthropic_key", "sk-ant-", r"(sk-ant-[a-z]{3,8}\d{2}-[A-Za-z0-9_-]{32,200})"),
    _rule("openai_key", "sk-", r"(?<![A-Za-z0-9])(sk-(?:proj-|svcacct-|admin-|None-)?(?=[A-Za-z_-]{0,40}\d)(?=[^A-Z]{0,40}[A-Z])[A-Za-z0-9_-]{32,200})"),
    _rule("google_api_key", "AIza", r"(?<![A-Za-z0-9])(AIza[0-9A-Za-z_-]{35})(?![A-Za-z0-9_-])"),
    _rule("google_oauth", "GOCSPX- ya29.", r"(GOCSPX-[A-Za-z0-9_-]{28}|ya29\.[A-Za-z0-9_-]{30,400})"),
    _rule("azure_storage_key", "AccountKey=", r"AccountKey=([A-Za-z0-9+/]{86}==)"),
    _rule("azure_secret", "8Q~ 7Q~", r"(?<![A-Za-z0-9])([A-Za-z0-9_~.]{3}[78]Q~[A-Za-z0-9_~.-]{31,34})"),
    _rule("azure_sas", "sig=", r"[?&](sig=[A-Za-z0-9%+/]{40,80}(?:%3D|=)?)(?=&|$|\s|\")"),
    _rule("npm_token", "npm_", r"(?<![A-Za-z0-9])(npm_[A-Za-z0-9]{36})(?![A-Za-z0-9])"),
    _rule("pypi_token", "pypi-", r"(pypi-AgE[A-Za-z0-9_-]{50,300})"),
    _rule("private_key", "PRIVATE KEY", r"(-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----)"),
    _rule("putty_key", "PuTTY-User-Key-File", r"(PuTTY-User-Key-File-\d: [a-z0-9-]+)"),
    _rule("age_key", "AGE-SECRET-KEY-", r"(AGE-SECRET-KEY-1[0-9A-Z]{58})"),
    _rule("jwt", "eyJ", r"(?<![A-Za-z0-9_-])(eyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{8,6000}\.[A-Za-z0-9_-]{16,1000})"),
    _rule("sendgrid_key", "SG.", r"(?<![A-Za-z0-9])(SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43})"),
    _rule("twilio_key", "SK AC", r"(?<![A-Za-z0-9])(SK[0-9a-f]{32})(?![A-Za-z0-9])", 0.8),
    _rule("mailgun_key", "key-", r"(?<![A-Za-z0-9])(key-[0-9a-f]{32})(?![A-Za-z0-9])", 0.8),
    _rule("telegram_bot_token", ":AA", r"(?<![0-9])(\d{8,10}:AA[A-Za-z0-9_-]{33})(?![A-Za-z0-9_-])"),
    _rule("digitalocean_token", "_v1_", r"(d(?:op|oo|or)_v1_[a-f0-9]{64})"),
    _rule("shopify_token", "shp", r"(shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32})"),
    _rule("huggingface_token", "hf_", r"(?<![A-Za-z0-9])(hf_[A-Za-z]{34})(?![A-Za-z0-9])"),
    _rule("databricks_token", "dapi", r"(?<![A-Za-z0-9])(dapi[a-f0-9]{32}(?:-\d)?)(?![A-Za-z0-9])"),
    _rule("hashicorp_vault", "hvs. hvb.", r"(hv[sb]\.[A-Za-z0-9_-]{24,200})"),
    _rule("linear_key", "lin_api_", r"(lin_api_[A-Za-z0-9]{40})"),
    _rule("notion_token", "secret_ ntn_", r"(?<![A-Za-z0-9])(secret_[A-Za-z0-9]{43}|ntn_[A-Za-z0-9]{40,60})(?![A-Za-z0-9])"),
    _rule("airtable_token", "pat", r"(?<![A-Za-z0-9])(pat[A-Za-z0-9]{14}\.[a-f0-9]{64})"),
    _rule("figma_token", "figd_", r"(figd_[A-Za-z0-9_-]{38,60})"),
    _rule("grafana_token", "glsa_ glc_", r"(glsa_[A-Za-z0-9]{32}_[a-f0-9]{8}|glc_[A-Za-z0-9+/]{32,400}={0,2})"),
    _rule("newrelic_key", "NRAK-", r"(NRAK-[A-Z0-9]{27})"),
    _rule("postman_key", "PMAK-", r"(PMAK-[a-f0-9]{24}-[a-f0-9]{34})"),
    _rule("resend_key", "re_", r"(?<![A-Za-z0-9_])(re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24})(?![A-Za-z0-9])"),
    _rule("groq_xai_key", "gsk_ xai-", r"(?<![A-Za-z0-9])(gsk_[A-Za-z0-9]{48,60}|xai-[A-Za-z0-9]{60,90})"),
    _rule("square_token", "EAAA sq0", r"(?<![A-Za-z0-9])(EAAA[A-Za-z0-9_-]{60}|sq0(?:atp|csp)-[A-Za-z0-9_-]{22,43})"),
    _rule("credential_in_url", "://", r"[a-zA-Z][a-zA-Z0-9+.-]{1,20}://[^\s:/@\"'<>]{0,80}:(?!(?:guest|secret|pass(?:word|wd)?|pw|user|admin|root|postgres|default|token|none|null)@)([^\s:/@\"'<>]{3,120})@(?!localhost|127\.0\.0\.1|host\b)[A-Za-z0-9.\[-]", 0.85),
    _rule("authorization_header", "uthorization", r"[Aa]uthorization[\"']?\s*[:=]\s*[\"']?(?:Bearer|Basic|Token|token|bearer)\s+([A-Za-z0-9._~+/=-]{16,2000})", 0.85),
)  # fmt: skip
