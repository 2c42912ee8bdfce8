"""The outcomes of an audience: who of those contacted and held out has bought, by their ids.

From a small file (an id a row; hashed or as they are, recognised by what matches), or from a later result in
which the same visitors appear. Nobody's id is kept: what stays are counts and sums of the two groups.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa

from core.audiences import HELD_OUT, TREATED
from core.audiences.members import Members, hashed_key_sql
from core.audiences.selection import MORE
from core.base.errors import UpliftError
from core.base.formulas import original
from core.base.normal_ids import normal_id
from core.base.shop import written_time
from core.ingest.cells.sniff import SPOILT_ID, are_numbers
from core.ingest.cells.synonyms import EVENT_COLUMNS, NO, SESSION_COLUMNS, YES
from core.ingest.formats.guess import MONEY, guess_target
from core.ingest.formats.outcomes import Other, of_window, other_outcome
from core.ingest.formats.twins import name_words
from core.results import query
from core.results.sources import Source
from core.uplift.cautions import balance, cautions
from core.uplift.order_columns import filled, order_columns
from core.uplift.orders import Settled, settle
from core.uplift.outcome_records import Outcomes, Side
from core.uplift.outcome_table import Sheet

__all__ = ["Outcomes", "Side", "balance", "cautions", "from_file", "from_result"]

#: Headers that tell what a column holds, in lower case: those that have to be the whole header, and words
#: that are enough among others, as in "Revenue (EUR)".
WHOLE = {
    "bought": ("bought", "purchased", "purchase", "converted", "conversion", "buyer", "gekauft", "kauf"),
    "orders": ("orders", "order_count", "n_orders", "purchases", "bestellungen", "transactions"),
    "revenue": (
        "revenue",
        "umsatz",
        "order_value",
        "order value",
        "amount",
        "total",
        "sales",
        "value",
        "paid",
    ),
    "contacted": ("contacted", "sent", "delivered", "received", "group", "gruppe"),
}
AMONG = {
    "bought": ("bought", "purchased", "converted", "gekauft"),
    "orders": ("orders", "bestellungen"),
    "revenue": ("revenue", "umsatz"),
    "contacted": ("contacted",),
}
#: The groups' own names say who was contacted as well.
GROUPS = {
    TREATED: True,
    "contacted": True,
    HELD_OUT: False,
    "held-out": False,
    "holdout": False,
    "control": False,
}


def from_file(members: Members, sheet: Sheet) -> Outcomes:
    """Read an audience's outcomes from a table: what one id did in all of its rows is added up.

    Raises
    ------
    UpliftError
        If no column holds this audience's ids, or a cell can't be understood.
    """
    with query.connect(alone=True) as connection:
        _lay_out(connection, members)
        sheet = _with_header(connection, sheet, members)
        key, hashed = _id_column(connection, sheet, members)
        columns, lines, notes = _recognised(sheet, key)
        warnings: list[str] = []
        table, settled = _told(sheet, key, columns, lines, members)
        connection.register("rows_told", table)
        connection.execute(
            f"CREATE TEMP TABLE told AS SELECT {_spelt(members, hashed)} AS key, * FROM rows_told"
        )
        treated, held_out, matched = _sides(
            connection, revenue=bool({"revenue", "price"} & {*columns, *lines})
        )
    spoilt = [cell.strip() for cell in sheet.column(key) if SPOILT_ID.fullmatch(cell)]
    if spoilt:
        text = f"{len(spoilt):,} of the ids lost digits in a spreadsheet ({spoilt[0]}) and match nobody. "
        warnings.append(f"{text}Export again without opening the file in a spreadsheet.")
    ids = len(set(table["id"].to_pylist()) - {""})
    if not {"bought", "orders", "revenue", "order_id", "event_type"} & {*columns, *lines}:
        notes.append("No column says who bought, so everyone in the file counts as a buyer.")
    return Outcomes(
        source=sheet.filename,
        from_file=True,
        treated=treated if "contacted" in columns else replace(treated, contacted=None),
        held_out=held_out if "contacted" in columns else replace(held_out, contacted=None),
        people=treated.n + held_out.n,
        ids=ids,
        matched=matched,
        repeated=len(sheet.rows) - sum(cell.strip() == "" for cell in sheet.column(key)) - ids,
        columns={
            "id": key,
            **columns,
            **lines,
            "ids are": "hashed (SHA-256)" if hashed else "as in the export",
        },
        notes=(*notes, *(settled.notes if settled else ())),
        currency=settled.currency if settled else None,
        warnings=(*warnings, *(settled.warnings if settled else ())),
    )


def from_result(members: Members, later: Source) -> Outcomes:
    """Read an audience's outcomes from a result in which the same visitors appear.

    Sessions up to the last one of the audience's own result are left out: they were before the choice.

    Raises
    ------
    UpliftError
        If the audience is one of sessions, or the result doesn't tell visitors or purchases.
    """
    if members.id_kind != "visitor":
        raise UpliftError(
            "This audience is made of sessions, and sessions never return.",
            where=later.name,
            remedy="Upload a file with session ids and whether they bought.",
        )
    sessions = later.scored
    known = query.known_columns(sessions)
    for column, what in (("visitor_id", "Visitor ids are"), ("purchased", "Purchases are")):
        if column not in known:
            raise UpliftError(
                f"{what} missing from this result.",
                where=later.name,
                remedy="Choose another, or upload a file.",
            )
    since, notes = _since(members, later), []
    if since is not None:
        notes.append(f"Sessions up to {written_time(since)} are left out: they were there before.")
    view, bound = query.view_sql(sessions)
    with query.connect(alone=True) as connection:
        _lay_out(connection, members)
        connection.execute(
            f"CREATE TEMP TABLE told AS SELECT {members.key_sql('visitor_id')} AS key, "
            "bool_or(coalesce(purchased, false)) AS bought, coalesce(sum(revenue), 0)::DOUBLE AS revenue, "
            f"NULL::BOOLEAN AS contacted FROM ({view}) WHERE visitor_id IS NOT NULL"
            f"{' AND started_at > ?' if since is not None else ''} GROUP BY 1",
            [*bound, *([since] if since is not None else [])],
        )
        ids = int(connection.execute("SELECT count(*) FROM told").fetchall()[0][0])
        treated, held_out, matched = _sides(connection, revenue="revenue" in known)
    if not ids:
        raise UpliftError(
            "This result has no sessions later than the audience's own.",
            where=later.name,
            remedy="Choose a result from after the campaign.",
        )
    return Outcomes(
        source=later.name,
        from_file=False,
        treated=replace(treated, contacted=None),
        held_out=replace(held_out, contacted=None),
        people=treated.n + held_out.n,
        ids=ids,
        matched=matched,
        repeated=0,
        columns={"id": "visitor_id"},
        notes=tuple(notes),
        currency=later.currency,
    )


def _lay_out(connection: duckdb.DuckDBPyConnection, members: Members) -> None:
    """Make a table of the audience's people: what is kept of the id, whether held out, the probability."""
    connection.execute("CREATE TEMP TABLE people AS FROM read_parquet(?)", [str(members.path)])


