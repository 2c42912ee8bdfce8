"""Firing: once for a visitor, written in the transaction that scores the visit it is about.

Whoever fires takes the visitor's turn first, a row that there is once for a rule and visitor. Two processes
that try at the same moment wait for each other there, and the second finds it taken.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence

from core.audiences import draw, held_out
from core.base.settings import Settings
from core.bundle.predictor import Predictor
from core.live.connection import Connection
from core.live.scoring import RUNNING, STEPS, Score
from core.live.told import AT
from core.live.visits import People, silent_since
from core.rules.facts import Facts, facts_of
from core.rules.matching import due_at
from core.rules.records import HELD, SHOWN, WAITING, Firing
from core.rules.repository import rules
from core.rules.rule import Rule
from core.schema.events import EventType

DAY = 86_400_000_000
#: Visits looked at in one transaction because time has passed.
TOGETHER = 500


def follow(
    connection: Connection, settings: Settings, scores: Sequence[Score], people: People, now: int
) -> int:
    """Let rules see new scores, within the transaction that writes them; return how many fired."""
    _rename(connection, people)
    _note_purchases(connection, scores)
    connection.executemany(
        "DELETE FROM checks WHERE source = ? AND session_id = ?",
        [(score.visit.source, score.visit.session_id) for score in scores],
    )
    # Whoever is told by its page is told when that asks.
    active = [rule for rule in rules(connection, only_on=True) if rule.action.kind != "page"]
    if not active:
        return 0
    synthetic, fired = synthetic_sources(connection), 0
    currency = Predictor.load(settings=settings).currency
    for score in scores:
        if score.is_robot:
            continue
        facts = facts_of(score, currency)
        for rule in active:
            if is_for(rule, facts.source, synthetic):
                fired += _try(connection, rule, facts, settings.session_gap_minutes, now)
    return fired


def fire_due(connection: Connection, settings: Settings, now: int) -> int:
    """Fire where time has passed without another event, within a transaction; return how many were due."""
    due = connection.execute(
        "SELECT rule, source, session_id, told FROM checks WHERE due_at <= ? ORDER BY due_at LIMIT ?",
        [now, TOGETHER],
    ).fetchall()
    if not due:
        return 0
    active = {rule.id: rule for rule in rules(connection, only_on=True)}
    for rule_id, source, session_id, told in due:
        connection.execute(
            "DELETE FROM checks WHERE rule = ? AND source = ? AND session_id = ?",
            [rule_id, source, session_id],
        )
        goes_on = connection.execute(
            "SELECT 1 FROM sessions WHERE source = ? AND session_id = ? AND state = ?",
            [source, session_id, RUNNING],
        ).fetchone()
        if rule_id in active and goes_on:
            _try(connection, active[rule_id], Facts.read(told), settings.session_gap_minutes, now)
    return len(due)


def is_for(rule: Rule, source: str, synthetic: frozenset[str]) -> bool:
    """Whether a rule is for the visits of a source; for made-up ones only if it says so."""
    return rule.source == source if rule.source is not None else source not in synthetic


def synthetic_sources(connection: Connection) -> frozenset[str]:
    """Return the sources whose visits are made up."""
    return frozenset(source for (source,) in connection.execute("SELECT id FROM keys WHERE synthetic = 1"))


def is_held_out(rule: Rule, visitor: str) -> bool:
    """Whether a visitor is held out of a rule: as audiences draw it, with the rule's id as the seed."""
    return bool(held_out(draw(visitor, rule.id), rule.held_out))  # type: ignore[arg-type]


