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
    "read_file": 'privateKey = readFileSync("server.key")',
    "read_file_multi": "const secretKey = fs.readFileSync(path.join(__dirname, 'k.pem'), 'utf8')",
    "config_lookup": 'password = config.get("database.password")',
    "settings_attribute": "password=settings.DB_PASSWORD",
    "self_attribute": "self.token = token",
    "argument_pass": "client = Client(token=token, secret=secret)",
    "java_field": "private String password; private final String apiKey;",
    "go_struct": 'Password string `json:"password"`',
    "typescript_type": "interface Login { password: string; token?: string | null }",
    "sql_column": "password VARCHAR(255) NOT NULL, api_token TEXT",
    "html_input": '<input type="password" name="password" placeholder="Password">',
    "label": "password: Passwort",
    "validation": 'password: "required|min:8|confirmed"',
    "message": "password: must be at least 8 characters",
    "message_length": "password_min_length = 12",
    "policy": '{"password_policy": "strong2024", "passwordExpiresAt": "2024-11-05T10:00:00Z"}',
    "kubernetes_reference": "secretKeyRef:\n  name: db-secret-1\n  key: password",
    "terraform_reference": 'password = var.db_password\nsecret = data.vault_generic_secret.db.data["pw"]',
    "github_actions": "token: ${{ secrets.GITHUB_TOKEN }}",
    "vault_reference": "password: vault:secret/data/db#password",
    "sops": "password: ENC[AES256_GCM,data:p673w==,iv:YY=,aad:UQ=]",
    "onepassword": "password: op://prod/db/password",
    "shell_variable": 'export PGPASSWORD="$DB_PASS"',
    "shell_prompt": "read -s password && mysql -u root -p",
    "curl_variable": 'curl -u "$USER:$TOKEN" https://api.example.com',
    "curl_placeholder": "curl -u username:password https://api.example.com",
    "docs_placeholder": "export API_KEY=<your key here>",
    "docs_placeholder_words": "api_key = 'my-api-key'",
    "mail": "contact:jane.doe22@example.com, mailto:bob99@example.org",
    "email_key": "email:jane1984@example.com",
    "token_type": '{"token_type": "Bearer", "scope": "read:user"}',
    "cursor": '{"nextToken": "page2", "pageToken": "eyJv"}',
    "csrf_name": "csrf_token_name = 'X-CSRF-Token'",
    "cache_key": "cache_key = 'user:1234:profile:v2'",
    "sort_key": "partition_key = 'tenant#42', sort_key = 'ORDER#2024-01-01'",
    "keyboard": "key: ArrowDown, key: Enter, keyCode: 13",
    "i18n": '"password": "Mot de passe", "forgot_password": "Mot de passe oublie 2"',
    "hash_of_asset": "main.3f2b8c1e9a4d.js token-list-4f3e2d.css",
    "docker_digest": "image: nginx@sha256:" + hashlib.sha256(b"nginx").hexdigest(),
    "git_remote": "origin https://github.com/org/repo2.git (fetch)",
    "ssh_target": "scp backup@10.1.2.3:/var/backups/db.tar.gz .",
    "port_mapping": "docker run -p 8080:8080 nginx; mysql -P 3306 -h db1",
    "password_reset_prose": "A password reset was sent. The password is case-sensitive and the token is optional.",
    "prose_is": "The password is stored in vault2. Your token is valid until 2025.",
    "monkey": "monkey: banana1, donkey: carrot2",
    "lorem_hash": 'etag W/"5f3c-18b2a1c9d"',
    "uuid_key": '{"request_key": "3f2b8c1e-9a4d-4c7b-8f21-6d5e4c3b2a19"}',
    "license_text": "SPDX-License-Identifier: Apache-2.0 key: value",
    "env_sample": "STRIPE_SECRET_KEY=sk_test_xxxxxxxxxxxxxxxx",
    "redacted": '{"password": "[REDACTED]", "token": "***", "secret": "<hidden>"}',
    "null_password": '{"password": null, "secret": "", "token": false}',
    "lookup_call": "token = request.headers.get('Authorization')",
    "test_ids": 'data-testid="password-input-2"',
    "css_var": "--token-color-1: #A3B1FF;",
    "regex_password": 'passwordPattern = "^(?=.*[A-Z]).{8,}$"',
    "example_com_url": "postgres://user:password@localhost:5432/db",
    "url_template": "https://{user}:{password}@host/path",
}


