"""Clusters get names and sentences that are true, each its own."""

from __future__ import annotations

import pytest

from core.training.cluster_naming import Profile, archetypes, claim_holds, describe_clusters


def profile(some: dict[str, float] | None = None, **averages: tuple[float, float]) -> Profile:
    """Return a profile of feature=(average, difference)."""
    return Profile(
        {name: average for name, (average, _) in averages.items()},
        {name: (some or {}).get(name, 1.0) for name in averages},
        {name: difference for name, (_, difference) in averages.items()},
    )


OVERALL = profile(
    {"cart_adds": 0.1, "checkouts": 0.03, "searches": 0.3},
    product_views=(3.0, 0.0),
    duration_seconds=(240.0, 0.0),
    cart_adds=(0.2, 0.0),
    checkouts=(0.05, 0.0),
    searches=(0.5, 0.0),
)


def test_a_sentence_says_in_figures_what_the_name_says() -> None:
    carts = profile(
        {"cart_adds": 1.0, "checkouts": 0.0},
        product_views=(6.0, 0.8),
        cart_adds=(1.4, 3.0),
        checkouts=(0.0, -0.2),
    )
    (name,), (sentence,) = describe_clusters([carts], OVERALL)

    assert name == "Carts without checkout"
    assert sentence == (
        "Fill a cart without a checkout step before they buy or leave: all add something to the cart "
        "(all visits: 10%) and none go to the checkout (all visits: 3%)."
    )


@pytest.mark.parametrize(
    ("kind", "not_this"),
    [
        (profile(product_views=(17.0, 0.2), page_views=(0.5, -0.6)), "Single-product visitors"),
        (profile(product_views=(9.0, -1.0), duration_seconds=(600.0, -1.0)), "Quick lookers"),
        (profile({"checkouts": 0.1}, checkouts=(0.1, 0.4), cart_adds=(0.2, 0.1)), "Ready to buy"),
    ],
)
def test_no_name_is_given_that_the_figures_give_the_lie(kind: Profile, not_this: str) -> None:
    (name,), _ = describe_clusters([kind], kind)

    assert name != not_this


def test_no_name_says_much_of_what_is_below_the_average_shown() -> None:
    """A few very long visits lift the average: longer than most by logs, and yet below it in minutes."""
    overall = profile(bounce_rate=(0.02, 0.0), duration_seconds=(900.0, 0.0))
    kind = profile(bounce_rate=(0.03, 0.3), duration_seconds=(400.0, 0.9))
    (name,), (sentence,) = describe_clusters([kind], overall)

    assert name == "High bounce rate"
    assert "stay" not in sentence


def test_nobody_is_called_a_searcher_where_searches_are_missing() -> None:
    kind = profile(product_views=(2.0, -0.3), page_views=(1.0, -0.9), clicks=(3.0, 0.1))
    (name,), _ = describe_clusters([kind], profile(product_views=(3.0, 0.0), page_views=(4.0, 0.0)))

    assert name != "Searchers"
    assert not claim_holds("Searchers", kind, kind)


def test_whether_a_kept_name_is_still_true_is_known() -> None:
    long = profile(product_views=(9.0, 1.0), duration_seconds=(600.0, 1.0))
    short = profile(product_views=(1.0, -1.0), duration_seconds=(30.0, -1.0))

    assert claim_holds("High time spent", long, OVERALL)
    assert not claim_holds("High time spent", short, OVERALL)
    assert not claim_holds("Many products viewed and high time spent", short, OVERALL)
    assert claim_holds("Comparers", long, OVERALL)
    assert not claim_holds("Comparers", short, OVERALL)
    assert claim_holds("Our best friends", short, OVERALL), "a name given by hand"


def test_clusters_exactly_alike_still_get_names_of_their_own() -> None:
    same = [profile(searches=(1.0, 0.0)) for _ in range(20)]
    names, sentences = describe_clusters(same, same[0])

    assert len(set(names)) == 20
    assert all("close to the average" in sentence for sentence in sentences)


def test_a_taken_name_is_not_given_again() -> None:
    glances = profile(product_views=(0.2, -1.2), duration_seconds=(8.0, -1.2))
    (first,), _ = describe_clusters([glances], OVERALL)
    (second,), _ = describe_clusters([glances], OVERALL, taken=["QUICK LOOKERS"])

    assert first == "Quick lookers"
    assert second != first


def test_columns_of_ones_own_are_named_in_words() -> None:
    kind = profile(PageValues=(40.0, 1.4), bounce_rate=(0.01, -0.6))
    overall = profile(PageValues=(6.0, 0.0), bounce_rate=(0.02, 0.0))
    (name,), (sentence,) = describe_clusters([kind], overall)

    assert name == "High page values"
    assert "have page values of 40 (all visits: 6.0)" in sentence


def test_every_archetype_can_be_read_and_has_a_name_of_its_own() -> None:
    known = archetypes()

    assert len({archetype.name.casefold() for archetype in known}) == len(known)
    assert all(not archetype.opening.endswith(".") and archetype.signature for archetype in known)


def test_none_at_all_is_not_called_few() -> None:
    bare = profile({"cart_adds": 0.0}, cart_adds=(0.0, -0.4), product_views=(3.0, 0.0))
    taken = [archetype.name for archetype in archetypes()]
    (name,), _ = describe_clusters([bare], OVERALL, taken=taken)

    assert name == "No products added to cart"
    assert claim_holds(name, bare, OVERALL)
    filled = profile({"cart_adds": 1.0}, cart_adds=(2.0, 1.0))
    assert not any(claim_holds(said, filled, OVERALL) for said in (name, "Few cart adds"))
