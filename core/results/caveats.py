"""What a reader of a result should know before trusting it, in plain sentences."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq

from core.base.memory_database import scratch_database
from core.base.sql import identifier
from core.base.written import percent
from core.bundle.predictor import Predictor
from core.schema.sessions import FIELD

#: What is said of a model that was trained on an export without outcomes.
CLUSTERS_ONLY = (
    "This model has behaviour clusters only, because purchases were missing "
    "from the file it learned from. To predict purchases, train on an export that has them."
)
#: Above this share of sessions, values the model has never seen are worth a sentence.
MANY_UNKNOWN = 0.5
#: What a file itself says in money.
AMOUNTS = ("revenue", "cart_value", "price_mean", "price_max")
#: A sentence names at most this many features.
NAMED = 6


def notes_for(
    scored: Path,
    *,
    predictor: Predictor,
    currency: str | None,
    synthetic: bool,
    shown_in: str | None = None,
) -> tuple[str, ...]:
    """Return the sentences for a file of scored sessions.

    Parameters
    ----------
    currency
        ISO code the export tells, None if it tells none.
    shown_in
        ISO code its amounts are shown in then.
    synthetic
        Whether the export itself is made up.
    """
    untold = _untold(scored, predictor)
    found = (
        None if predictor.predicts_purchase else CLUSTERS_ONLY,
        _trained_on_synthetic(predictor) if not synthetic else None,
        _other_currency(predictor, currency),
        _not_told(untold, predictor),
        *(_unknown_values(scored, predictor, untold)),
        taken_for(scored, shown_in) if currency is None else None,
    )
    return tuple(note for note in found if note)


def taken_for(scored: Path, currency: str | None) -> str | None:
    """Say that amounts are taken to be in the shop's currency, since their file names none.

    None where there are no amounts, or no currency to take them for.
    """
    if currency is None or not _has_any(scored, AMOUNTS):
        return None
    return (
        f"This file names no currency: its amounts are taken to be in {currency}, the currency in Settings. "
        "Nothing is converted."
    )


def _trained_on_synthetic(predictor: Predictor) -> str | None:
    if not predictor.is_synthetic:
        return None
    return (
        f"The model “{predictor.name}” was trained on the synthetic demo shop, not on this shop's visitors. "
        "Treat its numbers as an example until you train a model on your own data."
    )


def _other_currency(predictor: Predictor, currency: str | None) -> str | None:
    if currency is None or currency == predictor.currency or not predictor.predicts_purchase:
        return None
    return (
        f"Amounts in this export are in {currency}, but the model learned from amounts in "
        f"{predictor.currency}. Nothing is converted: predicted revenue takes 1 {predictor.currency} for "
        f"1 {currency}."
    )


def _not_told(untold: Sequence[str], predictor: Predictor) -> str | None:
    if not untold:
        return None
    labels = [FIELD[name].label.lower() if name in FIELD else name for name in untold]
    share = f"{len(untold)} of the model's {len(predictor.form_fields())} inputs"
    be, them = ("is", "it") if len(untold) == 1 else ("are", "them")
    return f"{share} {be} missing from this file, and the model does without {them}: {_listed(labels)}."


def _unknown_values(scored: Path, predictor: Predictor, untold: Sequence[str]) -> list[str]:
    notes = []
    for field in predictor.form_fields():
        choices = [choice for choice in field.choices or () if isinstance(choice, str)]
        if field.kind != "category" or field.name in untold or not choices:
            continue
        # A column of the shop's own may be called anything.
        name = identifier(field.name)
        query = f"""
            select count(*) filter (where {name} not in (select unnest(?))) / count({name})
            from read_parquet(?)"""
        with scratch_database() as connection:
            found = connection.execute(query, [choices, str(scored)]).fetchall()
        share = found[0][0] or 0.0
        if share > MANY_UNKNOWN:
            notes.append(
                f"In {percent(share, 0)} of the sessions the {field.label.lower()} is one the model never "
                "saw, or too rarely to learn from; it treats all of those alike."
            )
    return notes


def _untold(scored: Path, predictor: Predictor) -> list[str]:
    """Return the model's features that are null in every session, read off the file's statistics."""
    metadata = pq.ParquetFile(scored).metadata
    if not metadata.num_rows:
        return []
    names = {metadata.schema.column(i).name: i for i in range(metadata.num_columns)}
    return [field.name for field in predictor.form_fields() if _all_null(metadata, names.get(field.name))]


def _has_any(scored: Path, names: Sequence[str]) -> bool:
    """Tell whether any session has a value in one of the columns, read off the file's statistics."""
    metadata = pq.ParquetFile(scored).metadata
    columns = {metadata.schema.column(i).name: i for i in range(metadata.num_columns)}
    return metadata.num_rows > 0 and any(not _all_null(metadata, columns.get(name)) for name in names)


def _all_null(metadata: pq.FileMetaData, column: int | None) -> bool:
    if column is None:
        return True
    groups = (metadata.row_group(number) for number in range(metadata.num_row_groups))
    return all(
        (statistics := group.column(column).statistics) is not None
        and statistics.null_count == group.num_rows
        for group in groups
    )


def _listed(labels: Sequence[str]) -> str:
    if len(labels) > NAMED:
        return f"{', '.join(labels[:NAMED])} and {len(labels) - NAMED} more"
    return " and ".join(filter(None, [", ".join(labels[:-1]), labels[-1]]))
