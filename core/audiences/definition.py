"""What an audience is: which sessions, how many of them, who is held out, which ids, what it may bring.

A definition holds no session and no visitor: it can be sent, kept, and applied again to tomorrow's export.
It lives in an address (``/audiences/new?...``) as well as in a JSON file.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, Self, get_args
from urllib.parse import parse_qsl, quote, urlencode

from core.base.errors import AudienceError
from core.results.filters import Filters

Pick = Literal["all", "top_share", "top_n", "threshold", "min_expected_revenue"]
Rank = Literal["probability", "expected_revenue"]
Kind = Literal["visitor", "session"]
Form = Literal["sha256", "google", "meta", "raw"]
EffectAs = Literal["relative", "points"]

#: What a file says it is, and its version: raised when an older program would misread it.
FORMAT, VERSION = "session-predictor-audience", 1
MOST_HELD_OUT = 0.5
#: What a pick starts with where the address names none.
AMOUNTS: dict[Pick, float] = {
    "all": 0.0,
    "top_share": 0.1,
    "top_n": 1000.0,
    "threshold": 0.1,
    "min_expected_revenue": 5.0,
}
#: The argument of the address for each field; the filters keep theirs.
ARGUMENTS = {
    "pick": "pick",
    "amount": "amount",
    "rank_by": "by",
    "leave_out_buyers": "buyers",
    "held_out": "held",
    "salt": "salt",
    "id_kind": "id",
    "id_form": "form",
    "one_row_per": "rows",
    "cost": "cost",
    "effect": "effect",
    "effect_as": "effect_as",
    "margin": "margin",
}
_CHOICES: dict[str, tuple[str, ...]] = {
    "pick": get_args(Pick),
    "rank_by": get_args(Rank),
    "id_kind": get_args(Kind),
    "id_form": get_args(Form),
    "one_row_per": get_args(Kind),
    "effect_as": get_args(EffectAs),
}
_SALT = re.compile(r"[A-Za-z0-9_.-]{1,64}")
MOST_TEXT = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """An audience, without the people in it.

    Parameters
    ----------
    filters
        Which sessions are meant: an address's query, as ``Filters`` writes it, without an order.
    pick, amount
        Whom of them: everybody; the top share (0 to 1); the top number; from a probability (0 to 1) on;
        from an expected revenue on (in the result's currency).
    rank_by
        By what the top is ranked, and which session stands for a visitor.
    leave_out_buyers
        Leave out whom the export knows to have bought: the visitor, if ids are visitors.
    held_out, salt
        Share of those chosen that is not contacted (0 to 0.5), and the key of its draw (see ``holdout``).
    id_kind, id_form
        Which id the export has, and how: hashed, hashed as Google or Meta ask for e-mails and phone numbers,
        or as it is. The hold-out is drawn by it; who is one person to a platform is one in the draw.
    one_row_per
        Each visitor once, with the best session, or each session.
    cost, effect, effect_as, margin
        Of a contact: what it costs; how much it raises the chance of a purchase, as a share of that
        chance (``relative``: 0.1 turns 20% into 22%) or in points (0.1 turns 20% into 30%); and which
        share of the revenue is kept. They are assumptions, until a hold-out has shown the effect.
    """

    filters: str = ""
    pick: Pick = "top_share"
    amount: float = AMOUNTS["top_share"]
    rank_by: Rank = "probability"
    leave_out_buyers: bool = True
    held_out: float = 0.1
    salt: str = "hold-out"
    id_kind: Kind = "visitor"
    id_form: Form = "sha256"
    one_row_per: Kind = "visitor"
    cost: float = 0.1
    effect: float = 0.1
    effect_as: EffectAs = "relative"
    margin: float = 0.4

    def validate(self) -> Self:
        """Return the definition with its filters as they are understood, if it can be applied.

        Raises
        ------
        AudienceError
            If a field is of no use.
        """
        for name, known in _CHOICES.items():
            if getattr(self, name) not in known:
                raise _bad(name, getattr(self, name), f"Use one of {', '.join(known)}.")
        for name, (low, high) in _limits(self.pick, self.effect_as).items():
            value = getattr(self, name)
            if not math.isfinite(value) or not low <= value <= high:
                top = "" if math.isinf(high) else f" to {high:g}"
                raise _bad(name, value, f"Use a number from {low:g}{top}.")
        if not _SALT.fullmatch(self.salt):
            raise _bad("salt", self.salt, "Use up to 64 letters, digits, dots and dashes.")
        return replace(self, filters=self.chosen.to_query())

    @property
    def chosen(self) -> Filters:
        """Which sessions are meant."""
        return Filters.from_query(dict(parse_qsl(self.filters))).only_filters()

    @property
    def rank_column(self) -> str:
        """The column by which sessions are ranked; the best of a visitor's stands for them."""
        by_amount = self.pick == "min_expected_revenue" or (
            self.pick != "threshold" and self.rank_by == "expected_revenue"
        )
        return "expected_revenue" if by_amount else "purchase_probability"

    @property
    def id_column(self) -> str:
        """The column of an export that holds the id, named after what it holds."""
        return f"{self.id_kind}_id" + ("" if self.id_form == "raw" else "_sha256")

    # As a file

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {"format": FORMAT, "version": VERSION, **asdict(self)}

    @classmethod
    def from_dict(cls, written: object) -> Self:
        """Read what ``to_dict`` wrote; what else a file tells is left out.

        Raises
        ------
        AudienceError
            If it is no definition, one of a later version, or can't be applied.
        """
        if not isinstance(written, Mapping) or written.get("format") != FORMAT:
            raise AudienceError(
                "This isn't an audience definition.",
                remedy="Choose a JSON file downloaded from an audience's page.",
            )
        version = written.get("version")
        if not isinstance(version, int) or not 1 <= version <= VERSION:
            raise AudienceError(
                f"This definition is of version {str(version)[:20]}; this program reads up to {VERSION}.",
                remedy="Update this program, or make the audience again.",
            )
        values = {}
        for field in fields(cls):
            if field.name in written:
                values[field.name] = _typed(field.name, written[field.name], getattr(cls(), field.name))
        return cls(**values).validate()

    @classmethod
    def read(cls, text: str | bytes) -> Self:
        """Read a JSON file's content.

        Raises
        ------
        AudienceError
            If it is no JSON, or no definition.
        """
        try:
            written = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise AudienceError(
                "This file isn't JSON.",
                remedy="Choose a JSON file downloaded from an audience's page.",
            ) from error
        return cls.from_dict(written)

    # As an address

    def to_query(self, default: Self | None = None) -> str:
        """Return the address's query, the filters first; of the rest what differs from ``default``."""
        arguments = {
            argument: _written(getattr(self, name))
            for name, argument in ARGUMENTS.items()
            if default is None or getattr(self, name) != getattr(default, name)
        }
        # An amount means nothing without its pick.
        if "amount" in arguments and self.pick != "all":
            arguments["pick"] = self.pick
        return "&".join(filter(None, [self.filters, urlencode(arguments, quote_via=quote, safe="")]))

    @classmethod
    def from_query(cls, query: Mapping[str, Any], default: Self) -> tuple[Self, list[str]]:
        """Read an address; what can't be used is as in ``default``, and a note says so."""
        arguments = {
            name: str(value[-1] if isinstance(value, (list, tuple)) and value else value)
            for name, value in query.items()
            if value not in (None, "", [])
        }
        definition, notes = replace(default, filters=Filters.from_query(query).only_filters().to_query()), []
        for name, argument in ARGUMENTS.items():
            if argument not in arguments:
                continue
            try:
                value = _read(arguments[argument], getattr(default, name))
                changed = replace(definition, **{name: value})
                if name == "pick":
                    changed = replace(changed, amount=_start(value, default))
                definition = changed.validate()
            except (AudienceError, ValueError):
                notes.append(f"“{argument}={arguments[argument][:40]}” can't be used and was left out.")
        return definition, notes


def _start(pick: Pick, default: Definition) -> float:
    return default.amount if pick == default.pick else AMOUNTS.get(pick, 0.0)


def _limits(pick: Pick, effect_as: EffectAs) -> dict[str, tuple[float, float]]:
    share = (0.0, 1.0)
    amounts = {"top_share": share, "threshold": share, "top_n": (1.0, 1e9)}
    return {
        "amount": amounts.get(pick, (0.0, math.inf)),
        "held_out": (0.0, MOST_HELD_OUT),
        "cost": (0.0, math.inf),
        "effect": share if effect_as == "points" else (0.0, 10.0),
        "margin": share,
    }


def _typed(name: str, value: object, default: object) -> Any:  # noqa: ANN401 (a field's value)
    """Return a file's value if it is of the field's type."""
    if isinstance(default, float) and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if type(value) is type(default) and not (isinstance(value, str) and len(value) > MOST_TEXT):
        return value
    raise _bad(name, value, "Choose the file exactly as downloaded.")


def _read(text: str, default: object) -> Any:  # noqa: ANN401 (a field's value)
    if isinstance(default, bool):
        return {"out": True, "in": False}[text] if text in ("out", "in") else float("x")
    return float(text) if isinstance(default, float) else text


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "out" if value else "in"
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _bad(name: str, value: object, remedy: str) -> AudienceError:
    return AudienceError(f"“{str(value)[:40]}” can't be used.", where=name, remedy=remedy)
