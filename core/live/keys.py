"""Keys: a write key may only send events, a secret key reads scores. Of both only a hash is kept."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from core.audit import record
from core.base.errors import KeyRefusedError, LiveError, NotFoundError
from core.base.settings import Settings
from core.live.database import address, reader, writing
from core.projects.records import UNUSABLE, every_settings

Kind = Literal["write", "secret"]
PREFIX: dict[Kind, str] = {"write": "wk_", "secret": "sk_"}
#: Events a second one write key may send, where nothing else is said.
RATE = 2_000
MOST_NAME = 80
#: Seconds a key is remembered by the process that checks it: so long one that was revoked may still work.
REMEMBERED = 2.0
_known: dict[tuple[str, str], tuple[float, Key | None]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key as it is kept.

    ``hint`` are its last characters, ``origins`` the pages a browser may send from (none: any), ``rate``
    the events a second it may send. Sessions of a ``synthetic`` source are made up.
    """

    id: str
    kind: Kind
    name: str
    hint: str
    origins: tuple[str, ...]
    rate: int
    synthetic: bool
    created_at: int
    revoked_at: int | None

    def allows(self, origin: str | None) -> bool:
        """Whether a browser's page may send with it; programs name no page."""
        return origin is None or not self.origins or origin.lower() in self.origins


_COLUMNS = "id, kind, name, hint, origins, rate, synthetic, created_at, revoked_at"


def make_key(
    settings: Settings,
    *,
    kind: Kind,
    name: str,
    origins: tuple[str, ...] = (),
    rate: int = RATE,
    synthetic: bool = False,
) -> tuple[Key, str]:
    """Make a key; return it and its secret, which can't be read again.

    Raises
    ------
    LiveError
        If it has no name, an origin is no address of a site, or the rate is none.
    """
    name = " ".join(name.split())[:MOST_NAME] if name else ""
    if not name:
        raise LiveError("The key needs a name.", remedy="Name it after what uses it, such as “Web shop”.")
    if rate < 1:
        raise LiveError(
            f"{rate} events per second isn't a valid limit.", remedy="Use a whole number from 1 on."
        )
    checked = tuple(dict.fromkeys(_origin(origin) for origin in origins))
    secret = PREFIX[kind] + secrets.token_urlsafe(18)
    key_id = secrets.token_hex(6)
    row = (
        key_id, kind, name, _hash(secret), secret[-4:], json.dumps(checked), rate, int(synthetic),
        time.time_ns() // 1000,
    )  # fmt: skip
    with writing(reader(settings)) as connection:
        connection.execute(
            "INSERT INTO keys (id, kind, name, hash, hint, origins, rate, synthetic, created_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )
    record("key_made", name, settings=settings, kind=f"live {kind} key", id=key_id, origins=checked)
    return get_key(settings, key_id), secret


def keys(settings: Settings) -> tuple[Key, ...]:
    """Return all keys, those in use first, newest first."""
    query = f"SELECT {_COLUMNS} FROM keys ORDER BY revoked_at IS NOT NULL, created_at DESC"
    return tuple(_key(row) for row in reader(settings).execute(query))


def get_key(settings: Settings, key_id: str) -> Key:
    """Return one key; NotFoundError if there is none."""
    row = reader(settings).execute(f"SELECT {_COLUMNS} FROM keys WHERE id = ?", [key_id]).fetchone()
    if row is None:
        raise NotFoundError("This key doesn't exist.", remedy="Choose one from the list.")
    return _key(row)


def revoke(settings: Settings, key_id: str) -> None:
    """Let a key work no more; NotFoundError if there is none."""
    key = get_key(settings, key_id)
    with writing(reader(settings)) as connection:
        connection.execute(
            "UPDATE keys SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?",
            [time.time_ns() // 1000, key_id],
        )
    _known.clear()
    record("key_revoked", key.name, settings=settings, kind=f"live {key.kind} key", id=key_id)


def find_key(settings: Settings, secret: str | None, kind: Kind) -> Key | None:
    """Return the key of a secret that was sent, None where there is none in use."""
    if not secret or not secret.startswith(PREFIX[kind]):
        return None
    hashed = _hash(secret)
    cache = (address(settings), hashed)
    now = time.monotonic()
    remembered = _known.get(cache)
    if remembered and now - remembered[0] < REMEMBERED:
        return remembered[1]
    row = (
        reader(settings)
        .execute(f"SELECT {_COLUMNS} FROM keys WHERE hash = ? AND kind = ?", [hashed, kind])
        .fetchone()
    )
    key = _key(row) if row else None
    key = None if key is None or key.revoked_at else key
    if len(_known) > 10_000:
        _known.clear()  # somebody tries keys
    _known[cache] = (now, key)
    return key


def settings_of_key(settings: Settings, secret: str | None, kind: Kind) -> Settings | None:
    """Return the settings of the project whose key a secret is; None where it is none's.

    A project that can't be looked into keeps nobody out of the others: only where it is none of theirs is
    that an error, as the key may be its own.
    """
    failure: Exception | None = None
    for each in every_settings(settings):
        try:
            if find_key(each, secret, kind) is not None:
                return each
        except UNUSABLE as error:
            failure = failure or error
    if failure is not None:
        raise failure
    return None


def unknown_secret() -> KeyRefusedError:
    """Return what whoever shows a secret key is told that is none, or was revoked."""
    return KeyRefusedError(
        "There is no secret key of this name.",
        remedy="Make one on the Live page, or with `python -m core live-key --secret`.",
    )


def _key(row: tuple[object, ...]) -> Key:
    names = _COLUMNS.split(", ")
    values = dict(zip(names, row, strict=True))
    values["origins"] = tuple(json.loads(str(values["origins"])))
    values["synthetic"] = bool(values["synthetic"])
    return Key(**values)  # type: ignore[arg-type]


def _hash(secret: str) -> str:
    # Secrets are random and long: a slow hash, as for passwords, would protect nothing more.
    return hashlib.sha256(secret.encode()).hexdigest()


def _origin(text: str) -> str:
    parts = urlsplit(text.strip().rstrip("/").lower())
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path or parts.query:
        raise LiveError(
            f"“{text}” isn't an origin.", remedy="Write scheme and host of the page: https://shop.example."
        )
    return f"{parts.scheme}://{parts.netloc}"
