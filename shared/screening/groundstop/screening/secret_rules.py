"""The named shapes of secrets: prefixes and lengths as their issuers document them."""

# ruff: noqa: E501, SIM905 - one rule a line reads as a table, names of rules as a list of words

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
    reach: int = 480  # characters behind a needle that a match may end in
    anchored: bool = True  # a match begins with its needle


# Their needles stand somewhere inside what they match.
_INSIDE = frozenset(
    "slack_webhook discord_webhook azure_secret azure_sas telegram_bot_token digitalocean_token credential_in_url"
    " authorization_header ntlm_hash user_and_secret_at_host option_user_password option_password vendor_in_context"
    " terraform_token sentry_dsn teams_webhook private_key crypt_hash".split()
)


def _rule(name: str, needles: str, pattern: str, confidence: float = 0.95, reach: int = 480) -> SecretRule:
    compiled = re.compile(pattern)
    return SecretRule(name, tuple(needles.split()), compiled, confidence, reach=reach, anchored=name not in _INSIDE)


RULES: tuple[SecretRule, ...] = (
    _rule("aws_access_key_id", "AKIA ASIA ABIA ACCA", r"(?<![A-Za-z0-9])((?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16})(?![A-Za-z0-9])"),
    _rule("github_token", "ghp_ gho_ ghu_ ghs_ ghr_", r"(?<![A-Za-z0-9])(gh[pousr]_[A-Za-z0-9]{36,255})"),
    _rule("github_fine_grained", "github_pat_", r"(github_pat_[A-Za-z0-9_]{60,255})"),
    _rule("gitlab_token", "glpat- gldt- glrt- glcbt- glptt- glft- glsoat- glagent- glimt-", r"(?<![A-Za-z0-9])(gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|imt)-[A-Za-z0-9_-]{20,64})"),
    _rule("slack_token", "xox xapp-", r"(xox[abeoprs](?:\.xox[a-z])?-[A-Za-z0-9-]{10,250}|xapp-\d-[A-Z0-9]+-\d+-[a-f0-9]{20,128})"),
    _rule("slack_webhook", "hooks.slack.com", r"(https://hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9_/]{20,100})"),
    _rule("discord_webhook", "discord", r"(https://discord(?:app)?\.com/api/webhooks/\d{15,22}/[A-Za-z0-9_-]{50,90})"),
    _rule("stripe_key", "rk_live_ sk_live_ pk_live_ rk_test_ sk_test_ pk_test_ whsec_", r"(?<![A-Za-z0-9])([rsp]k_(?:live|test)_[0-9A-Za-z]{16,247}|whsec_[A-Za-z0-9+/=]{24,80})"),
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
    _rule("jwt", "eyJ", r"(?<![A-Za-z0-9_-])(eyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{8,6000}\.[A-Za-z0-9_-]{16,1000})", reach=9_000),
    _rule("sendgrid_key", "SG.", r"(?<![A-Za-z0-9])(SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43})"),
    _rule("twilio_key", "SK", r"(?<![A-Za-z0-9])(SK[0-9a-f]{32})(?![A-Za-z0-9])", 0.8),
    _rule("mailgun_key", "key-", r"(?<![A-Za-z0-9])(key-[0-9a-f]{32})(?![A-Za-z0-9])", 0.8),
    _rule("telegram_bot_token", ":AA", r"(?<![0-9])(\d{8,10}:AA[A-Za-z0-9_-]{33})(?![A-Za-z0-9_-])"),
    _rule("digitalocean_token", "_v1_", r"(d(?:op|oo|or)_v1_[a-f0-9]{64})"),
    _rule("shopify_token", "shpat_ shpca_ shppa_ shpss_", r"(shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32})"),
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
    _rule("authorization_header", "uthorization", r"[Aa]uthorization[\"']?\s*[:=]\s*[\"']?(?:Bearer|Basic|Token|token|bearer)\s+([A-Za-z0-9._~+/=-]{16,2000})", 0.85, reach=2_100),
    _rule("crypt_hash", "$2 $1$ $5$ $6$ $y$ $gy$ $7$ $apr1$ $argon2 $pbkdf2 pbkdf2_ {SSHA {SHA {CRYPT} scrypt:", r"(\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}|\$(?:1|5|6|7|y|gy|apr1)\$(?:rounds=\d{1,9}\$|[./A-Za-z0-9]{1,4}\$)?[./A-Za-z0-9]{1,22}\$[./A-Za-z0-9]{22,90}|\$argon2(?:id|i|d)\$v=\d+\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]{8,90}\$[A-Za-z0-9+/]{20,130}|\$?pbkdf2[_-]sha\d{1,3}\$\d{2,8}\$[^\s$]{1,60}\$[A-Za-z0-9+/=.]{20,100}|\{(?:SSHA|SHA|CRYPT)(?:256|512)?\}[A-Za-z0-9+/=$.]{20,140}|scrypt:\d+:\d+:\d+\$[^\s$]{4,60}\$[0-9a-f]{60,140})", 0.85),
    _rule("ntlm_hash", ":::", r"(?<![A-Za-z0-9])([0-9a-fA-F]{32}:[0-9a-fA-F]{32}):::", 0.85),
    _rule("user_and_secret_at_host", "@", r"(?<![\w/@.:+-])(?!(?:mailto|sips?|xmpp|acct|e?-?mail|to|cc|bcc|from|user|username|login|contact|reply-to|git|ssh|name|author|by)\s?:)[A-Za-z][\w.-]{1,30}:((?=[^\s@]{0,60}[\d!#$%^&*+=?~])[^\s:@/\"'<>{}$]{4,60})@(?!localhost\b|127\.0)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,6}(?![\w.-]*@)", 0.7),
    _rule("option_user_password", "-u --user --proxy-user", r"(?:^|[\s\"',\[])(?:-u|--user|--proxy-user)[\s=\"',]{1,4}[^\s:\"'/]{1,60}:([^\s\"':/$<{][^\s\"'<>{}]{2,100})", 0.75),
    _rule("option_password", "sshpass mysql mariadb mongo ldap docker podman redis-cli smbclient psql unzip zip 7z rabbitmq helm htpasswd openssl", r"\b(?:sshpass|mysql\w*|mariadb\w*|mongo\w*|ldap\w+|(?:docker|podman|helm registry) login|redis-cli|smbclient|unzip|7z|htpasswd|openssl)\b[^\n|;&]{0,120}?\s(?:-[pwaP]|-passin pass:|--pass(?:word)?[= ])[ ]?[\"']?((?![\d]{1,5}(?:[\s:]|$)|\d+:\d+)[^\s\"'$<{}\-/][^\s\"'<>{}]{3,80})", 0.65),
    _rule("netrc", "machine default", r"(?:machine\s{1,4}\S{1,100}|default)\s{1,8}login\s{1,4}\S{1,100}\s{1,8}password\s{1,4}([^\s<>{}$]{3,100})", 0.9),
    _rule("vendor_in_context", "atadog ATADOG eroku EROKU loudflare LOUDFLARE lgolia LGOLIA wilio WILIO ailgun AILGUN ravis ircle okta Okta OKTA itbucket ropbox witter acebook inkedin agerduty PAGER pastly astly ASTLY ollbar oneycomb hodan irustotal uth0 sentry Sentry SENTRY zure AZURE ircleci igital penai OPENAI ohere istral plaid Plaid PLAID ayp ugsnag egment ixpanel mplitude hcp netlify Netlify NETLIFY ercel eatherm steam Steam", r"(?i)\b[\w.-]{0,20}(?:datadog|dd|heroku|cloudflare|algolia|twilio|mailgun|travis|circle ?ci|okta|bitbucket|dropbox|twitter|facebook|linkedin|pagerduty|fastly|rollbar|honeycomb|shodan|virustotal|auth0|sentry|azure(?: devops)?|digital ?ocean|openai|cohere|mistral|plaid|paypal|bugsnag|segment|mixpanel|amplitude|netlify|vercel|openweathermap|steam)(?:[\w .-]{0,24})(?:key|token|secret|pat|auth|sid|credential)s?[\w.-]{0,12}[\"'`]?(?:\s{0,3}(?:[:=>]|=>|is|:=)\s{0,3}|\s{1,2})[\"'`]?((?=[^\s\"']{0,40}\d)(?:[0-9a-f]{32,64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[A-Za-z0-9_-]{20,84}))(?![\w-])", 0.75),
    _rule("atlassian_token", "ATATT3 ATBB ATCTT3", r"(?<![A-Za-z0-9])(AT(?:ATT3|CTT3)[A-Za-z0-9_=-]{20,250}|ATBB[A-Za-z0-9]{28,40})"),
    _rule("docker_token", "dckr_", r"(dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,60})"),
    _rule("vendor_prefixed", "pul- fo1_ FlyV1 sbp_ pscale_ dp. r8_ pplx- tvly- pcsk_ lsv2_ nfp_ rnd_ CFPAT- sqp_ squ_ sqa_ rubygems_ cio CLOJARS_ ops_ xoxe sdk- access_token$ EZAK EZTK tfp_ pat- xkeysib- dt0c01. ion_ FLWSECK rzp_live_ LTAI AKID y0_ sl. AAAAAAAA PKG pnu_ sntrys_ sntryu_ hooks. glrt phc_ phx_ cloudinary: NRJS NRII doo_ rpa_ jina_ fc- nvapi- ghv_ AQ. sk-or- v1.0- oy2 figoh_ lip_ whsec sq0 ddp_ hcaik_ bkua_", r"(?<![A-Za-z0-9_])(pul-[a-f0-9]{40}|fo1_[\w-]{40,50}|FlyV1 fm2_[A-Za-z0-9+/=,_]{60,600}|sbp_[a-f0-9]{40}|pscale_(?:pw|tkn|oauth)_[\w.=-]{32,64}|dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9_.]{40,60}|r8_[A-Za-z0-9]{37,40}|pplx-[A-Za-z0-9]{40,60}|tvly-(?:dev-|prod-)?[A-Za-z0-9-]{30,44}|pcsk_[A-Za-z0-9_]{50,80}|lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}|nfp_[A-Za-z0-9]{36,44}|rnd_[A-Za-z0-9]{28,40}|CFPAT-[\w-]{40,50}|sq[pua]_[a-f0-9]{40}|rubygems_[a-f0-9]{48}|cio[A-Za-z0-9]{32}|CLOJARS_[a-z0-9]{60}|ops_eyJ[A-Za-z0-9+/=]{200,900}|sdk-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|access_token\$(?:production|sandbox)\$[0-9a-z]{16}\$[0-9a-f]{32}|EZ[AT]K[A-Za-z0-9]{54}|tfp_[\w.=-]{59}|pat-(?:na|eu)\d-[0-9a-f-]{36}|xkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}|dt0c01\.[A-Z0-9]{24}\.[A-Z0-9]{64}|ion_[A-Za-z0-9]{42}|FLWSECK(?:_TEST)?-[a-f0-9]{12,40}(?:-X)?|rzp_live_[A-Za-z0-9]{14,24}|LTAI[A-Za-z0-9]{16,24}|AKID[A-Za-z0-9]{32}|y0_[\w-]{55,60}|sl\.[A-Za-z0-9_-]{120,160}|A{22}%?[A-Za-z0-9%]{80,120}|pnu_[A-Za-z0-9]{36}|sntry[su]_[A-Za-z0-9+/=_]{60,300}|ph[cx]_[A-Za-z0-9]{40,50}|rpa_[A-Za-z0-9]{40,60}|jina_[a-f0-9]{32}[\w-]{28,40}|fc-[a-f0-9]{32}|nvapi-[\w-]{60,70}|sk-or-v1-[a-f0-9]{64}|oy2[a-z0-9]{43}|lip_[A-Za-z0-9]{40}|bkua_[a-f0-9]{40}|figoh_[\w-]{38,60})(?![A-Za-z0-9])", 0.9),
    _rule("terraform_token", ".atlasv1.", r"(?<![A-Za-z0-9_])([A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,70})"),
    _rule("sentry_dsn", "ingest sentry", r"https://([0-9a-f]{32})(?::[0-9a-f]{32})?@[\w.-]*sentry[\w.-]*/\d+", 0.6),
    _rule("cloudinary_url", "cloudinary://", r"cloudinary://\d{6,20}:([A-Za-z0-9_-]{20,40})@", 0.9),
    _rule("mapbox_secret", "sk.eyJ", r"(sk\.eyJ[A-Za-z0-9_-]{40,120}\.[A-Za-z0-9_-]{20,30})", 0.9),
    _rule("teams_webhook", "webhook.office.com", r"(https://[\w-]+\.webhook\.office\.com/webhookb2/[\w@/-]{60,200})", 0.9),
    _rule("mysql_native_hash", "*", r"(?<![\w*])(\*[0-9A-F]{40})(?![0-9A-Za-z])", 0.6),
)  # fmt: skip
