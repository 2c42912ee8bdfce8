"""What a rule is: conditions on a visit that goes on, how often it may fire, and what happens then."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal, Self, get_args

from core.base.errors import RuleError
from core.live.scoring import STEPS
from core.security.outgoing import check_url

Visitors = Literal["any", "new", "returning"]
Kind = Literal["webhook", "message", "page"]
#: Steps of a visit that a rule may name: after a purchase none fires.
OPEN_STEPS = STEPS[1:]
MOST_NAME, MOST_TEXT = 80, 4_000
#: Longest pauses and windows, in days; longest silence, in minutes; largest hold-out.
MOST_DAYS, MOST_MINUTES, MOST_HELD_OUT = 365.0, 24 * 60.0, 0.9
#: How secrets of webhooks begin (Standard Webhooks).
PREFIX = "whsec_"
#: Days after a firing in which purchases count as its outcome.
WINDOW_DAYS = 7.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What must be true of a visit, all of it at once; None and empty mean "whatever it is".

    Probabilities are of 1, amounts in the shop's currency. ``since_cart`` and ``since_event`` are minutes
    that must have passed since the last cart add and the last event. ``countries`` are country groups.
    """

    probability_from: float | None = None
    probability_to: float | None = None
    expected_from: float | None = None
    cart_from: float | None = None
    events_from: int | None = None
    since_cart: float | None = None
    since_event: float | None = None
    steps: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    visitors: Visitors = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What happens: a signed webhook or a message (e-mail, chat) to ``url``, or the shop's page asks.

    ``name`` and ``content`` are what the shop's page is told; ``content`` is also the text of a message.
    """

    kind: Kind = "page"
    url: str = ""
    name: str = ""
    content: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule. It fires at most once a visit, and once in ``days`` for a visitor.

    ``held_out`` is the share of visitors for whom nothing happens, of 1; ``source`` the write key whose
    visits it is for, None for all that are not made up. ``secret`` signs webhooks. Times are microseconds
    since 1970.
    """

    id: str = ""
    name: str
    conditions: Conditions = field(default_factory=Conditions)
    action: Action = field(default_factory=Action)
    days: float = 7.0
    held_out: float = 0.1
    window_days: float = WINDOW_DAYS
    source: str | None = None
    secret: str = ""
    is_on: bool = False
    created_at: int = 0
    changed_at: int = 0

    def checked(self, *, private: bool = False) -> Self:
        """Return it with its texts trimmed; ``private`` allows addresses of the own network.

        Raises
        ------
        RuleError
            If a value can't be, naming it.
        """
        name = " ".join(self.name.split())[:MOST_NAME]
        if not name:
            raise RuleError("The rule needs a name.", remedy="Name it after what it is for.")
        _check_conditions(self.conditions)
        _within("at most once in", self.days, 0, MOST_DAYS, " days")
        _within("counted for", self.window_days, 0.01, MOST_DAYS, " days")
        _within("hold-out", self.held_out, 0, MOST_HELD_OUT)
        return replace(self, name=name, action=_checked_action(self.action, name, private=private))

    def to_dict(self) -> dict[str, Any]:
        """Return what was chosen as plain JSON, but for the name."""
        told = {name: getattr(self, name) for name in ("days", "held_out", "window_days", "source")}
        return {**told, "conditions": asdict(self.conditions), "action": asdict(self.action)}

    def definition(self) -> str:
        """Return the same as text."""
        return json.dumps(self.to_dict())


def read_rule(told: Mapping[str, Any], **more: Any) -> Rule:  # noqa: ANN401
    """Return a rule from plain JSON; what isn't told is as at the beginning.

    Raises
    ------
    RuleError
        If it has a name that no rule has, or a value of the wrong kind.
    """
    known = {"name", "conditions", "action", "days", "held_out", "window_days", "source"}
    _only("rule", told, known)
    values = dict(told)
    values["conditions"] = _read(Conditions, "conditions", told.get("conditions") or {})
    values["action"] = _read(Action, "action", told.get("action") or {})
    for name in ("days", "held_out", "window_days"):
        if name in values:
            values[name] = _number(name, values[name])
    values.setdefault("name", "")
    if not isinstance(values["name"], str):
        raise RuleError("name must be text.", where="name")
    if values.get("source") is not None and not isinstance(values["source"], str):
        raise RuleError("source must be the id of a write key.", where="source")
    return Rule(**{**values, **more})


