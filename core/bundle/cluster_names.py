"""What a cluster may be called: a short name of its own, whoever gives it."""

from __future__ import annotations

from collections.abc import Sequence

from core.base.errors import BundleError

#: A name stands in tables, in legends and on buttons.
LONGEST = 40


def clean_names(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names without needless spaces; an empty one stays empty.

    Raises
    ------
    BundleError
        If two are the same, or one is too long or can't be written.
    """
    cleaned = tuple(" ".join(name.split()) for name in names)
    told: set[str] = set()
    for name in filter(None, cleaned):
        if len(name) > LONGEST:
            raise BundleError(
                f"“{name[:LONGEST]}…” is too long for a cluster's name.",
                remedy=f"Use up to {LONGEST} characters.",
            )
        if not name.isprintable():
            raise BundleError(
                "A cluster's name contains invisible characters.", remedy="Type the name again."
            )
        if name.casefold() in told:
            raise BundleError(
                f"Two clusters can't both be called “{name}”.", remedy="Give every cluster a name of its own."
            )
        told.add(name.casefold())
    return cleaned
