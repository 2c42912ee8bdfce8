"""All of a what-if page as its address says it: the session in the form, and the scenarios kept beside it.

Everything on the page follows from the address, so that a link, the back button and a saved scenario
bring back the same page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import parse_qsl, quote, unquote_plus, urlencode

from core.base.errors import SchemaError
from core.whatif.form import KEPT, YES, Form, Values
from core.whatif.scenario import BUNDLE, GOING_ON, RESULT, SESSION, Scenario, open_scenario

Target = Literal["purchase", "revenue"]

#: Arguments of a link: the field a curve goes along, what it shows, whether a change is searched for, and in
#: which fields.
CURVE, OF, CHANGE, MAY = "curve", "of", "change", "may"
NAME = "name"
NAME_LENGTH = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A scenario that is kept to be compared with; all start from what the page starts from."""

    name: str
    values: Values
    linked: bool = True
    going_on: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One what-if page.

    ``curve`` is the field the large curve goes along, None for the one that matters most; ``target`` is
    what curves show. ``search`` says that the smallest change is searched for, in the fields ``may`` names,
    or all that can change. ``notes`` say what of the address could not be used.
    """

    scenario: Scenario
    values: Values
    linked: bool = True
    going_on: bool = False
    curve: str | None = None
    target: Target = "purchase"
    search: bool = False
    may: tuple[str, ...] = ()
    kept: tuple[Kept, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def invalid(self) -> dict[str, str]:
        """The labels of fields whose value no session can have, each with why: no answer meanwhile."""
        form = self.scenario.form
        return {form.by_name[name].label: why for name, why in form.invalid(self.values).items()}

    @property
    def shown_target(self) -> Target:
        """What curves can show: revenue only where the bundle answers it."""
        return self.target if self.scenario.answers_revenue else "purchase"

    def query(self) -> str:
        """Return the address's query, without ``?``: only what differs from an untouched page."""
        arguments = {
            GOING_ON: YES if self.going_on else "",
            CURVE: self.curve or "",
            OF: self.target if self.target != "purchase" else "",
            CHANGE: YES if self.search else "",
            MAY: ",".join(self.may),
        }
        arguments |= {key: self._written(kept) for key, kept in zip(KEPT, self.kept, strict=False)}
        parts = (
            self.scenario.query(self.values, linked=self.linked),
            urlencode({name: text for name, text in arguments.items() if text}, safe=":,"),
        )
        return "&".join(part for part in parts if part)

    def to_keep(self) -> str:
        """Return the query of the page with its session kept as one more scenario."""
        name = next(n for n in (f"Scenario {i}" for i in range(1, 99)) if n not in self._names)
        now = Kept(name=name, values=self.values, linked=self.linked, going_on=self.going_on)
        return replace(self, kept=(*self.kept, now)).query()

    def without(self, place: int) -> str:
        """Return the query of the page without one of the kept scenarios."""
        return replace(self, kept=self.kept[:place] + self.kept[place + 1 :]).query()

    def renamed(self, place: int, name: str) -> str:
        """Return the query of the page with another name for one of the kept scenarios."""
        new = replace(self.kept[place], name=clean_name(name) or self.kept[place].name)
        return replace(self, kept=(*self.kept[:place], new, *self.kept[place + 1 :])).query()

    def opened(self, place: int) -> str:
        """Return the query of the page with a kept scenario in the form; it stays kept."""
        kept = self.kept[place]
        opened = replace(self, values=kept.values, linked=kept.linked, going_on=kept.going_on, search=False)
        return opened.query()

    def with_values(self, values: Values) -> str:
        """Return the query of the page with other values in the form."""
        linked = self.linked and self.scenario.form.is_linked(values)
        return replace(self, values=values, linked=linked, search=False).query()

    def restarted(self, values: Values, *, going_on: bool = False) -> str:
        """Return the query of an ordinary session's page with these values; kept scenarios come along."""
        start = self.scenario
        named = start.named_bundle or (start.predictor.name if self.kept and start.recorded else None)
        form = Form(start.form.fields)
        ordinary = replace(
            start, form=form, base=form.defaults(), source=None, recorded=None, named_bundle=named
        )
        kept = tuple(replace(one, linked=one.linked and form.is_linked(one.values)) for one in self.kept)
        return replace(
            self, scenario=ordinary, values=values, linked=True, going_on=going_on, search=False, kept=kept
        ).query()

    def reset(self) -> str:
        """Return the query of the page with what it started from in the form."""
        return replace(
            self, values=self.scenario.base, linked=True, going_on=False, search=False, curve=None
        ).query()

    def for_model_in_use(self) -> str:
        """Return the query of the page answered by the model in use; fields that one lacks are ignored."""
        return replace(self, scenario=replace(self.scenario, named_bundle=None), search=False).query()

    def to_save(self) -> str:
        """Return the query that leads back to this page, whichever model is in use by then.

        Raises
        ------
        SchemaError
            While a field is invalid.
        """
        for label, why in self.invalid.items():
            raise SchemaError(why, where=label, remedy="Correct it, then save the page.")
        named = replace(self.scenario, named_bundle=self.scenario.predictor.name)
        return replace(self, scenario=named, search=False).query()

    @property
    def _names(self) -> frozenset[str]:
        return frozenset(kept.name for kept in self.kept)

    def _written(self, kept: Kept) -> str:
        """Write a kept scenario as one argument: ``name:Full cart,cart_adds:2``."""
        fields = Scenario(
            predictor=self.scenario.predictor, form=self.scenario.form, base=self.scenario.base
        ).query(kept.values, linked=kept.linked)
        pairs = [(NAME, kept.name), *([(GOING_ON, YES)] if kept.going_on else [])]
        written = [f"{name}:{quote(text, safe=' ')}" for name, text in pairs]
        return ",".join([*written, *(part.replace("=", ":", 1) for part in fields.split("&") if part)])


