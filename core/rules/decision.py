"""What the shop's own page is told when it asks which rules apply to its visitor, counted once."""

from __future__ import annotations

from dataclasses import dataclass

from core.base.settings import Settings
from core.live.connection import Connection
from core.live.database import reader, writing
from core.live.scoring import STEPS
from core.rules.facts import Facts, running_visit
from core.rules.firing import fire, is_for, synthetic_sources
from core.rules.matching import due_at
from core.rules.repository import rules
from core.rules.rule import Rule
from core.rules.webhook import content
from core.security.pseudonym import as_stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A rule that applies: ``is_first`` where it fires now, else it has in this visit."""

    firing: str
    rule: str
    name: str
    content: object
    is_first: bool


def sources_of(settings: Settings, visitor: str) -> tuple[str, ...]:
    """Return the sources that know a visitor, for who may ask about all of them."""
    visitor = as_stored(visitor, settings)
    rows = reader(settings).execute(
        "SELECT DISTINCT source FROM sessions WHERE visitor_id = ? "
        "UNION SELECT DISTINCT source FROM people WHERE known = ?",
        [visitor, visitor],
    )
    return tuple(source for (source,) in rows)


def decide(settings: Settings, source: str, visitor: str, now: int) -> tuple[Decision, ...]:
    """Return the rules that apply to the visit of a source's visitor that goes on.

    Those that fire here are counted; those that have in this visit are told again with the same firing. Of a
    visitor who is held out nothing is told, and that counts as well. ``now`` is in microseconds since 1970.
    """
    connection, visitor = reader(settings), as_stored(visitor, settings)
    synthetic = synthetic_sources(connection)
    asked = [
        rule
        for rule in rules(connection, only_on=True)
        if rule.action.kind == "page" and is_for(rule, source, synthetic)
    ]
    if not asked:
        return ()
    known = connection.execute(
        "SELECT person FROM people WHERE source = ? AND known = ?", [source, visitor]
    ).fetchall()
    facts = running_visit(connection, source, [visitor, *(person for (person,) in known)])
    if facts is None or facts.step == STEPS[0]:
        return ()
    gap = settings.session_gap_minutes
    made = (_decision(connection, rule, facts, gap, now) for rule in asked)
    return tuple(decision for decision in made if decision is not None)


def _decision(
    connection: Connection, rule: Rule, facts: Facts, gap_minutes: float, now: int
) -> Decision | None:
    fired = _fired(connection, rule, facts)
    is_first = fired is None
    if fired is None:
        due = due_at(rule.conditions, facts, gap_minutes)
        if due is None or due > now:
            return None
        with writing(connection):
            firing = fire(connection, rule, facts, now)
        # Another page of the visit may have been faster.
        fired = _fired(connection, rule, facts) if firing is None else (firing.id, firing.is_held_out)
        is_first = firing is not None
    if fired is None or fired[1]:
        return None
    return Decision(
        firing=fired[0], rule=rule.id, name=rule.action.name, content=content(rule), is_first=is_first
    )


def _fired(connection: Connection, rule: Rule, facts: Facts) -> tuple[str, bool] | None:
    """Return the firing of this visit, and whether its visitor is held out."""
    row = connection.execute(
        "SELECT firing, held_out FROM turns WHERE rule = ? AND source = ? AND visitor = ? AND fired_at >= ?",
        [rule.id, facts.source, facts.visitor, facts.first_at],
    ).fetchone()
    return None if row is None else (str(row[0]), bool(row[1]))
