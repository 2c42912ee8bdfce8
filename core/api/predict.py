"""``POST /api/predict``: session rows in, predictions out, in the same order."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pyarrow as pa
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from core.api.base.permissions import needs
from core.base.errors import NotFoundError, SchemaError
from core.base.settings import Settings, get_settings
from core.bundle.predictor import Predictor
from core.bundle.repository import list_bundles
from core.explain import reasons_of
from core.schema.sessions import FIELD, Kind

MOST_SESSIONS = 10_000
#: What a column of a kind holds, in words.
KINDS: dict[Kind, str] = {
    "id": "a text",
    "time": "a time",
    "count": "a count",
    "amount": "an amount",
    "seconds": "a number of seconds",
    "category": "a text",
    "flag": "true or false",
}

router = APIRouter(prefix="/api", tags=["predictions"], dependencies=[needs("results.read")])


class Sessions(BaseModel):
    """What is asked: session rows by column name; what a row doesn't have counts as unknown."""

    sessions: list[dict[str, str | bool | int | float | None]] = Field(min_length=1, max_length=MOST_SESSIONS)
    bundle: str | None = Field(None, description="Name of the model bundle; the one in use without it.")
    reasons: bool = Field(
        False,
        description="Whether predictions are to have `reasons`: what the probability goes along with most.",
    )


class Predictions(BaseModel):
    """What is answered: one prediction a session, and which bundle made them (amounts in ``currency``).

    A bundle that knows clusters only has no ``threshold`` and leaves purchase and revenue null. Reasons, if
    asked for, are the three strongest of the purchase probability: ``feature``, ``label``, ``points`` (a
    share of 1) and a ``sentence`` each. They tell what goes along with it, not what caused it.
    """

    bundle: str
    currency: str
    synthetic: bool
    threshold: float | None
    predictions: list[dict[str, Any]]


@router.post("/predict")
def predict(asked: Sessions, request: Request) -> Predictions:
    """Predict purchase, revenue and cluster of sessions given as rows."""
    predictor = _predictor(asked.bundle, get_settings())
    table = _table(asked.sessions)
    answer = predictor.predict(table).to_pylist()
    if asked.reasons:
        answer = [
            row | {"reasons": told} for row, told in zip(answer, _reasons(predictor, table), strict=True)
        ]
    return Predictions(
        bundle=predictor.name,
        currency=predictor.currency,
        synthetic=predictor.is_synthetic,
        threshold=predictor.threshold,
        predictions=answer,
    )


def _predictor(bundle: str | None, settings: Settings) -> Predictor:
    names = [manifest.name for manifest in list_bundles(settings)] if bundle else []
    if bundle and bundle not in names:
        raise NotFoundError(
            "There is no model of this name.", where="bundle", remedy=f"Use one of: {', '.join(names)}."
        )
    return Predictor.load(bundle, settings)


def _reasons(predictor: Predictor, table: pa.Table) -> list[list[dict[str, Any]]]:
    return [[asdict(reason) for reason in told] for told in reasons_of(predictor, table)]


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = {name: _column(name, [row.get(name) for row in rows]) for name in names}
    # A table without columns forgets how many rows it has.
    return pa.table(columns or {"session_id": pa.nulls(len(rows), pa.string())})


def _column(name: str, values: list[Any]) -> pa.Array:
    known = FIELD.get(name)
    try:
        if known is not None and known.kind == "time":
            return pa.array(values, pa.string())
        return pa.array(values, known.dtype if known else None)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, UnicodeEncodeError) as error:
        raise SchemaError(
            f"It holds something that is not {KINDS[known.kind] if known else 'values of one kind'}.",
            where=f"column “{name}”",
            remedy="Leave it out where it is not known.",
        ) from error