def _read(kind: Any, where: str, told: Any) -> Any:  # noqa: ANN401
    if not isinstance(told, Mapping):
        raise RuleError(f"{where} must be an object.", where=where)
    _only(where, told, {each.name for each in fields(kind)})
    made: dict[str, Any] = {}
    for each in fields(kind):
        if each.name not in told:
            continue
        value, place = told[each.name], f"{where}.{each.name}"
        if "tuple" in str(each.type):
            if not isinstance(value, (list, tuple)) or not all(isinstance(one, str) for one in value):
                raise RuleError(f"{each.name} must be a list of texts.", where=place)
            made[each.name] = tuple(value)
        elif "float" in str(each.type) or "int" in str(each.type):
            made[each.name] = None if value is None else _number(place, value)
        elif isinstance(value, str):
            made[each.name] = value
        else:
            raise RuleError(f"{each.name} must be text.", where=place)
    return kind(**made)


def _only(where: str, told: Mapping[str, Any], known: set[str]) -> None:
    if unknown := sorted(set(told) - known):
        raise RuleError(
            f"“{unknown[0]}” isn't part of a rule.", where=where, remedy=f"Use {', '.join(sorted(known))}."
        )


def _number(where: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise RuleError(f"{value!r} isn't a number.", where=where, remedy="Enter a plain number.")
    return value


def _within(name: str, value: float, low: float, high: float, unit: str = "") -> None:
    if not low <= value <= high:
        raise RuleError(
            f"{value:g}{unit} isn't possible.", where=name, remedy=f"Enter {low:g} to {high:g}{unit}."
        )


def _check_conditions(told: Conditions) -> None:
    for name, high in (
        ("probability_from", 1.0), ("probability_to", 1.0), ("expected_from", math.inf),
        ("cart_from", math.inf), ("events_from", math.inf), ("since_cart", MOST_MINUTES),
        ("since_event", MOST_MINUTES),
    ):  # fmt: skip
        value = getattr(told, name)
        if value is not None:
            _within(name.replace("_", " "), value, 0, high)
    least, most = told.probability_from, told.probability_to
    if least is not None and most is not None and least > most:
        raise RuleError(
            f"A probability from {least:.0%} to {most:.0%} isn't possible.",
            where="probability",
            remedy="Enter the lower one first.",
        )
    if wrong := [step for step in told.steps if step not in OPEN_STEPS]:
        raise RuleError(f"“{wrong[0]}” isn't a step.", remedy=f"Use {', '.join(OPEN_STEPS)}.")
    if told.visitors not in get_args(Visitors):
        raise RuleError(f"“{told.visitors}” visitors aren't known.", remedy="Use any, new or returning.")


def _checked_action(action: Action, name: str, *, private: bool) -> Action:
    if action.kind not in get_args(Kind):
        raise RuleError(
            f"“{action.kind}” isn't something a rule can do.", remedy=f"Use {', '.join(get_args(Kind))}."
        )
    if len(action.content) > MOST_TEXT:
        raise RuleError(f"The text has {len(action.content):,} characters.", remedy=f"{MOST_TEXT:,} fit.")
    url = action.url.strip()
    if action.kind == "webhook":
        check_url(url, private=private)
    elif action.kind == "message" and not url:
        raise RuleError(
            "The message has no address.",
            where="address",
            remedy="Enter one as Apprise writes it, such as mailtos://user:password@smtp.example.com.",
        )
    return replace(
        action,
        url="" if action.kind == "page" else url,
        name=" ".join(action.name.split())[:MOST_NAME] or name,
    )