def _spelt(members: Members, hashed: bool) -> str:
    return hashed_key_sql("id") if hashed else members.key_sql("id")


def _with_header(connection: duckdb.DuckDBPyConnection, sheet: Sheet, members: Members) -> Sheet:
    """Return a sheet whose first row is an id like the others with names of columns over it."""
    names = pa.table({"id": [normal_id(name) for name in sheet.columns]})
    connection.register("tried", names)
    known = any(_known(connection, members, hashed) for hashed in (False, True))
    connection.unregister("tried")
    return sheet.with_header_as_row() if known else sheet


def _ids(sheet: Sheet, name: str) -> list[str]:
    """Return the ids in a column as they are compared: 1001.0, as data frames write it, is 1001."""
    cells = [normal_id(original(cell.strip())) for cell in sheet.column(name)]
    if any(re.fullmatch(r"\d+\.0", cell) for cell in cells):
        return [re.sub(r"^(\d+)\.0$", r"\1", cell) for cell in cells]
    return cells


def _known(connection: duckdb.DuckDBPyConnection, members: Members, hashed: bool) -> int:
    """Return how many ids of the table ``tried`` are the audience's, if they are spelt like that."""
    (count,) = connection.execute(
        f"SELECT count(*) FROM (SELECT {_spelt(members, hashed)} AS key FROM tried) JOIN people USING (key)"
    ).fetchall()[0]
    return int(count)


