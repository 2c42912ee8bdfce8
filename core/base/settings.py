"""Settings, read once from the environment (``PREDICTOR_*``) or a ``.env`` file.

Every setting has a default that is safe on one person's machine.
"""

from __future__ import annotations

import os
from contextvars import ContextVar
from functools import lru_cache
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal
from zoneinfo import available_timezones

from pydantic import BaseModel, Field, PrivateAttr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as SourceError

from core.base.errors import ProjectError, SettingsError
from core.base.single_sign_on import LOOPBACK as LOOPBACK
from core.base.single_sign_on import SingleSignOn

ROOT = Path(__file__).resolve().parents[2]
POSTGRES_SCHEMES = frozenset({"postgresql", "postgres", "postgresql+psycopg"})
#: Settings whose value is never repeated in a message.
SECRETS = frozenset(
    {
        "DATABASE_URL",
        "database_url",
        "live_database",
        "password_hash",
        "databases",
        "destinations",
        "sftp_password",
        "metrics_token",
        "oidc_client_secret",
    }
)

#: Folder in the data folder that has the data of every project but the first, and the file in it that says
#: that there are several.
PROJECTS, SEVERAL = "projects", ".several"

DateFormat = Literal["d Mon yyyy", "yyyy-mm-dd", "dd/mm/yyyy", "mm/dd/yyyy", "dd.mm.yyyy"]
NumberFormat = Literal["1,234.5", "1.234,5", "1 234,5", "1’234.5"]
WorkingWeek = Literal["1-5", "1-6", "1-7", "7-4", "6-3"]


class Shop(BaseModel):
    """What is true of the shop, not of the machine: the page of settings may say otherwise."""

    shop_name: str | None = Field(
        None, max_length=80, description="What reports are headed with; the export's name without it."
    )
    currency: str = Field("EUR", pattern="^[A-Z]{3}$", description="ISO code, where an export has none.")
    time_zone: str | None = Field(
        None, description="The shop's IANA time zone, which decides hours, weekdays and days; UTC without it."
    )
    home_market: str = Field("DE", pattern="^[A-Z]{2}$", description="ISO code singled out among countries.")
    date_format: DateFormat = Field("d Mon yyyy", description="How dates are written.")
    number_format: NumberFormat = Field("1,234.5", description="How numbers are written.")
    working_week: WorkingWeek = Field(
        "1-5", description="First and last working day (1 is Monday); weeks begin with the first."
    )
    rates: dict[str, float] = Field(
        default_factory=dict, description="What one unit of another currency is worth in the shop's."
    )
    internal: dict[str, list[str]] = Field(
        default_factory=dict, description="Patterns of an event column that mean the team's own visits."
    )

    keep_uploads_days: int | None = Field(
        None, ge=1, le=36_500, description="Days until an original file gives way to what was read of it."
    )
    keep_exports_days: int | None = Field(
        None, ge=1, le=36_500, description="Days until an export is deleted with its results."
    )
    keep_results_days: int | None = Field(
        None, ge=1, le=36_500, description="Days until a result is deleted; its export stays."
    )
    keep_live_days: int | None = Field(
        None, ge=1, le=36_500, description="Days until live sessions are deleted, grown exports included."
    )
    keep_audiences_days: int | None = Field(
        None, ge=1, le=36_500, description="Days until an audience is deleted with its list and outcomes."
    )
    pseudonymise: bool = Field(
        False, description="Whether ids of visitors are replaced by keyed hashes as they come in."
    )

    @field_validator("currency", "home_market", mode="before")
    @classmethod
    def _in_capitals(cls, code: object) -> object:
        return code.strip().upper() if isinstance(code, str) else code

    @field_validator("shop_name", mode="after")
    @classmethod
    def _no_blank_name(cls, name: str | None) -> str | None:
        return (name or "").strip() or None

    @field_validator("time_zone")
    @classmethod
    def _known_time_zone(cls, name: str | None) -> str | None:
        if name and name not in available_timezones():
            raise ValueError("not a time zone; use a name such as Europe/Berlin")
        return name or None

    @field_validator("rates")
    @classmethod
    def _worth_something(cls, rates: dict[str, float]) -> dict[str, float]:
        for code, rate in rates.items():
            if not (len(code) == 3 and code.isalpha() and 0 < rate < float("inf")):
                raise ValueError(f"{code} = {rate:g} is no rate; use a currency code and a number above 0")
        return {code.upper(): rate for code, rate in rates.items()}


