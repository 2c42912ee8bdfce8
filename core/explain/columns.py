"""Reasons as columns of a download, worked out while its rows are sent."""

from __future__ import annotations

from functools import partial

from core.analysis.sources import find_source
from core.explain.attribution import Target
from core.explain.explained import explain_one
from core.explain.reasons import REASONS, reason_columns, reason_schema
from core.explain.sampling import predictor_of
from core.export import Added

#: What the address may say after ``reasons=``, and which prediction is meant.
ASKED: dict[str, Target] = {"yes": "purchase", "purchase": "purchase", "revenue": "revenue"}


def asked_reasons(result_id: str, asked: str | None) -> Added | None:
    """Return the columns of reasons a download asks for; None if it asks for none.

    Each row gets its three strongest reasons, as a sentence, a feature and points.

    Raises
    ------
    ExplainError
        If the model that scored the result is gone, or has no reasons to give.
    """
    target = ASKED.get(asked or "")
    if target is None:
        return None
    source = find_source(result_id)
    predictor = predictor_of(source)
    # What can't be explained is to be told before the first row is sent.
    explain_one(predictor, {}, target)
    # One thread, as the download itself: others are waiting for pages.
    make = partial(reason_columns, predictor, target=target, currency=source.currency, threads=1)
    return Added(schema=reason_schema(REASONS), make=make)
