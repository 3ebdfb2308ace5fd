"""Synthetic secrets in the shapes of their issuers, and harmless values that look alike.

Every secret is put together from parts at run time, so that no scanner trips over this file. None was ever valid.
"""

from __future__ import annotations

import base64
import hashlib
import string

UPPER_32 = string.ascii_uppercase + "234567"
ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"


def noise(seed: str, size: int, alphabet: str = ALNUM) -> str:
    """`size` characters that depend on the seed only."""
    stream = b"".join(hashlib.sha256(f"{seed}{n}".encode()).digest() for n in range(size // 32 + 1))
    return "".join(alphabet[byte % len(alphabet)] for byte in stream[:size])


def _jwt(seed: str) -> str:
    parts = (b'{"alg":"HS256"}', b'{"sub":"' + seed.encode() + b'"}')
    head, body = (base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    return f"{head}.{body}.{noise(seed, 43, ALNUM + '-_')}"


def _pem(kind: str, seed: str) -> str:
    dashes = "-" * 5
    body = "\n".join(noise(f"{seed}{n}", 64, ALNUM + "+/") for n in range(6))
    return f"{dashes}BEGIN {kind}PRIVATE KEY{dashes}\n{body}\n{dashes}END {kind}PRIVATE KEY{dashes}"


def secrets(seed: str = "a") -> dict[str, str]:
    """A text with one secret in it, by name."""

    def n(size: int, alphabet: str = ALNUM) -> str:
        return noise(seed + str(size), size, alphabet)

    return {
        "aws_access_key_id": "AKI" + "A" + n(16, UPPER_32),
        "aws_temporary_key_id": "key id ASI" + "A" + n(16, UPPER_32),
        "aws_secret_key": "aws_secret_" + f"access_key = '{n(40, ALNUM + '+/')}'",
        "github_classic": "token gh" + f"p_{n(36)}",
        "github_app": "gh" + f"s_{n(36)}",
        "github_fine_grained": "github_" + f"pat_{n(22)}_{n(59)}",
        "gitlab": "gl" + f"pat-{n(20)}",
        "slack_bot": "xo" + f"xb-{n(12, '123456789')}-{n(12, '123456789')}-{n(24)}",
        "slack_webhook": "https://hooks." + f"slack.com/services/T{n(9)}/B{n(9)}/{n(24)}",
        "stripe_live": "sk_" + f"live_{n(24)}",
        "stripe_restricted": "rk_" + f"live_{n(24)}",
        "jwt": "Cookie: session=" + _jwt(seed),
        "rsa_key": _pem("RSA ", seed),
        "openssh_key": _pem("OPENSSH ", seed),
        "pkcs8_key": _pem("", seed),
        "google_api": "AI" + f"za{n(35, ALNUM + '-_')}",
        "google_oauth_client": "GOC" + f"SPX-{n(28)}",
        "gcp_service_account": '{"type": "service_account", "private_key": "'
        + _pem("", seed).replace("\n", "\\n")
        + '"}',
        "azure_storage": "DefaultEndpointsProtocol=https;AccountName=a;Account" + f"Key={n(86)}==;",
        "azure_client_secret": n(3) + "8Q~" + n(34),
        "openai_project": "sk-" + f"proj-{n(48)}",
        "openai_classic": "OPENAI=" + "sk-" + n(48),
        "anthropic": "sk-" + f"ant-api03-{n(93, ALNUM + '-_')}",
        "npm": "//registry.example/:_auth" + f"Token=np{'m'}_{n(36)}",
        "npm_bare": "np" + f"m_{n(36)}",
        "pypi": "py" + f"pi-AgEIcHlwaS5vcmc{n(80, ALNUM + '-_')}",
        "sendgrid": "S" + f"G.{n(22)}.{n(43)}",
        "twilio": "S" + f"K{n(32, HEX)}",
        "telegram_bot": f"{n(9, '123456789')}:A" + f"A{n(33)}",
        "digitalocean": "dop_" + f"v1_{n(64, HEX)}",
        "huggingface": "h" + f"f_{n(34, string.ascii_letters)}",
        "shopify": "shp" + f"at_{n(32, HEX)}",
        "mailchimp": f"{n(32, HEX)}" + "-us12",
        "database_url": f"postgres://app:{n(16)}" + "@db.internal:5432/app",
        "redis_url": f"redis://:{n(20)}" + "@cache.internal:6379",
        "bearer_header": "Authorization: " + f"Bearer {n(40)}",
        "basic_header": "Authorization: " + "Basic " + base64.b64encode(f"user:{n(12)}".encode()).decode(),
        "password_assignment": "pass" + f"word = '{n(14)}!'",
        "password_json": '{"pass' + f'word": "{n(10)}#{n(3)}"}}',
        "password_env": "DB_PASS" + f"WORD={n(16)}",
        "password_prose": "the pass" + f"word is {n(12)}9!",
        "api_key_assignment": "api" + f"_key: {n(32, HEX)}",
        "client_secret": "client" + f"_secret={n(40)}",
        "secret_token_yaml": "secret" + f"_token: {n(48)}",
        "notion": "secret" + f"_{n(43)}",
        "vault": "hv" + f"s.{n(90)}",
        "databricks": "dap" + f"i{n(32, HEX)}",
        "grafana": "gl" + f"sa_{n(32)}_{n(8, HEX)}",
        "discord_webhook": "https://discord." + f"com/api/webhooks/{n(18, '123456789')}/{n(68)}",
        "age": "AGE-SECRET-" + f"KEY-1{n(58, string.ascii_uppercase + string.digits)}",
        "azure_sas": "https://a.blob.example/c/f?sv=2022-11-02&si" + f"g={n(43)}%3D",
        "encoded_in_base64": base64.b64encode(
            ("export AWS_KEY=AKI" + "A" + n(16, UPPER_32) + " # prod").encode()
        ).decode(),
    }


HARMLESS: dict[str, str] = {
    "uuid": "id: 3f2b8c1e-9a4d-4c7b-8f21-6d5e4c3b2a19",
    "sha1": "commit " + hashlib.sha1(b"x").hexdigest(),
    "sha256": "digest sha256:" + hashlib.sha256(b"x").hexdigest(),
    "md5": "etag: " + hashlib.md5(b"x").hexdigest(),
    "integrity": "integrity sha512-" + base64.b64encode(hashlib.sha512(b"x").digest()).decode(),
    "image": "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(range(200))).decode(),
    "placeholder_key": "api_key = YOUR_API_KEY",
    "placeholder_angle": "password: <your-password>",
    "placeholder_x": "token=xxxxxxxxxxxxxxxxxxxx",
    "placeholder_stars": "password: ************",
    "placeholder_env": "password=${DB_PASSWORD}",
    "placeholder_template": "secret: {{ vault.secret }}",
    "environment_read": "api_key = os.environ['API_KEY']",
    "getenv": 'token := os.Getenv("TOKEN")',
    "function_call": "password = get_password(user)",
    "type_hint": "def login(password: str, token: Optional[str] = None)",
    "schema": '{"password": {"type": "string", "description": "The password"}}',
    "aws_documentation": "AKIAIOSFODNN7EXAMPLE",
    "token_counts": '{"prompt_tokens": 1542, "completion_tokens": 318, "max_tokens": 4096}',
    "next_page_token_none": "next_page_token: null",
    "primary_key": "primary_key=customer_id",
    "public_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB" + noise("pub", 40) + " user@host",
    "certificate": "-" * 5 + "BEGIN CERTIFICATE" + "-" * 5 + "\nMIIB" + noise("cert", 60),
    "secret_reference": '{"password": {"$secret": "smtp"}}',
    "keyword_prose": "The secret of good bread is time. The key to success is patience. Your password was changed.",
    "reset_link": "Reset your password: https://accounts.example.com/reset",
    "passenger": "passenger: Mia_Li3668, passport: yes",
    "tracking": "tracking number 1Z999AA10123456784",
    "version": "token_version=3.11.4",
    "order": "#W4776164 credit_card_4421486 gift_card_3481935",
    "camel_case": "tokenProvider = defaultTokenProviderFactory",
    "path": "key=/etc/ssl/private/server.key",
    "url_without_password": "https://user@github.com/org/repo.git",
    "git_ssh": "git@github.com:org/repo.git",
    "local_default": "amqp://guest:guest@localhost:5672/",
    "time": "Authorization expires at 2024-05-28T12:27:05Z",
    "colour": "key color: #A3B1FF, accent #00FF7F",
    "css_class": "token-keyword token-string token-punctuation",
    "stripe_publishable_word": "pk_test_key goes here",
    "sk_word": "sk-learn and risk-management-for-large-projects-in-regulated-industries",
    "base64_text": base64.b64encode(b"The quick brown fox jumps over the lazy dog and goes home").decode(),
    "long_identifier": "key: com.example.service.internal.ConfigurationManagerFactoryBean",
}