#: What stands in ``sources`` and ``destinations``.
_NAMED = "a source is a folder (/srv/exports) or an address (s3://...)"


def _without_secrets(url: str) -> str:
    return url.rpartition("@")[2]


class Settings(BaseSettings, Shop, SingleSignOn):
    """What can be set, with its default and unit."""

    model_config = SettingsConfigDict(
        env_prefix="PREDICTOR_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )
    _project: str = PrivateAttr("")
    _installation: Settings | None = PrivateAttr(None)

    data_dir: Path = Field(
        ROOT / "data", description="Where exports, results and the metadata database live."
    )
    models_dir: Path = Field(ROOT / "models", description="The only folder models are ever loaded from.")
    database_url: str | None = Field(
        None, validation_alias="DATABASE_URL", description="PostgreSQL URL; SQLite in data_dir without it."
    )
    live_database: str | None = Field(
        None, description="PostgreSQL URL for live sessions; SQLite in data_dir without it."
    )
    bundle: str = Field(
        "demo-shop", description="Name of the bundle new exports are scored with until another is promoted."
    )

    host: str = Field(
        "127.0.0.1", description="Address to listen on. Anything but loopback needs a password."
    )
    port: int = Field(8050, ge=0, le=65535)
    web_workers: int = Field(2, ge=1, description="Processes that serve pages.")
    password_hash: str | None = Field(None, description="Argon2 hash of the shared sign-in password.")
    secure_cookies: bool = Field(False, description="Send the sign-in cookie over HTTPS only.")
    allowed_hosts: tuple[str, ...] = Field(
        (), description='Names the dashboard is opened by, as JSON: ["insights.shop.example"].'
    )
    trusted_proxies: tuple[str, ...] = Field(
        (),
        description="Addresses or networks of proxies whose X-Forwarded-For says who asks, as JSON: "
        '["127.0.0.1"].',
    )

    log_format: Literal["text", "json"] = Field(
        "text", description="How log lines are written: text, or json (one object per line)."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "warning", description="What is logged at least; info has a line for each request."
    )
    metrics_token: str | None = Field(
        None, min_length=16, description="Bearer token that reads /metrics from other machines."
    )
    metrics_networks: tuple[str, ...] = Field(
        (), description='Networks /metrics is read from without a token, as JSON: ["10.0.0.0/8"].'
    )

    upload_limit_bytes: int = Field(20 * 1024**3, gt=0, description="Largest file taken, in bytes.")
    unfinished_upload_hours: float = Field(
        48, gt=0, description="Hours after which an unfinished upload is discarded."
    )
    min_free_bytes: int = Field(1024**3, ge=0, description="Disk space that is always left free, in bytes.")

    sources: tuple[str, ...] = Field(
        (), description='Folders and addresses exports may be taken from, as JSON: ["s3://bucket/exports"].'
    )
    s3_endpoint_url: str | None = Field(None, description="Address of an S3 that is not Amazon's.")
    databases: dict[str, str] = Field(
        default_factory=dict,
        description="Databases a schedule may query, as JSON of names and SQLAlchemy, DuckDB or ADBC URLs: "
        '{"shop": "postgresql://reader:secret@db/shop"}. Use an account that can only read.',
    )
    destinations: tuple[str, ...] = Field(
        (),
        description="Folders and addresses lists may be put in, as JSON: "
        '["/srv/lists", "s3://bucket/lists", "sftp://user@host/in"].',
    )
    sftp_key: Path | None = Field(None, description="Private key file for sftp:// destinations.")
    sftp_password: str | None = Field(None, description="Password for sftp:// destinations, without a key.")
    sftp_known_hosts: Path | None = Field(
        None,
        description="Host keys of sftp:// destinations; ~/.ssh/known_hosts without it.",
    )
    look_seconds: int = Field(
        60, ge=1, le=60, description="Seconds between two looks for new exports of schedules."
    )

    session_gap_minutes: int = Field(30, gt=0, description="Silence that ends a session without a key.")

    webhook_private: bool = Field(
        False, description="Whether rules may send to addresses inside the server's own network, and by http."
    )
    webhook_timeout_seconds: float = Field(10, gt=0, le=120, description="How long a receiver may take.")
    webhook_retry_seconds: float = Field(
        5, gt=0, description="Pause before a webhook is sent again; each further one is four times as long."
    )
    webhook_hours: float = Field(
        24, gt=0, le=24 * 14, description="Hours after which a webhook that can't be delivered is given up."
    )

    own_models: bool = Field(
        True,
        description="Whether an export with enough buyers gets a model of its own where a shop has none.",
    )
    own_model_buyers: int = Field(
        100,
        ge=30,
        description="Buyers an export needs for that: with 100, a ROC-AUC of 0.8 is known to about 0.05.",
    )
    own_model_seconds: float = Field(
        60,
        gt=0,
        description="Seconds its training may take on two free cores: it learns from as many sessions as "
        "fit.",
    )

    scoring_jobs: int = Field(
        2, ge=1, description="Exports a worker scores at once; large ones at most one fewer."
    )
    worker_niceness: int = Field(
        10, ge=0, le=19, description="How far jobs stand back behind pages; 0 on a machine of their own."
    )
    large_export_bytes: int = Field(
        10**9, gt=0, description="Text an export holds, in bytes, from which it waits with the large ones."
    )

    duckdb_memory_limit: str = Field("2GB", description="Memory DuckDB may use before it spills to disk.")
    spill_dir: Path | None = Field(
        None, description="Folder DuckDB spills to; beside what it writes without it. A fast disk is best."
    )
    page_memory_limit: str = Field(
        "1GB", description="Memory DuckDB may use for the pages of one web process before it spills to disk."
    )
    download_memory_limit: str = Field(
        "256MB",
        description="Memory DuckDB may use to order the rows of one download before it spills to disk.",
    )
    threads: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Leave out a source without any variables: each is asked for every setting, a millisecond long."""
        every = init_settings, env_settings, dotenv_settings, file_secret_settings
        return tuple(source for source in every if getattr(source, "env_vars", True))

    @field_validator("sources", "destinations")
    @classmethod
    def _whole_addresses(cls, sources: tuple[str, ...]) -> tuple[str, ...]:
        """Want folders from the root on, so that nothing depends on where the server was started."""
        for source in sources:
            if not ("://" in source or source.startswith("/")) or source.startswith("file:"):
                raise ValueError(f"{_NAMED}, not {_without_secrets(source)}")
        return tuple(source.rstrip("/") or "/" for source in sources)

    @field_validator("allowed_hosts")
    @classmethod
    def _bare_names(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if not name or "/" in name or name != name.strip():
                raise ValueError(f"a host is a name such as insights.shop.example, not {name!r}")
        return tuple(name.casefold() for name in names)

    @field_validator("trusted_proxies", "metrics_networks")
    @classmethod
    def _networks(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        for proxy in proxies:
            ip_network(proxy, strict=False)
        return proxies

    @field_validator("database_url", "live_database")
    @classmethod
    def _one_spelling(cls, url: str | None) -> str | None:
        """Accept the usual spellings of a PostgreSQL URL; refuse other databases."""
        if not url:
            return None
        scheme, separator, rest = url.partition("://")
        if not separator or scheme not in POSTGRES_SCHEMES:
            # The URL holds a password, so it is not repeated in the message.
            raise ValueError("only postgresql:// is supported")
        return f"postgresql://{rest}"

    @property
    def metadata_url(self) -> str:
        """SQLAlchemy URL of the metadata database."""
        if self.database_url:
            return self.database_url.replace("postgresql://", "postgresql+psycopg://", 1)
        return f"sqlite:///{self.data_dir}/predictor.sqlite"

    @property
    def jobs_url(self) -> str:
        """Database URL of the durable job queue, one for all projects."""
        shared = self.installation
        return shared.database_url or f"sqlite:///{shared.data_dir / 'jobs.sqlite'}"

    @property
    def project(self) -> str:
        """Id of the project these are the settings of; empty where they are the installation's own."""
        # Asked all the time, and a private attribute takes pydantic ten times as long.
        return str((self.__pydantic_private__ or {}).get("_project", ""))

    @property
    def installation(self) -> Settings:
        """The settings of the installation: where people, keys, the audit log and the job queue are."""
        return self._installation or self

    @property
    def has_projects(self) -> bool:
        """Whether there are several projects."""
        # Asked all the time: joining paths would cost more than to look.
        return os.path.exists(f"{self.installation.data_dir}/{PROJECTS}/{SEVERAL}")  # noqa: PTH110

    def of_project(self, project: str, **changes: Any) -> Settings:  # noqa: ANN401 - a setting's value
        """Return these settings as a project has them; ``core.base.project`` says what it changes."""
        made = self.installation.model_copy(update=changes)
        made._project, made._installation = project, self.installation
        return made

    @property
    def is_local(self) -> bool:
        """Whether the server can be reached from this machine only."""
        return self.host in LOOPBACK


#: Set by ``core.base.project`` alone.
current_settings: ContextVar[Settings | None] = ContextVar("project_settings", default=None)


def get_settings(settings: Settings | None = None) -> Settings:
    """Return the settings of the project that is at work: those given, or the current project's.

    Whoever opens data asks here, so that nothing of one project is opened while another is at work.

    Raises
    ------
    ProjectError
        If there are several projects and none was entered, or another one than that of ``settings``.
    SettingsError
        If a setting can't be read, naming it.
    """
    current = current_settings.get()
    found = settings or current or installation_settings()
    if current is not None and found.project and found.project != current.project:
        raise ProjectError("This belongs to another project.", remedy="Open that project first.")
    if not found.project and found.has_projects:
        raise ProjectError(
            "There are several projects, and none was chosen.", remedy="Choose one; commands take --project."
        )
    return found


@lru_cache(maxsize=1)
def installation_settings() -> Settings:
    """Return the settings of this process, whichever project is at work.

    Raises
    ------
    SettingsError
        If a setting can't be read, naming it.
    """
    try:
        return Settings()
    except SourceError as error:
        # A list or a mapping that isn't written as JSON; the message names the field.
        name = str(error).partition('"')[2].partition('"')[0]
        raise SettingsError(
            "It is not valid JSON.",
            where=f"setting PREDICTOR_{name.upper()}",
            remedy='Write a list as ["one", "two"] and a mapping as {"USD": 0.92}.',
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        if not first["loc"]:
            # Of several settings that don't fit together; the sentence names them, and the input has secrets.
            raise SettingsError(
                f"{first['msg'].removeprefix('Value error, ')}.",
                remedy="docs/single-sign-on.md says what belongs together.",
            ) from error
        setting, *parts = (str(part) for part in first["loc"])
        name = ".".join([setting if setting.isupper() else f"PREDICTOR_{setting.upper()}", *parts])
        found = "" if str(first["loc"][0]) in SECRETS else f"; found {first['input']!r}"
        raise SettingsError(
            f"{first['msg'].removeprefix('Value error, ')}{found}.",
            where=f"setting {name}",
            remedy="Correct or remove it.",
        ) from error


#: Whoever changes the environment reads it anew.
get_settings.cache_clear = installation_settings.cache_clear  # type: ignore[attr-defined]
