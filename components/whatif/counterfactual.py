"""The smallest change that would make a session a likely buyer: ways to it, with what they don't mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from dash import html
from dash.development.base_component import Component

from components.base.format import estimate, number, percent
from components.base.layout import banner, button, method
from components.shared.labels import in_sentence
from components.shared.reasons import value_words
from core.whatif.counterfactual import Found, Step, Way
from core.whatif.form import Values

#: Id of the button that starts the search.
FIND = "whatif-find"

#: What no way to a likely buyer must be taken for.
WARNING = (
    "The model knows what goes together, not what causes what. People who buy look at more products and "
    "fill their cart; showing someone more products doesn't make them buy. Treat this as an idea to test, "
    "not as a promise."
)


def not_searched() -> list[Component]:
    """Return what stands there before anybody has asked."""
    return [
        html.P(
            "Finds the nearest session that is a likely buyer by changing one field, then two, and only what "
            "a shop could influence, unless you choose the fields yourself.",
            className="measure small text-body-secondary",
        )
    ]


def change_panel(
    *,
    found: Found,
    currency: str | None,
    href: Callable[[Values], str],
    fixed: Mapping[str, Sequence[str]] | None = None,
    only: Sequence[str] = (),
    going_on: bool = False,
) -> list[Component]:
    """Return what the search came to.

    ``href`` gives the address of the page with other values in the form; ``fixed`` are the fields a shop
    can't influence, by the reason, ``only`` those that were allowed to change, if somebody has chosen.
    """
    if found.likely:
        return [
            banner(
                "success",
                f"Already a likely buyer: {percent(found.probability)}",
                f"The cut-off is {percent(found.threshold)}, so nothing needs to change.",
            )
        ]
    if found.ways:
        said = f"{percent(found.probability)} now; the likely-buyer cut-off is {percent(found.threshold)}."
        ways = [_way(way, place, found, currency, href) for place, way in enumerate(found.ways, start=1)]
        parts: list[Component] = [
            html.P(said, className="measure small text-body-secondary"),
            html.Ol(ways, className="vstack gap-2 mb-3 list-unstyled"),
        ]
    else:
        parts = _none(found, currency, href)
    return [
        *parts,
        banner("warning", "A connection, not a cause", WARNING),
        _method(found, fixed or {}, only, going_on),
    ]


def _none(found: Found, currency: str | None, href: Callable[[Values], str]) -> list[Component]:
    said = (
        f"No change of one or two fields within their usual ranges makes this a likely buyer: "
        f"{percent(found.probability)} now, and the cut-off is {percent(found.threshold)}."
    )
    if not found.tried:
        said = (
            "The model uses nothing about this session that a shop could influence. "
            "Choose under “May change” what to vary all the same."
        )
    parts: list[Component] = [html.P(said, className="measure small text-body-secondary")]
    if found.nearest is not None:
        parts += [
            html.P("The closest it gets:", className="measure small text-body-secondary"),
            html.Ol(
                [_way(found.nearest, 1, found, currency, href)], className="vstack gap-2 mb-3 list-unstyled"
            ),
        ]
    return parts


def _way(
    way: Way, place: int, found: Found, currency: str | None, href: Callable[[Values], str]
) -> Component:
    meant = [step for step in way.steps if not step.follows]
    along = [step for step in way.steps if step.follows]
    parts: list[Component] = [
        html.Ul([html.Li(_step(step, currency)) for step in meant], className="fw-medium list-unstyled")
    ]
    if along:
        words = "; ".join(f"{in_sentence(step.field.label)} {_values(step, currency)}" for step in along)
        parts.append(html.Div(f"Changes with it: {words}", className="smaller text-body-tertiary"))
    points = 100 * (way.probability - found.probability)
    expected = (
        f", expected revenue {estimate(way.expected_revenue, currency)}"
        if way.expected_revenue is not None
        else ""
    )
    answer = [
        html.Span(percent(way.probability), className="whatif-way-number fs-6 fw-semibold"),
        html.Span(f"+{number(points, 1)} points{expected}", className="smaller text-body-tertiary"),
    ]
    use = button("Use this", href=href(way.values), id=f"whatif-use-{place}")
    size = html.Div(f"Size of the change: {number(way.distance, 1)}", className="smaller text-body-tertiary")
    return html.Li(
        [
            html.Div([*parts, size], className="flex-words"),
            html.Div(
                [html.Div(answer, className="vstack"), use],
                className="hstack flex-wrap row-gap-2 column-gap-3",
            ),
        ],
        className="whatif-way card hstack flex-row flex-wrap gap-2 px-3 py-2 justify-content-between",
    )


def _step(step: Step, currency: str | None) -> list[Component | str]:
    return [html.Span(f"{step.field.label}: ", className="text-body-secondary"), _values(step, currency)]


def _values(step: Step, currency: str | None) -> str:
    before, after = (value_words(step.field.name, value, currency) for value in (step.before, step.after))
    return f"{before} → {after}"


def _method(
    found: Found, fixed: Mapping[str, Sequence[str]], only: Sequence[str], going_on: bool
) -> Component:
    said = [
        f"{number(found.tried)} imagined sessions were tried, all within the usual ranges and free of "
        "contradictions.",
        "The size of a change adds up its fields, measured by how much sessions usually differ "
        "(1 is one standard deviation of the field's logarithm; another category counts 1).",
    ]
    if only:
        said.append(f"Only what you chose could change: {', '.join(only)}.")
    elif fixed:
        reasons = "; ".join(f"{', '.join(names)} ({reason})" for reason, names in fixed.items())
        said.append(f"Left alone, because a shop can't influence them: {reasons}.")
    if going_on:
        said.append("The visit isn't over, so steps are only added.")
    return method(" ".join(said), "How the search works")