def _id_column(connection: duckdb.DuckDBPyConnection, sheet: Sheet, members: Members) -> tuple[str, bool]:
    """Return the column whose ids are the audience's, and whether they are hashed."""
    best: tuple[int, str, bool] = (0, "", False)
    for name in sheet.columns:
        keys = pa.table({"id": sorted(set(_ids(sheet, name)) - {""})})
        if not len(keys):
            continue
        connection.register("tried", keys)
        for hashed in (False, True):
            count = _known(connection, members, hashed)
            if count > best[0]:
                best = (count, name, hashed)
        connection.unregister("tried")
    if not best[0]:
        kind = members.id_kind
        raise UpliftError(
            f"No column holds the ids of this audience's {kind}s, hashed or not.",
            where=f"{sheet.filename}, columns {', '.join(f'“{name}”' for name in sheet.columns[:8])}",
            remedy=f"Use the ids from the downloaded list: its column {members.id_column}.",
        )
    return best[1], best[2]


def _recognised(sheet: Sheet, key: str) -> tuple[dict[str, str], dict[str, str], list[str]]:
    """Return which column tells what, which are orders' own, by their headers, and notes on the others."""
    whole = {word for words in WHOLE.values() for word in words}
    lines = order_columns(sheet, {key, *(name for name in sheet.columns if name.strip().lower() in whole)})
    plain = {name: name.strip().lower().replace("-", "_") for name in sheet.columns if name != key}
    plain = {name: header for name, header in plain.items() if name not in lines.values()}
    others = {name: other for name in plain if (other := _other_outcome(name))}
    plain = {name: header for name, header in plain.items() if name not in others}
    found: dict[str, str] = {}
    for what, words in WHOLE.items():
        named = [name for word in words for name, header in plain.items() if header == word]
        named += [name for word in AMONG[what] for name, header in plain.items() if word in _words(header)]
        if what == "revenue" and not named:
            named = [name for name in plain if guess_target(name, EVENT_COLUMNS) == what]
            named += [name for name in plain if MONEY & set(name_words(name)) and _is_money(sheet, name)]
        if what == "bought" and not named:
            named = [name for name in plain if _says_who_bought(sheet, name)]
        # What an audience's own list says was predicted before the campaign.
        free = [name for name in named if name not in found.values() and plain[name] not in MORE]
        if free:
            found[what] = free[0]
    if "contacted" in found and _contacted(sheet, found["contacted"]) is None:
        del found["contacted"]
    _refuse_unless_outcome(sheet, others, {*found, *lines})
    left = [name for name, header in plain.items() if name not in found.values() and header not in MORE]
    notes = [f"Not used: {', '.join(f'“{name}”' for name in left[:8])}."] if left else []
    notes += [f"“{name}” says {other}, so it isn't read as who bought." for name, other in others.items()]
    return found, lines, notes


def _other_outcome(name: str) -> Other | None:
    """Return what a heading says of buying that isn't who bought after the campaign.

    An outcome file is of a campaign's days: “bought in the last 30 days” is what it is about.
    """
    other = other_outcome(name)
    return None if other == Other.PAST and of_window(name) else other


def _refuse_unless_outcome(sheet: Sheet, others: Mapping[str, Other], found: set[str]) -> None:
    """Refuse a file whose only columns of buying are of another time, or say that nobody did."""
    if others and not found & {"bought", "orders", "revenue", "order_id", "event_type"}:
        name, other = next(iter(others.items()))
        raise UpliftError(
            f"“{name}” says {other}, and no other column says who bought.",
            where=sheet.filename,
            remedy="Add a column that says who bought after the campaign, such as “bought” with yes and no.",
        )


def _is_money(sheet: Sheet, name: str) -> bool:
    return are_numbers(filled(sheet.column(name)))