def weak(seed: str = "a") -> dict[str, str]:
    """Poor, reused and oddly written secrets, each in a text of its own."""
    hexes, letters = noise(seed, 32, HEX), noise(f"{seed}w", 40)
    return {
        "json_weak": '{"user": "ann", "pass' + 'word": "hunter2"}',
        "yaml_weak": "db:\n  pass" + "word: Summer2024!",
        "env_weak": "MYSQL_ROOT_PASS" + "WORD=letmein1",
        "env_common": "ADMIN_PASS" + "WORD=letmein",
        "ini_weak": "[db]\npw" + "d = Welcome1",
        "code_weak": "pass" + "wd = 'P@ssw0rd'",
        "php_weak": "$db_pass" + 'word = "qwerty123";',
        "camel": "dbPass" + 'word: "s3cr3t!"',
        "xml": "<pass" + "word>blue42sky</pass" + "word>",
        "properties": "spring.datasource.pass" + "word=Tiger#99",
        "german": "Pass" + "wort: Sommer2023",
        "spanish": "contra" + 'seña: "Verano2023"',
        "french": "mot_de_passe = 'Hiver!2022'",
        "russian": "пар" + "оль: Zima2021x",
        "chinese": "密" + "码：Qiu2022tian".replace("：", ": "),
        "prose": "the pass" + "word is Trout88fish",
        "option": "deploy --pass" + "word Falcon77 --host db1",
        "option_equals": "deploy --tok" + f"en={letters[:24]}",
        "pin_quoted": '{"pass' + 'code": "482913"}',
        "user_at_host": "ftp login is backup:Gr33nTea@files.internal.example",
        "url_odd_scheme": "mongodb+srv://app:Kx9vTq2z" + "@cluster0.example.net/db",
        "url_http": "https://deploy:Rt5wQz81" + "@git.example.com/repo.git",
        "curl_u": "curl -u admin:Sup3rS3cret https://api.example.com/v1",
        "curl_user": "curl --user 'svc:9fQz_71kk' https://api.example.com",
        "curl_list": '["curl", "-u", "svc:9fQz_71kk", "https://api.example.com"]',
        "mysql_p": "mysql -h db1 -u root -pR00tme99 shop",
        "sshpass": "sshpass -p 'C0ffee!mug' ssh ops@10.1.2.3",
        "docker_login": "docker login -u ops -p Wh4leShip registry.example.com",
        "netrc": "machine api.example.com login ann pass" + "word s3a-otter",
        "netrc_lines": "machine git.example.com\n  login bob\n  pass" + "word r1ver-stone",
        "bcrypt": "$2b$12$" + noise(seed, 53, ALNUM + "./"),
        "sha512_crypt": "root:$6$"
        + noise(seed, 12)
        + "$"
        + noise(f"{seed}6", 86, ALNUM + "./")
        + ":19000:0:99999:7:::",
        "argon2": "$argon2id$v=19$m=65536,t=3,p=4$" + noise(seed, 22) + "$" + noise(f"{seed}a", 43),
        "django_hash": "pbkdf2_sha256$260000$" + noise(seed, 22) + "$" + noise(f"{seed}p", 43) + "=",
        "ntlm": f"Administrator:500:{noise('l', 32, HEX)}:{hexes}:::",
        "datadog": "DD_API_" + f"KEY={hexes}",
        "heroku": "HEROKU_API_" + f"KEY: {hexes[:8]}-{hexes[8:12]}-{hexes[12:16]}-{hexes[16:20]}-{hexes[20:32]}",
        "twilio_auth": "twilio auth tok" + f"en {hexes}",
        "cloudflare": "my Cloudflare API tok" + f"en is {letters}",
        "algolia": f'algoliaAdminKey: "{hexes}"',
        "azure_devops": "azure devops pa" + f"t: {noise(seed, 52, 'abcdefghijklmnopqrstuvwxyz234567')}",
        "okta": "OKTA_API_TOK" + f"EN=00{letters}",
        "bitbucket": "bitbucket client secret = " + letters[:32],
        "jira": "JIRA=" + "ATATT3xFfGF0" + noise(seed, 60),
        "docker_pat": "dckr_" + f"pat_{noise(seed, 27)}",
        "supabase": "sbp" + f"_{noise(seed, 40, HEX)}",
        "replicate": "r8" + f"_{noise(seed, 37)}",
        "langsmith": "lsv2" + f"_pt_{hexes}_{hexes[:10]}",
        "hubspot": "pat-" + f"na1-{hexes[:8]}-{hexes[8:12]}-{hexes[12:16]}-{hexes[16:20]}-{hexes[20:32]}",
        "webhook_secret": '{"webhook' + f'Secret": "{letters[:28]}"' + "}",
        "encryption_key": "ENCRYPTION_" + f"KEY={hexes}",
        "basic_auth_yaml": "auth:\n  username: ops\n  pass" + 'word: "9lives-cat"',
        "connection_string": "Server=db;Database=shop;User Id=sa;Pass" + "word=Blu3Moon;",
        "redis_cli": "redis-cli -h cache -a Str0ngRed1s ping",
        "csv_cell": "name,login,pass" + 'word\nAnn,ann,"x"\nroot,pass' + "word: Qx7-lamp",
        "tfvars": "master_pass" + 'word = "Terra4m!"',
        "toml": "[auth]\nsecret_" + f'key = "{letters[:32]}"',
    }
