"""Rules as they are kept: in the live database, beside what they act on."""

from __future__ import annotations

import base64
import json
import secrets
import time
from dataclasses import dataclass, replace

from core.audit import record
from core.base.errors import NotFoundError
from core.base.settings import Settings
from core.live.connection import Connection
from core.live.database import is_begun, reader, writing
from core.rules.message import check_address
from core.rules.records import DEAD, HELD, SENT, SHOWN, WAITING
from core.rules.rule import PREFIX, Rule, read_rule

SECRET_BYTES = 32
SWITCHED_OFF = "The rule was switched off before this could be sent."
_COLUMNS = "id, name, definition, secret, is_on, created_at, changed_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What became of a rule's firings: how many, of how many visitors, and where their deliveries stand.

    ``last_at`` is when it last fired, in microseconds since 1970.
    """

    firings: int = 0
    held_out: int = 0
    sent: int = 0
    waiting: int = 0
    dead: int = 0
    last_at: int | None = None


def rules(connection: Connection, *, only_on: bool = False) -> tuple[Rule, ...]:
    """Return the rules there are, the newest first."""
    where = "WHERE is_on = 1" if only_on else ""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM rules {where} ORDER BY created_at DESC, id")
    return tuple(_rule(row) for row in rows)


def all_rules(settings: Settings) -> tuple[Rule, ...]:
    """Return the rules of a data folder, the newest first."""
    return rules(reader(settings))


def get_rule(settings: Settings, rule_id: str) -> Rule:
    """Return one rule; NotFoundError if there is none."""
    asked = f"SELECT {_COLUMNS} FROM rules WHERE id = ?"
    row = reader(settings).execute(asked, [rule_id]).fetchone() if is_begun(settings) else None
    if row is None:
        raise NotFoundError("This rule doesn't exist.", remedy="Choose one from the list.")
    return _rule(row)


def save(settings: Settings, rule: Rule) -> Rule:
    """Keep a rule: a new one where it has no id, else in place of the one that has it; return it.

    A change of a rule doesn't switch it on or off.

    Raises
    ------
    RuleError
        If something of it can't be.
    NotFoundError
        If there is no rule of its id, or no such source.
    """
    checked, now = rule.checked(private=settings.webhook_private), time.time_ns() // 1000
    if checked.action.kind == "message":
        check_address(checked.action.url)
    with writing(reader(settings)) as connection:
        if (
            checked.source is not None
            and not connection.execute(
                "SELECT 1 FROM keys WHERE id = ? AND kind = 'write'", [checked.source]
            ).fetchone()
        ):
            raise NotFoundError("This source doesn't exist.", remedy="Choose one from the list.")
        if not rule.id:
            key = base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
            made = replace(checked, id=secrets.token_hex(6), secret=PREFIX + key)
            connection.execute(
                f"INSERT INTO rules ({_COLUMNS}) VALUES (?, ?, ?, ?, 0, ?, ?)",
                [made.id, made.name, made.definition(), made.secret, now, now],
            )
        else:
            made = checked
            changed = connection.execute(
                "UPDATE rules SET name = ?, definition = ?, changed_at = ? WHERE id = ?",
                [made.name, made.definition(), now, made.id],
            )
            if not changed.rowcount:
                raise NotFoundError("This rule doesn't exist.", remedy="Choose one from the list.")
    _record(settings, made, "changed" if rule.id else "made")
    return get_rule(settings, made.id)


def switch(settings: Settings, rule_id: str, *, on: bool) -> Rule:
    """Switch a rule on or off. What waited to be sent isn't any more once it is off: it can be sent by hand.

    Raises
    ------
    NotFoundError
        If there is no such rule.
    """
    rule = get_rule(settings, rule_id)
    with writing(reader(settings)) as connection:
        connection.execute("UPDATE rules SET is_on = ? WHERE id = ?", [int(on), rule_id])
        if not on:
            connection.execute(
                "UPDATE firings SET status = ?, problem = ?, ended_at = ? WHERE rule = ? AND status = ?",
                [DEAD, SWITCHED_OFF, time.time_ns() // 1000, rule_id, WAITING],
            )
            connection.execute("DELETE FROM checks WHERE rule = ?", [rule_id])
    if rule.is_on != on:
        _record(settings, rule, "switched on" if on else "switched off")
    return get_rule(settings, rule_id)


def delete(settings: Settings, rule_id: str) -> None:
    """Delete a rule with all that is known of it; NotFoundError if there is none."""
    rule = get_rule(settings, rule_id)
    with writing(reader(settings)) as connection:
        theirs = "(SELECT id FROM firings WHERE rule = ?)"
        connection.execute(f"DELETE FROM rule_purchases WHERE firing IN {theirs}", [rule_id])
        for table in ("firings", "turns", "checks"):
            connection.execute(f"DELETE FROM {table} WHERE rule = ?", [rule_id])
        connection.execute("DELETE FROM rules WHERE id = ?", [rule_id])
    _record(settings, rule, "deleted")


def _record(settings: Settings, rule: Rule, what: str) -> None:
    """Tell the audit log what became of a rule: by name, not what it says, which may name people."""
    record("rule_changed", rule.name, settings=settings, what=what, id=rule.id)


def counts(settings: Settings) -> dict[str, Counts]:
    """Return what became of the firings of each rule that has any."""
    rows = reader(settings).execute(
        "SELECT rule, status, count(*), max(fired_at) FROM firings GROUP BY rule, status"
    )
    found: dict[str, Counts] = {}
    names = {HELD: "held_out", SENT: "sent", SHOWN: "sent", WAITING: "waiting", DEAD: "dead"}
    for rule, status, n, last in rows:
        before = found.get(rule, Counts())
        told = {"firings": before.firings + n, "last_at": max(before.last_at or 0, last)}
        if (name := names.get(status)) is not None:
            told[name] = getattr(before, name) + n
        found[rule] = replace(before, **told)
    return found


def _rule(row: tuple[object, ...]) -> Rule:
    rule_id, name, definition, secret, is_on, created_at, changed_at = row
    told = json.loads(str(definition))
    return read_rule(
        {**told, "name": name},
        id=rule_id,
        secret=secret,
        is_on=bool(is_on),
        created_at=created_at,
        changed_at=changed_at,
    )
