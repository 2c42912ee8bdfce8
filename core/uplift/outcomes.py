"""The outcomes of an audience: who of those contacted and held out has bought, by their ids.

From a small file (an id a row; hashed or as they are, recognised by what matches), or from a later result in
which the same visitors appear. Nobody's id is kept: what stays are counts and sums of the two groups.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal, Self

import duckdb
import pyarrow as pa
from scipy import special

from core.audiences import HELD_OUT, TREATED, normal_id
from core.audiences.holdout import normal_sql
from core.audiences.members import Members, hashed_key_sql, key_sql
from core.audiences.selection import MORE
from core.base.errors import UpliftError
from core.results import query
from core.results.sources import Source
from core.uplift.outcome_table import Sheet
from core.uplift.records import Group

#: What becomes of people nothing is told of: they didn't buy, or they are left out.
Missing = Literal["no", "unknown"]

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
#: From here on the groups' predicted probabilities differ more than the draw explains.
UNLIKELY = 0.01
#: Below this share of the file's ids that are known, it is probably another audience's.
FEW_MATCHED = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two groups: how many are told of, what they did, and what was predicted of them.

    ``listed`` is how many of its ``n`` the outcomes name; ``contacted`` how many of those, by a column
    that says so, None without one. ``probability`` is the average predicted before, ``variance`` its spread.
    """

    n: int
    listed: int
    buyers: int
    revenue: float | None
    squares: float | None
    probability: float | None
    variance: float | None
    contacted: int | None = None

    @property
    def group(self) -> Group:
        """What the effect is reckoned from."""
        return Group(n=self.n, buyers=self.buyers, revenue=self.revenue, squares=self.squares)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """What became of an audience.

    ``source`` is the file or result it was read from. ``people`` are in the audience; ``ids`` are in the
    outcomes, ``matched`` of them in the audience, ``repeated`` rows of theirs were added to another one.
    ``columns`` says which column told what.
    """

    source: str
    from_file: bool
    treated: Side
    held_out: Side
    people: int
    ids: int
    matched: int
    repeated: int
    columns: dict[str, str]
    notes: tuple[str, ...] = ()

    def only_listed(self) -> Self:
        """Return them with those left out nothing is told of: as ``missing`` "unknown" has it."""
        return replace(
            self,
            treated=replace(self.treated, n=self.treated.listed),
            held_out=replace(self.held_out, n=self.held_out.listed),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {**asdict(self), "notes": list(self.notes)}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Self:
        """Read what ``to_dict`` wrote."""
        sides = {name: Side(**told[name]) for name in ("treated", "held_out")}
        return cls(**{**told, **sides, "notes": tuple(told["notes"])})


def cautions(found: Outcomes) -> tuple[str, ...]:
    """Return what speaks against reading the effect off these outcomes."""
    told = []
    if found.held_out.contacted:
        many = found.held_out.contacted
        told.append(
            f"{many:,} of those held out {'was' if many == 1 else 'were'} contacted all the same. "
            "The effect looks smaller than it is."
        )
    if found.treated.contacted is not None and found.treated.contacted < found.treated.listed:
        told.append(
            f"{found.treated.listed - found.treated.contacted:,} of those to be contacted were not. They "
            "still count among the contacted: leaving them out would make the groups unlike each other."
        )
    chance = balance(found)
    if chance is not None and chance < UNLIKELY:
        likelier = (found.treated.probability or 0.0) > (found.held_out.probability or 0.0)
        told.append(
            f"Before the campaign, the {'contacted' if likelier else 'held out'} were likelier to buy "
            f"({100 * (found.treated.probability or 0.0):.2f}% predicted for the contacted, "
            f"{100 * (found.held_out.probability or 0.0):.2f}% for those held out), more than a random draw "
            "explains. Part of the difference is theirs, not the campaign's."
        )
    if not found.from_file and not found.matched:
        told.append("Nobody of this audience is in that result. Are its visitors' ids spelt the same way?")
    # A later export has everybody in it; a file is made for the audience.
    if found.from_file and found.ids and found.matched < FEW_MATCHED * found.ids:
        told.append(
            f"Only {found.matched:,} of {found.ids:,} ids are in this audience. Are these its outcomes?"
        )
    return tuple(told)


def balance(found: Outcomes) -> float | None:
    """Return how likely a random draw makes the groups' predicted probabilities differ so much."""
    one, other = found.treated, found.held_out
    if one.probability is None or other.probability is None or one.n < 2 or other.n < 2:
        return None
    spread = (one.variance or 0.0) / one.n + (other.variance or 0.0) / other.n
    if spread <= 0:
        return None
    return float(2 * special.ndtr(-abs(one.probability - other.probability) / math.sqrt(spread)))


def from_file(members: Members, sheet: Sheet) -> Outcomes:
    """Read an audience's outcomes from a table: what one id did in all of its rows is added up.

    Raises
    ------
    UpliftError
        If no column holds this audience's ids, or a cell can't be understood.
    """
    with query.connect(alone=True) as connection:
        _lay_out(connection, members)
        sheet = _with_header(connection, sheet)
        key, hashed = _id_column(connection, sheet, members)
        columns, notes = _recognised(sheet, key)
        table = _told(sheet, key, columns)
        connection.register("rows_told", table)
        connection.execute(f"CREATE TEMP TABLE told AS SELECT {_spelt(hashed)} AS key, * FROM rows_told")
        treated, held_out, matched = _sides(connection, revenue="revenue" in columns)
    ids = len(set(table["id"].to_pylist()) - {""})
    if "bought" not in columns and "orders" not in columns and "revenue" not in columns:
        notes.append("No column says who bought, so everybody in the file counts as a buyer.")
    return Outcomes(
        source=sheet.filename,
        from_file=True,
        treated=treated if "contacted" in columns else replace(treated, contacted=None),
        held_out=held_out if "contacted" in columns else replace(held_out, contacted=None),
        people=treated.n + held_out.n,
        ids=ids,
        matched=matched,
        repeated=len(sheet.rows) - sum(cell.strip() == "" for cell in sheet.column(key)) - ids,
        columns={"id": key, **columns, "ids are": "hashed (SHA-256)" if hashed else "as in the export"},
        notes=tuple(notes),
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
            "This audience is made of sessions, and no session comes twice.",
            where=later.name,
            remedy="Upload a file with the sessions' ids and whether they bought.",
        )
    sessions = later.scored
    known = query.known_columns(sessions)
    for column, what in (("visitor_id", "tell visitors apart"), ("purchased", "say who bought")):
        if column not in known:
            raise UpliftError(
                f"This result doesn't {what}.", where=later.name, remedy="Choose another, or upload a file."
            )
    since, notes = _since(members, later), []
    if since is not None:
        notes.append(f"Sessions up to {since:%-d %b %Y, %H:%M} UTC are left out: they were there before.")
    view, bound = query.view_sql(sessions)
    with query.connect(alone=True) as connection:
        _lay_out(connection, members)
        connection.execute(
            f"CREATE TEMP TABLE told AS SELECT {key_sql(normal_sql('visitor_id'))} AS key, "
            "bool_or(coalesce(purchased, false)) AS bought, coalesce(sum(revenue), 0)::DOUBLE AS revenue, "
            f"NULL::BOOLEAN AS contacted FROM ({view}) WHERE visitor_id IS NOT NULL"
            f"{' AND started_at > ?' if since is not None else ''} GROUP BY 1",
            [*bound, *([since] if since is not None else [])],
        )
        ids = int(connection.execute("SELECT count(*) FROM told").fetchall()[0][0])
        treated, held_out, matched = _sides(connection, revenue="revenue" in known)
    if not ids:
        raise UpliftError(
            "This result has no sessions after those the audience was chosen from.",
            where=later.name,
            remedy="Choose a result of the days after the campaign.",
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
    )


def _lay_out(connection: duckdb.DuckDBPyConnection, members: Members) -> None:
    """Make a table of the audience's people: what is kept of the id, whether held out, the probability."""
    connection.execute("CREATE TEMP TABLE people AS FROM read_parquet(?)", [str(members.path)])


def _spelt(hashed: bool) -> str:
    return hashed_key_sql("id") if hashed else key_sql("id")


def _with_header(connection: duckdb.DuckDBPyConnection, sheet: Sheet) -> Sheet:
    """Return a sheet whose first row is an id like the others with names of columns over it."""
    names = pa.table({"id": [normal_id(name) for name in sheet.columns]})
    connection.register("tried", names)
    known = any(_known(connection, hashed) for hashed in (False, True))
    connection.unregister("tried")
    return sheet.with_header_as_row() if known else sheet


def _known(connection: duckdb.DuckDBPyConnection, hashed: bool) -> int:
    """Return how many ids of the table ``tried`` are the audience's, if they are spelt like that."""
    (count,) = connection.execute(
        f"SELECT count(*) FROM (SELECT {_spelt(hashed)} AS key FROM tried) JOIN people USING (key)"
    ).fetchall()[0]
    return int(count)


def _id_column(connection: duckdb.DuckDBPyConnection, sheet: Sheet, members: Members) -> tuple[str, bool]:
    """Return the column whose ids are the audience's, and whether they are hashed."""
    best: tuple[int, str, bool] = (0, "", False)
    for name in sheet.columns:
        keys = pa.table({"id": sorted({normal_id(cell) for cell in sheet.column(name)} - {""})})
        if not len(keys):
            continue
        connection.register("tried", keys)
        for hashed in (False, True):
            count = _known(connection, hashed)
            if count > best[0]:
                best = (count, name, hashed)
        connection.unregister("tried")
    if not best[0]:
        kind = members.id_kind
        raise UpliftError(
            f"No column holds the ids of this audience's {kind}s, neither as they are nor hashed.",
            where=f"{sheet.filename}, columns {', '.join(f'“{name}”' for name in sheet.columns[:8])}",
            remedy=f"Use the ids of the audience's own file: its column {members.id_column}.",
        )
    return best[1], best[2]


def _recognised(sheet: Sheet, key: str) -> tuple[dict[str, str], list[str]]:
    """Return which column tells what, by its header, and notes on the others."""
    plain = {name: name.strip().lower().replace("-", "_") for name in sheet.columns if name != key}
    found: dict[str, str] = {}
    for what, words in WHOLE.items():
        named = [name for word in words for name, header in plain.items() if header == word]
        named += [name for word in AMONG[what] for name, header in plain.items() if word in _words(header)]
        free = [name for name in named if name not in found.values()]
        if free:
            found[what] = free[0]
    if "contacted" in found and _contacted(sheet, found["contacted"]) is None:
        del found["contacted"]
    left = [name for name, header in plain.items() if name not in found.values() and header not in MORE]
    return found, ([f"Not used: {', '.join(f'“{name}”' for name in left[:8])}."] if left else [])


def _words(header: str) -> list[str]:
    return "".join(letter if letter.isalpha() else " " for letter in header).split()


def _told(sheet: Sheet, key: str, columns: Mapping[str, str]) -> pa.Table:
    n = len(sheet.rows)
    revenue = sheet.numbers(columns["revenue"]) if "revenue" in columns else [0.0] * n
    bought = [True] * n
    if "bought" in columns:
        bought = sheet.flags(columns["bought"])
    elif "orders" in columns:
        bought = [orders > 0 for orders in sheet.numbers(columns["orders"])]
    elif "revenue" in columns:
        bought = [paid > 0 for paid in revenue]
    contacted = _contacted(sheet, columns["contacted"]) if "contacted" in columns else [None] * n
    return pa.table(
        {
            "id": [normal_id(cell) for cell in sheet.column(key)],
            "bought": bought,
            "revenue": revenue,
            "contacted": pa.array(contacted, pa.bool_()),
        }
    )


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
    """Return both groups. Whoever was drawn counts once: bought at all, and paid in all."""
    rows: Sequence[Any] = connection.execute(
        """
        WITH summed AS (
            SELECT key, bool_or(bought) AS bought, sum(revenue) AS revenue, bool_or(contacted) AS contacted
            FROM told GROUP BY key)
        SELECT held_out, count(*), count(summed.key), count(*) FILTER (bought),
            coalesce(sum(revenue), 0), coalesce(sum(revenue * revenue), 0), avg(probability),
            var_samp(probability), count(*) FILTER (contacted)
        FROM people LEFT JOIN summed USING (key) GROUP BY held_out
        """
    ).fetchall()
    sides = {False: _nobody(revenue), True: _nobody(revenue)}
    for held_out, n, listed, buyers, paid, squares, probability, variance, contacted in rows:
        sides[bool(held_out)] = Side(
            n=n,
            listed=listed,
            buyers=buyers,
            revenue=float(paid) if revenue else None,
            squares=float(squares) if revenue else None,
            probability=probability,
            variance=variance,
            contacted=contacted,
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
