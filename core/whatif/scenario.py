"""One what-if page's state and answer: the bundle that is asked, what the form starts from, its link.

A scenario starts from an ordinary session, or from a recorded one: then it is answered by the bundle
that scored that session, and an untouched form gets the recorded prediction to the last digit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from core.base.errors import CoreError, NotFoundError
from core.base.identity import may
from core.bundle.predictor import Predictor
from core.bundle.registry import in_use
from core.results.sources import TRAINING, Source, find_source, training_source
from core.whatif.checks import Problem, check
from core.whatif.form import NO, Form, Value, Values
from core.whatif.verdict import Verdict, verdict

#: Arguments of a link that say what to start from; all others are fields.
RESULT, SESSION, BUNDLE = "result", "session", "bundle"

#: Argument of a link that says the worked-out fields are asked for although they still follow.
LINKED = "linked"

#: Argument of a link that says that the visit isn't over; also what ``Predictor`` calls it.
GOING_ON = "going_on"

#: How many similar sessions the answer is compared with.
NEIGHBOURS = 20


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What the form is made of and starts from.

    ``source`` and ``recorded`` (the session's row with its predictions) are None unless it starts
    from a recorded session; ``notes`` say what a link asked for and could not get.
    """

    predictor: Predictor
    form: Form
    base: Values
    source: Source | None = None
    recorded: Mapping[str, Any] | None = None
    named_bundle: str | None = None
    notes: tuple[str, ...] = field(default=())

    @property
    def currency(self) -> str | None:
        """ISO code of the amounts in the form."""
        return self.source.currency if self.source else self.predictor.currency

    @property
    def origin(self) -> dict[str, str]:
        """The arguments of a link that lead to this start."""
        named = {BUNDLE: self.named_bundle} if self.named_bundle else {}
        if self.source is None or self.recorded is None:
            return named
        return {**named, RESULT: self.source.id, SESSION: str(self.recorded["session_id"])}

    @property
    def knows_going_on(self) -> bool:
        """Whether the bundle has learned from visits that still go on, and can be asked about one."""
        return self.predictor.predicts_purchase and bool(self.predictor.manifest.training.get("snapshots"))

    @property
    def answers_revenue(self) -> bool:
        """Whether the bundle answers what a session is worth."""
        return self.predictor.predicts_purchase and self.predictor.models.revenue is not None

    def row(self, values: Mapping[str, Value], *, going_on: bool = False) -> Values:
        """Return the session row to ask the bundle about."""
        row = self.form.row(values)
        return {**row, GOING_ON: True} if going_on and self.knows_going_on else row

    def values(self, query: Mapping[str, str | None]) -> tuple[Values, list[str]]:
        """Read a link's fields; see ``Form.from_query``."""
        return self.form.from_query(query, self.base)

    def is_linked(self, query: Mapping[str, str | None], values: Mapping[str, Value]) -> bool:
        """Tell whether a link has the worked-out fields follow the others."""
        return query.get(LINKED) != NO and self.form.is_linked(values)

    def query(self, values: Mapping[str, Value], *, linked: bool = True) -> str:
        """Return the link's query, without ``?``: the start, and the fields that differ from it."""
        unlinked = not linked and bool(self.form.linked) and self.form.is_linked(values)
        parts = (
            urlencode(self.origin),
            self.form.to_query(values, self.base),
            urlencode({LINKED: NO}) if unlinked else "",
        )
        return "&".join(part for part in parts if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What the bundle says of one session, and what is to be said of the session itself.

    Without a ``prediction`` while a field is invalid; without a ``verdict`` where the bundle knows
    clusters only.
    """

    prediction: Mapping[str, Any] | None
    verdict: Verdict | None
    neighbours: tuple[Mapping[str, Any], ...]
    problems: tuple[Problem, ...]

    @property
    def contradictory(self) -> bool:
        """Whether nobody can have had such a session."""
        return any(problem.level == "contradiction" for problem in self.problems)


def open_scenario(
    *,
    result: str | None = None,
    session: str | None = None,
    bundle: str | None = None,
    drawn_with: str | None = None,
) -> Scenario:
    """Open what a link names; what can't be had is said in ``notes``, and the defaults take its place.

    ``drawn_with`` is the bundle an open page was made for. It answers until the page is loaded again,
    whichever is in use by then: another one may ask for other fields.

    Raises
    ------
    BundleError
        If no bundle can be used at all.
    NotFoundError
        If the page's bundle is gone.
    """
    if drawn_with is not None:
        pinned = bundle or (None if drawn_with == in_use() else drawn_with)
        scenario = open_scenario(result=result, session=session, bundle=pinned)
        if scenario.predictor.name != drawn_with:
            raise NotFoundError(
                "This page was made for a model that can no longer be used.",
                where=drawn_with,
                remedy="Reload the page to go on with the model in use.",
            )
        return scenario
    if session and not may("ids.read"):
        # Whether there is a session of this id, and what it did, is for nobody who may see no ids.
        return _ordinary(bundle, "Your role doesn't include opening single sessions.")
    if result and session:
        try:
            return _recorded(result, session, bundle)
        except CoreError as error:
            return _ordinary(bundle, f"The session of this link can't be opened. {error.message}")
    if result or session:
        return _ordinary(bundle, "This link names a result or a session, but not both.")
    return _ordinary(bundle)


def answer(scenario: Scenario, values: Values, *, going_on: bool = False) -> Answered:
    """Ask the bundle about a session; one that is ``going_on`` is what has happened so far.

    While a field is invalid nothing is asked: an answer without that field would be another session's.
    """
    problems = tuple(check(scenario.form, values))
    if scenario.form.invalid(values):
        return Answered(prediction=None, verdict=None, neighbours=(), problems=problems)
    predictor, row = scenario.predictor, scenario.row(values, going_on=going_on)
    prediction = predictor.predict_one(row)
    return Answered(
        prediction=prediction,
        verdict=_verdict(predictor, prediction),
        neighbours=tuple(_others(scenario, predictor.neighbours(row, n=NEIGHBOURS + 1))[:NEIGHBOURS]),
        problems=problems,
    )


def unchanged(scenario: Scenario) -> float | None:
    """Return the probability of the recorded session, unchanged, by the bundle that answers.

    That is the recorded one, unless each session was scored by a model that hadn't seen its visitor. None
    where nothing is recorded.
    """
    recorded = (scenario.recorded or {}).get("purchase_probability")
    if recorded is None or scenario.source is None or not scenario.source.is_cross_fitted:
        return recorded
    said: Any = scenario.predictor.predict_one(scenario.row(scenario.base))
    return float(said["purchase_probability"])


def _verdict(predictor: Predictor, prediction: Mapping[str, Any]) -> Verdict | None:
    if predictor.threshold is None:
        return None
    probability = float(prediction["purchase_probability"])
    return verdict(probability, threshold=predictor.threshold, base_rate=predictor.base_rate)


def _others(scenario: Scenario, neighbours: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out the session the form starts from: it would be the most similar one to itself."""
    if scenario.source is None or scenario.recorded is None or not scenario.source.is_training:
        return neighbours
    return [row for row in neighbours if row["session_id"] != scenario.recorded["session_id"]]


def _load(bundle: str | None) -> Predictor:
    return Predictor.load(bundle)


def _recorded(result: str, session: str, bundle: str | None) -> Scenario:
    named = bundle if result == TRAINING else None
    source = training_source(named) if result == TRAINING else find_source(result)
    row = source.session(session)
    predictor = _load(source.bundle)
    form = Form(predictor.form_fields())
    base = form.from_row(row)
    return Scenario(
        predictor=predictor,
        form=form.starting_from(base),
        base=base,
        source=source,
        recorded=row,
        named_bundle=named or None,
    )


def _ordinary(bundle: str | None, *notes: str) -> Scenario:
    if bundle:
        try:
            predictor = _load(bundle)
        except CoreError as error:
            said = f"The model “{bundle}” can't be used. {error.message} The one in use answers instead."
            return _ordinary(None, *notes, said)
    else:
        predictor = _load(None)
    form = Form(predictor.form_fields())
    return Scenario(
        predictor=predictor, form=form, base=form.defaults(), named_bundle=bundle or None, notes=notes
    )