def _says_who_bought(sheet: Sheet, name: str) -> bool:
    """Whether a heading promises an outcome and a cell holds a word for one."""
    cells = {cell.strip().lower() for cell in sheet.column(name)}
    return guess_target(name, SESSION_COLUMNS) == "purchased" and any(
        cell in (*YES, *NO) and not cell.replace(".", "").isdigit() for cell in cells
    )


def _words(header: str) -> list[str]:
    return "".join(letter if letter.isalpha() else " " for letter in header).split()


def _told(
    sheet: Sheet, key: str, columns: Mapping[str, str], lines: Mapping[str, str], members: Members
) -> tuple[pa.Table, Settled | None]:
    """Return what each row says of its person, and how orders were settled where rows are of orders."""
    n = len(sheet.rows)
    ids = _ids(sheet, key)
    revenue = [0.0] * n
    said: list[bool] | None = None
    if "bought" in columns:
        said = sheet.flags(columns["bought"])
    elif "orders" in columns:
        said = [orders > 0 for orders in sheet.numbers(columns["orders"])]
    settled = None
    if lines or "revenue" in columns:
        settled = settle(
            sheet,
            {**lines, **{role: name for role, name in columns.items() if role == "revenue"}},
            owners=ids,
            bought=said,
            since=members.last,
            currency=members.currency,
        )
        bought, revenue = settled.bought, settled.revenue
    else:
        bought = [True] * n if said is None else said
    contacted = _contacted(sheet, columns["contacted"]) if "contacted" in columns else [None] * n
    table = pa.table(
        {"id": ids, "bought": bought, "revenue": revenue, "contacted": pa.array(contacted, pa.bool_())}
    )
    return table, settled


def _contacted(sheet: Sheet, name: str) -> list[bool] | None:
    """Return who was contacted, by a column of yes and no or of groups; None where it is neither."""
    cells = [cell.strip().lower() for cell in sheet.column(name)]
    if all(cell in GROUPS or not cell for cell in cells):
        return [GROUPS.get(cell, False) for cell in cells]
    try:
        return sheet.flags(name)
    except UpliftError:
        return None


def _sides(connection: duckdb.DuckDBPyConnection, *, revenue: bool) -> tuple[Side, Side, int]:
    """Return both groups. Whoever was drawn counts once: bought at all, and paid in total."""
    rows: Sequence[Any] = connection.execute(
        """
        WITH summed AS (
            SELECT key, bool_or(bought) AS bought, sum(revenue) AS revenue, bool_or(contacted) AS contacted
            FROM told GROUP BY key)
        SELECT held_out, count(*), count(summed.key), count(*) FILTER (bought),
            coalesce(sum(revenue), 0), coalesce(sum(revenue * revenue), 0), avg(probability),
            var_samp(probability), count(*) FILTER (contacted), max(revenue)
        FROM people LEFT JOIN summed USING (key) GROUP BY held_out
        """
    ).fetchall()
    sides = {False: _nobody(revenue), True: _nobody(revenue)}
    for held_out, n, listed, buyers, paid, squares, probability, variance, contacted, largest in rows:
        sides[bool(held_out)] = Side(
            n=n,
            listed=listed,
            buyers=buyers,
            revenue=float(paid) if revenue else None,
            squares=float(squares) if revenue else None,
            probability=probability,
            variance=variance,
            contacted=contacted,
            largest=float(largest) if revenue and largest is not None else None,
        )
    return sides[False], sides[True], sides[False].listed + sides[True].listed


def _nobody(revenue: bool) -> Side:
    nothing = 0.0 if revenue else None
    return Side(
        n=0,
        listed=0,
        buyers=0,
        revenue=nothing,
        squares=nothing,
        probability=None,
        variance=None,
        contacted=0,
    )


def _since(members: Members, later: Source) -> datetime | None:
    """Return the moment of the last session the audience was chosen from, where the later result has it."""
    (row,) = query.ask(later.scored, "SELECT min(started_at) AS first FROM sessions")
    if members.last is None or row["first"] is None or row["first"] > members.last:
        return None
    return members.last