def read_state(arguments: Mapping[str, str | None], *, drawn_with: str | None = None) -> State:
    """Read a page's address; what can't be used is said in ``notes``, what isn't known is ignored.

    ``drawn_with`` is the bundle an open page was made for, if there is one.

    Raises
    ------
    BundleError
        If no bundle can be used at all.
    NotFoundError
        If the page's bundle is gone.
    """
    scenario = open_scenario(
        result=arguments.get(RESULT),
        session=arguments.get(SESSION),
        bundle=arguments.get(BUNDLE),
        drawn_with=drawn_with,
    )
    values, notes = scenario.values(arguments)
    notes = [*scenario.notes, *notes]
    going_on = arguments.get(GOING_ON) == YES
    if going_on and not scenario.knows_going_on:
        notes.append("This model learned from finished visits only, so it answers as if the visit were over.")
    curve = arguments.get(CURVE) or None
    if curve is not None and curve not in scenario.form.by_name:
        notes.append("The link asks for the curve of a field this model doesn't use.")
        curve = None
    may = [name for name in dict.fromkeys((arguments.get(MAY) or "").split(",")) if name]
    if any(name not in scenario.form.by_name for name in may):
        notes.append("The link lets fields change that this model doesn't use.")
        may = [name for name in may if name in scenario.form.by_name]
    kept: list[Kept] = []
    for key in KEPT:
        if text := arguments.get(key):
            one, said = _read_kept(scenario, text, number=len(kept) + 1)
            kept.append(one)
            notes += said
    return State(
        scenario=scenario,
        values=values,
        linked=scenario.is_linked(arguments, values),
        going_on=going_on and scenario.knows_going_on,
        curve=curve,
        target="revenue" if arguments.get(OF) == "revenue" else "purchase",
        search=arguments.get(CHANGE) == YES,
        may=tuple(may),
        kept=tuple(kept),
        notes=tuple(notes),
    )


def read_query(query: str, *, drawn_with: str | None = None) -> State:
    """Read a page's query, as ``State.query`` writes it; ``drawn_with`` as for ``read_state``."""
    return read_state(dict(parse_qsl(query, keep_blank_values=True)), drawn_with=drawn_with)


def clean_name(name: str) -> str:
    """Return a scenario's name on one line, cut where it is too long to show."""
    return " ".join(name.split())[:NAME_LENGTH].strip()


def _read_kept(scenario: Scenario, text: str, *, number: int) -> tuple[Kept, list[str]]:
    pairs = (part.partition(":") for part in text.split(","))
    arguments: dict[str, str | None] = {unquote_plus(name): unquote_plus(value) for name, _, value in pairs}
    name = clean_name(arguments.get(NAME) or "") or f"Scenario {number}"
    values, notes = scenario.values(arguments)
    kept = Kept(
        name=name,
        values=values,
        linked=scenario.is_linked(arguments, values),
        going_on=arguments.get(GOING_ON) == YES and scenario.knows_going_on,
    )
    return kept, [f"In “{name}”: {note}" for note in notes]