def fire(connection: Connection, rule: Rule, facts: Facts, now: int) -> Firing | None:
    """Fire for a visitor, within a transaction; None where the visitor's turn is taken."""
    firing_id = f"fire_{secrets.token_hex(12)}"
    before = min(facts.first_at, now - round(rule.days * DAY))
    turn = connection.execute(
        "INSERT INTO turns (rule, source, visitor, fired_at, held_out, firing) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (rule, source, visitor) DO UPDATE "
        "SET fired_at = excluded.fired_at, firing = excluded.firing "
        "WHERE turns.fired_at < ? RETURNING held_out",
        [rule.id, facts.source, facts.visitor, now, int(is_held_out(rule, facts.visitor)), firing_id, before],
    ).fetchall()
    if not turn:
        return None
    # Who was held out, or wasn't, stays so: a visitor in both groups would measure nothing.
    is_out = bool(turn[0][0])
    status = HELD if is_out else SHOWN if rule.action.kind == "page" else WAITING
    connection.execute(
        "INSERT INTO firings (id, rule, source, visitor, session_id, fired_at, held_out, share, probability, "
        "told, status, attempts, since, next_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)",
        [firing_id, rule.id, facts.source, facts.visitor, facts.session_id, now, int(is_out), rule.held_out,
         facts.probability, facts.written(), status, now, now],
    )  # fmt: skip
    return Firing(id=firing_id, rule=rule.id, fired_at=now, is_held_out=is_out, facts=facts, status=status)


def _try(connection: Connection, rule: Rule, facts: Facts, gap_minutes: float, now: int) -> int:
    due = due_at(rule.conditions, facts, gap_minutes)
    # What was sent late may be of a visit that is over by now.
    if due is None or facts.last_at < silent_since(gap_minutes, now):
        return 0
    if due <= now:
        return int(fire(connection, rule, facts, now) is not None)
    connection.execute(
        "INSERT INTO checks (rule, source, session_id, due_at, told) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (source, session_id, rule) DO UPDATE SET due_at = excluded.due_at, told = excluded.told",
        [rule.id, facts.source, facts.session_id, due, facts.written()],
    )
    return 0


def _rename(connection: Connection, people: People) -> None:
    """Give turns and firings to the visitor that an id has turned out to stand for."""
    for (source, known), person in people.new.items():
        of = [source, known]
        # Of two turns the later one counts, and the group of the earlier one: that is what was done first.
        connection.execute(
            "INSERT INTO turns (rule, source, visitor, fired_at, held_out, firing) "
            "SELECT rule, source, ?, fired_at, held_out, firing FROM turns WHERE source = ? AND visitor = ? "
            "ON CONFLICT (rule, source, visitor) DO UPDATE SET "
            "held_out = CASE WHEN excluded.fired_at < turns.fired_at "
            "THEN excluded.held_out ELSE turns.held_out END, "
            "firing = CASE WHEN excluded.fired_at > turns.fired_at "
            "THEN excluded.firing ELSE turns.firing END, "
            "fired_at = CASE WHEN excluded.fired_at > turns.fired_at "
            "THEN excluded.fired_at ELSE turns.fired_at END",
            [person, *of],
        )
        connection.execute("DELETE FROM turns WHERE source = ? AND visitor = ?", of)
        connection.execute("UPDATE firings SET visitor = ? WHERE source = ? AND visitor = ?", [person, *of])


def _note_purchases(connection: Connection, scores: Iterable[Score]) -> None:
    """Keep what visitors buy for whom a rule has fired: the outcome that its effect is read off."""
    if connection.execute("SELECT 1 FROM firings LIMIT 1").fetchone() is None:
        return
    for score in scores:
        visit = score.visit
        fired = connection.execute(
            "SELECT id, fired_at FROM firings WHERE source = ? AND visitor = ?",
            [visit.source, visit.visitor_id or visit.session_id],
        ).fetchall()
        if not fired:
            continue
        # What was bought before may have been given back since.
        connection.executemany(
            "DELETE FROM rule_purchases WHERE firing = ? AND session_id = ?",
            [(firing, visit.session_id) for firing, _ in fired],
        )
        if score.step != STEPS[0]:
            continue
        bought_at = min(
            int(str(event[AT["timestamp"]]))
            for event in visit.events
            if event[AT["event_type"]] == EventType.PURCHASE
        )
        connection.executemany(
            "INSERT INTO rule_purchases (firing, session_id, bought_at, revenue) VALUES (?, ?, ?, ?)",
            [
                (firing, visit.session_id, bought_at, score.row.get("revenue"))
                for firing, fired_at in fired
                if fired_at < bought_at
            ],
        )
