"""The same counts in pandas, written from the definition and not from the code."""

from __future__ import annotations

from collections import Counter

import pandas as pd

ORDER = (
    "page_view list_view search click other product_view cart_add cart_remove cart_view checkout purchase"
).split()
LOOKED = set(ORDER[:6])


def of_log(log: pd.DataFrame, *, level: str = "type", merge: bool = True) -> dict[str, list[tuple]]:
    """Return each session's steps up to its first purchase, with their times, and how it ended.

    ``log`` has session_id, timestamp, event_type and, where the export has one, order and category.
    """
    log = log.assign(rank=log.event_type.map({kind: rank for rank, kind in enumerate(ORDER)}))
    keys = [name for name in ("timestamp", "order", "rank") if name in log]
    log = log.sort_values(["session_id", *keys], kind="stable")
    paths: dict[str, list[tuple]] = {}
    for session, moment, kind, category in zip(
        log.session_id, log.timestamp, log.event_type, log.category, strict=True
    ):
        steps = paths.setdefault(session, [])
        if steps and steps[-1][0] == "bought":
            continue
        if kind == "purchase":
            steps.append(("bought", moment))
            continue
        named = level == "category" and kind in LOOKED and isinstance(category, str)
        step = f"category:{category}" if named else kind
        if not (merge and steps and steps[-1][0] == step):
            steps.append((step, moment))
    for steps in paths.values():
        if steps[-1][0] != "bought":
            steps.append(("left", None))
    return paths


def names(paths: dict[str, list[tuple]]) -> list[list[str]]:
    return [[step for step, _ in steps] for steps in paths.values()]


def first(paths: list[list[str]], n: int) -> Counter:
    """Count (column, source, target) of the first n steps."""
    counts: Counter = Counter()
    for steps in paths:
        for place, step in enumerate(steps[:n]):
            counts[place + 1, steps[place - 1] if place else None, step] += 1
    return counts


def last(paths: list[list[str]], n: int) -> Counter:
    """Count (column, source, target) of the last n steps and the end, which stands in column n + 1."""
    counts: Counter = Counter()
    for steps in paths:
        shown = steps[-(n + 1) :]
        for place, step in enumerate(shown):
            column = n + 1 - len(shown) + place + 1
            counts[column, shown[place - 1] if place else None, step] += 1
    return counts
