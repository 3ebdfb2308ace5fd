"""Settings: defaults, then ``groundstop.toml`` in the working folder, then GROUNDSTOP_* variables.

One class; a service reads the part that it needs. Unknown names in the file are refused with a list of the known ones.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource


class Settings(BaseSettings):
    """Times in seconds, sizes in bytes unless the name says otherwise."""

    model_config = SettingsConfigDict(env_prefix="GROUNDSTOP_", toml_file="groundstop.toml", extra="ignore")

    nats_url: str = Field(default="nats://127.0.0.1:4222", pattern=r"^\s*\S")
    """Comma-separated servers."""
    bus: Literal["fast", "plain"] = "fast"
    """How nats-py is used: ``plain`` is its public API alone, at the cost of CPU time (docs/decisions/0016)."""
    nats_seed_file: Path | None = None
    """Who we are on the bus (groundstop keys issue); none for a bus that asks nobody."""
    guard_seed_file: Path | None = None
    """Who an executor's guard is; the executor's own identity when not given."""
    nats_ca: Path | None = None
    """The authority that signed the bus's certificates; with it connections are encrypted."""
    nats_cert: Path | None = None
    nats_key: Path | None = None
    """Our certificate and its key, where the bus asks clients for one."""
    signing_key_file: Path | None = None
    """What we sign clearances, decisions and controls with."""
    trust_root: Path | None = None
    """The public key that vouches for everybody's signing keys; without it signatures are not asked for."""
    clickhouse_dsn: str = "http://default@127.0.0.1:8123/default"
    data: Path | None = None
    """Folder of the embedded stack."""
    log_level: str = "info"
    catalogue: str = ""
    """Comma-separated sources of tools: Python modules or YAML files."""
    policy: Path | None = None
    """Policy file; the built-in default when not given."""

    replicas: int = Field(default=1, ge=1, le=5)
    retention_days: int = Field(default=90, ge=0)
    payload_bytes_max: int = Field(default=512 * 1024, ge=1024)
    """Largest intent that is judged; a larger one is refused with ``payload_too_large``."""
    clock_skew_max_s: float = Field(default=300.0, ge=0)
    task_memory_s: float = Field(default=86_400.0, ge=0)
    """How far back the classifier reads what a task has done when it starts."""
    door_rate_per_s: float = Field(default=100.0, ge=0)
    """How many messages a second the door takes from one identity on average; 0: any number. Owners have no limit."""
    door_burst: int = Field(default=500, ge=1)
    """How many of them at once. A message counts once for each 2 KiB."""
    door_tenant_rate_per_s: float = Field(default=1000.0, ge=0)
    """The same for all agents of one tenant together."""
    door_tenant_burst: int = Field(default=2000, ge=1)
    door_ended_max: int = Field(default=100, ge=0, le=10_000)
    """How many intents beyond that end as ``throttled`` in a window, for each identity; further ones are dropped."""
    door_window_s: float = Field(default=10.0, ge=0.1, le=3600)
    """How often what was dropped is told, in one ``message.dead`` for each identity."""
    tries_max: int = Field(default=5, ge=1, le=100)
    """How often a message whose handling fails is tried before it is recorded as dead."""
    window: int = Field(default=512, ge=1, le=65_536)
    """How many messages a service holds at a time."""
    executor: str = ""
    """Name of an executor; drawn at start when empty."""
    concurrency: int = Field(default=256, ge=1, le=10_000)
    """How many tools one executor runs at a time."""
    workers: int = Field(default=2, ge=0, le=256)
    """Warm child processes for tools with process isolation, per executor."""
    resume_people: int | None = Field(default=None, ge=1, le=2)
    """How many different people it takes to lift a halt; a halt remembers what held when it was pressed. Unset: two
    wherever two could do it (docs/decisions/0010)."""
    halt_file: Path | None = None
    """While this file exists the executors of this host are halted, whatever the bus says."""
    migrations: Path = Path("infra/clickhouse/single")
    """Folder with the ledger's numbered migrations."""
    seal: str = ""
    """Fields of payloads that the record keeps sealed, so that they can be redacted: ``personal``, or some of them."""
    metrics_port: int = Field(default=0, ge=0, le=65_535)
    """Where this process answers Prometheus; 0: nowhere. When the port is taken, the next free one of 32."""
    otlp_endpoint: str = ""
    """Where audit sends a trace of every intent (OTLP over HTTP, such as http://collector:4318/v1/traces)."""
    audit_batch: int = Field(default=5000, ge=1, le=100_000)
    audit_wait_s: float = Field(default=0.25, gt=0, le=60)

    @property
    def servers(self) -> list[str]:
        """The bus's servers as a list."""
        return [server.strip() for server in self.nats_url.split(",") if server.strip()]

    @property
    def python_catalogues(self) -> list[str]:
        """Those sources that are Python modules."""
        return [source for source in self.catalogue_sources if not source.endswith((".yaml", ".yml"))]

    @property
    def catalogue_sources(self) -> list[str]:
        """The catalogue's sources as a list."""
        return [source.strip() for source in self.catalogue.split(",") if source.strip()]

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)
