"""The part of the store that keeps what the page of settings says of the shop."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy import JSON, Column, Engine, String, Table, delete, insert, select

from core.audit import record
from core.base import shop
from core.base.errors import SettingsError
from core.base.identity import identity
from core.base.settings import Settings, Shop
from core.database import UtcDateTime, metadata, wait_for_turn

#: Taken by whoever changes settings (``wait_for_turn``).
LOCK = 0x5E7716

shop_table = Table(
    "shop_settings",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", JSON, nullable=False),
    Column("who", String, nullable=False, server_default=""),
    Column("changed_at", UtcDateTime, nullable=False),
)


class ShopKept:
    """What the shop is set to is kept and read here; ``Store`` is one of these."""

    _engine: Engine
    _settings: Settings

    @property
    def settings(self) -> Settings:
        """The settings as they hold now, with what the page says."""
        return shop.shop_settings(self._settings, lambda _: self.shop())

    @settings.setter
    def settings(self, settings: Settings) -> None:
        self._settings = settings

    def shop(self) -> dict[str, Any]:
        """Return what was set in the page, by name; what isn't there is as in the environment."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(shop_table.c.name, shop_table.c.value)).all()
        # A newer program may have set what this one doesn't know.
        return {name: value for name, value in rows if name in shop.NAMES}

    def set_shop(self, values: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
        """Set some of ``core.base.shop.NAMES``; what is set to what the environment says is forgotten.

        Returns
        -------
        dict
            What has changed: what held before, and what holds now.

        Raises
        ------
        SettingsError
            If a value can't be one; nothing is changed then.
        """
        before = self.settings
        try:
            wanted = Shop(**{name: getattr(before, name) for name in shop.NAMES} | dict(values))
        except ValidationError as error:
            first = error.errors()[0]
            raise SettingsError(
                f"{str(first['msg']).removeprefix('Value error, ')}; found {first['input']!r}.",
                where=LABELS[str(first["loc"][0])],
                remedy="Correct it.",
            ) from error
        now = datetime.now(UTC)
        rows = [
            {"name": name, "value": getattr(wanted, name), "who": identity().name, "changed_at": now}
            for name in values
            if getattr(wanted, name) != getattr(self._settings, name)
        ]
        with self._engine.begin() as connection:
            # Two who set the same at once would both find nothing to delete, and the second couldn't add.
            wait_for_turn(connection, LOCK)
            connection.execute(delete(shop_table).where(shop_table.c.name.in_(list(values))))
            if rows:
                connection.execute(insert(shop_table), rows)
        shop.forget(self._settings)
        changed = {
            name: (getattr(before, name), getattr(wanted, name))
            for name in values
            if getattr(before, name) != getattr(wanted, name)
        }
        if changed:
            # Patterns of the team's own visits may name people: that they changed is enough.
            told = {LABELS[name]: change for name, change in changed.items() if name != "internal"}
            subject = ", ".join(LABELS[name] for name in changed)
            record("settings_changed", subject, settings=self._settings, changed=told)
        return changed


#: What the page calls each of them.
LABELS = {
    "shop_name": "Shop name",
    "currency": "Currency",
    "time_zone": "Time zone",
    "home_market": "Home market",
    "date_format": "Dates",
    "number_format": "Numbers",
    "working_week": "Working week",
    "rates": "Currency rates",
    "internal": "Internal traffic",
    "keep_uploads_days": "Original files",
    "keep_exports_days": "Exports",
    "keep_results_days": "Results",
    "keep_live_days": "Live sessions",
    "keep_audiences_days": "Audiences",
    "pseudonymise": "Replace ids of visitors",
}


def database_is_there(settings: Settings) -> bool:
    """Whether there is a database to read: whoever only asks makes none."""
    return settings.database_url is not None or Path(settings.data_dir, "predictor.sqlite").exists()
