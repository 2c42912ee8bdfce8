"""An audience in words: who is in it, who is held out, what is assumed."""

from __future__ import annotations

from components.base.format import money, number, percent
from components.results.filters import said
from core.audiences import Definition
from core.audiences.definition import Kind
from core.results.filters import Filters

BANDS = {"likely": "Likely to buy", "fence": "On the fence", "unlikely": "Unlikely to buy"}
BY = {"probability": "purchase probability", "expected_revenue": "expected revenue"}

FORMS = {
    "sha256": "SHA-256, trimmed and lower-cased",
    "google": "SHA-256, e-mails and phone numbers in Google's format",
    "meta": "SHA-256, e-mails and phone numbers in Meta's format",
    "raw": "unchanged",
}


def people(kind: Kind, n: int | None = None) -> str:
    """Return what those in an audience are called: visitors or sessions, one of them or more."""
    return kind if n == 1 else f"{kind}s"


def counted(n: int, kind: Kind) -> str:
    """Write how many visitors or sessions."""
    return f"{number(n)} {people(kind, n)}"


def pick_words(definition: Definition, currency: str | None) -> str:
    """Say who is included, as in “the top 10% of visitors by purchase probability”."""
    who, by = people(definition.one_row_per), BY[definition.rank_by]
    amount = definition.amount
    if definition.pick == "top_share":
        return f"the top {percent_of(amount)} of {who} by {by}"
    if definition.pick == "top_n":
        return f"the top {counted(int(amount), definition.one_row_per)} by {by}"
    if definition.pick == "threshold":
        return f"{who} with a purchase probability of {percent_of(amount)} or more"
    if definition.pick == "min_expected_revenue":
        return f"{who} with an expected revenue of {money(amount, currency)} or more"
    return f"all {who}"


def default_name(definition: Definition, result_name: str, currency: str | None) -> str:
    """Return a name for an audience nobody has named."""
    words = {
        "top_share": f"top {percent_of(definition.amount)}",
        "top_n": f"top {number(definition.amount)}",
        "threshold": f"from {percent_of(definition.amount)} probability",
        "min_expected_revenue": f"from {money(definition.amount, currency)} expected",
        "all": "all filtered" if definition.chosen.any else "everyone",
    }[definition.pick]
    return f"{result_name}, {words}"[:100]


def filter_words(filters: Filters, clusters: dict[int, str], currency: str | None) -> list[str]:
    """Say each filter."""
    return [text for _, text in said(filters, clusters, currency)]


def definition_lines(
    definition: Definition, clusters: dict[int, str], currency: str | None
) -> list[tuple[str, str]]:
    """Return a definition in words, line by line, each under a name."""
    filters = filter_words(definition.chosen, clusters, currency)
    bought = "left out" if definition.leave_out_buyers else "included"
    form = FORMS[definition.id_form]
    once = (
        "one row per visitor (best session)" if definition.one_row_per == "visitor" else "one row per session"
    )
    first = pick_words(definition, currency)
    return [
        ("Who", f"{first[0].upper()}{first[1:]}"),
        ("Sessions", "; ".join(filters) if filters else "all of this result"),
        ("Already bought", bought),
        ("Hold-out", held_out_words(definition)),
        ("Ids", f"{definition.id_kind} ids, {form}; {once}"),
        ("Contact", contact_words(definition, currency)),
    ]


def held_out_words(definition: Definition) -> str:
    """Say who is held out."""
    if not definition.held_out:
        return "none, so the campaign's effect can't be measured"
    return f"{percent_of(definition.held_out)}, at random; the seed is {definition.salt}"


def contact_words(definition: Definition, currency: str | None) -> str:
    """Say what a contact is assumed to cost and to earn."""
    return (
        f"costs {money(definition.cost, currency)} and {effect_words(definition)}; "
        f"margin {percent_of(definition.margin)}. Assumed, not measured"
    )


def effect_words(definition: Definition) -> str:
    """Say what a contact is assumed to do to the chance of a purchase."""
    share = percent_of(definition.effect)
    if definition.effect_as == "relative":
        return f"lifts purchase probability by {share} (relative)"
    return f"adds {share.removesuffix('%')} percentage points to purchase probability"


def percent_of(share: float) -> str:
    """Write a share somebody has set, with no more decimals than it has."""
    return f"{100 * share:.4g}%"


def band_range(low: float | None, high: float | None) -> str:
    """Write which probabilities a band has."""
    if low is None:
        return f"below {percent(high)}"
    return f"{percent(low)} or more" if high is None else f"{percent(low)} to {percent(high)}"
