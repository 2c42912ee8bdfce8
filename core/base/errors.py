"""One family of errors, each saying what was found, where, and what to do about it."""

from __future__ import annotations

from typing import Any, ClassVar


class CoreError(Exception):
    """An error a user can act on.

    Parameters
    ----------
    message
        What is wrong, in one plain sentence, with what was found.
    where
        The file, row, column or setting it is about.
    remedy
        What the user can do about it, in one plain sentence.
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400

    def __init__(self, message: str, *, where: str | None = None, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        parts = [f"{self.where}: {self.message}" if self.where else self.message]
        if self.remedy:
            parts.append(self.remedy)
        return " ".join(parts)

    def __reduce__(self) -> tuple[Any, ...]:
        # Errors cross process borders in durable jobs; the default would lose the keywords.
        return (_rebuild, (type(self), self.message, self.where, self.remedy))

    def to_dict(self) -> dict[str, str | None]:
        """Return the error as plain JSON: ``code, message, where, remedy``."""
        return {"code": self.code, "message": self.message, "where": self.where, "remedy": self.remedy}


def _rebuild(cls: type[CoreError], message: str, where: str | None, remedy: str | None) -> CoreError:
    return cls(message, where=where, remedy=remedy)


class IngestError(CoreError):
    """A file that can't be read, or in which nothing can be kept."""

    code = "ingest"


class MappingError(IngestError):
    """A file whose columns must be mapped by hand before it can be read."""

    code = "mapping"


class SchemaError(CoreError):
    """A session row or table whose columns or types don't fit."""

    code = "schema"


class BundleError(CoreError):
    """A model bundle that is missing, damaged, tampered with or too old."""

    code = "bundle"
    status = 500


class BundleNameError(BundleError):
    """A name that can't be a model's."""

    code = "bundle_name"
    status = 400


class RegistryError(CoreError):
    """A change of the model in use that can't be made."""

    code = "registry"
    status = 409


class AlarmError(RegistryError):
    """A model that may only seem to be good, put to work without a confirmation."""

    code = "alarm"


class TrainingError(CoreError):
    """Data that no honest model can be trained on."""

    code = "training"


class DecisionError(CoreError):
    """A threshold, or a way to choose one, that can't be used."""

    code = "decision"


class AudienceError(CoreError):
    """An audience, or a definition of one, that can't be used."""

    code = "audience"


class UpliftError(CoreError):
    """Outcomes of a campaign that can't be read, or counts that can't be."""

    code = "uplift"


class AccountError(CoreError):
    """An account, or a change of one, that can't be made."""

    code = "account"


class NotFoundError(CoreError):
    """A dataset, result, bundle or page that doesn't exist (any more)."""

    code = "not_found"
    status = 404


class StorageError(CoreError):
    """No room on the disk, or a file over the limit."""

    code = "storage"
    status = 507


class TooLargeError(StorageError):
    """An upload over the limit."""

    code = "too_large"
    status = 413


class ExportError(CoreError):
    """Rows that can't be written in the format asked for."""

    code = "export"


class ExplainError(CoreError):
    """A prediction no reasons can be given for."""

    code = "explain"


class EngineError(CoreError):
    """An engine that is not installed, can't be reached, or can't do what is asked of it."""

    code = "engine"
    status = 500


class LiveError(CoreError):
    """A request to the collector, or about live sessions, that can't be answered."""

    code = "live"


class RuleError(LiveError):
    """A rule, or an address a rule sends to, that can't be used."""

    code = "rule"


class KeyRefusedError(LiveError):
    """A key that is missing, unknown or revoked, or used from where it may not be."""

    code = "key"
    status = 401


class TooManyEventsError(LiveError):
    """More events a second than a key may send."""

    code = "rate"
    status = 429


class UnavailableError(LiveError):
    """Events that can't be kept just now; senders try again."""

    code = "unavailable"
    status = 503


class ProjectError(CoreError):
    """Several projects and none chosen, or one that isn't open to whoever asks."""

    code = "project"
    status = 409


class ScheduleError(CoreError):
    """A schedule, or something it sends to or reads from, that can't be used."""

    code = "schedule"


class JobError(CoreError):
    """A job that can't be started, or was stopped."""

    code = "job"


class CancelledError(CoreError):
    """Somebody stopped this piece of work; nothing of it is left."""

    code = "cancelled"
    status = 409


class SettingsError(CoreError):
    """A setting that is missing, malformed or unsafe."""

    code = "settings"
    status = 500
