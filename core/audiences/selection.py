"""Who is in an audience: a definition applied to scored sessions.

In this order: the sessions the filters mean; without those known to have bought; each visitor once, with
the best session; ranked; cut off by the pick; split into treated and held out. Figures and exports are
made of the same rows: both follow from one ranking, ties broken by the session's id.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, replace
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from core.audiences.defaults import default_definition
from core.audiences.definition import Definition
from core.audiences.holdout import GROUPS, HELD_OUT, TREATED, draw_sql, held_out, spelt_sql
from core.base.errors import AudienceError
from core.base.normal_ids import normal_sql
from core.base.shop import shop_settings
from core.results import query
from core.results.cache import column, column_on_disk
from core.results.scored_sessions import ScoredSessions
from core.results.sources import Source
from core.schema.contact_ids import PLATFORMS

#: What an export tells beside the id and the group.
MORE = ("purchase_probability", "expected_revenue", "cluster_name")
_RANKED = np.dtype(
    [
        ("probability", np.float64),
        ("expected", np.float64),
        ("if_bought", np.float64),
        ("draw", np.float64),
        ("bought", np.int8),
        ("row", np.int32),
    ]
)
Ranked = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """A definition applied to a source.

    ``ranked`` holds the candidates, best first: ``probability``, ``expected`` and ``if_bought`` (amounts,
    NaN where not predicted), ``draw`` (held out below the share), ``bought`` (1, 0, -1 not known), ``row``
    (of the session in the file of ``sessions``). The first ``n`` of them are chosen.
    """

    source: Source
    sessions: ScoredSessions
    definition: Definition
    ranked: Ranked
    n: int

    @property
    def chosen(self) -> Ranked:
        """Those who are in the audience."""
        return self.ranked[: self.n]

    @property
    def is_held_out(self) -> npt.NDArray[np.bool_]:
        """Of each chosen one, whether it is held out."""
        return held_out(self.chosen["draw"], self.definition.held_out)

    @property
    def held_out(self) -> int:
        """How many are held out."""
        return int(self.is_held_out.sum())

    @property
    def treated(self) -> int:
        """How many are to be contacted."""
        return self.n - self.held_out

    def query(
        self, connection: duckdb.DuckDBPyConnection, *, group: str | None = None, only_id: bool = False
    ) -> tuple[str, list[object]]:
        """Return SQL for the rows of an export, best first, and its parameters, for this connection alone.

        Whoever is chosen is looked up by row: nobody is ranked again.

        Parameters
        ----------
        group
            One of ``GROUPS``, without which both are meant.
        only_id
            Leave out everything but the id.

        Raises
        ------
        AudienceError
            If there is no such group, or the sessions are not those any more that were ranked.
        """
        raw = f"{self.definition.id_kind}_id"
        form = self.definition.id_form
        id_sql = raw if form == "raw" else f"sha256({spelt_sql(raw, form)})"
        groups = f"CASE WHEN _people.held THEN '{HELD_OUT}' ELSE '{TREATED}' END AS \"group\""
        more = "" if only_id else "".join(f", {name}" for name in (groups, *MORE))
        rows, params = self.rows(connection, group=group)
        return f"SELECT {id_sql} AS {self.definition.id_column}{more} {rows} ORDER BY _people.place", params

    def rows(
        self, connection: duckdb.DuckDBPyConnection, *, group: str | None = None
    ) -> tuple[str, list[object]]:
        """Return the ``FROM`` of a query of those chosen, and its parameters, for this connection alone.

        Beside the columns of their sessions it has ``_people.place`` (0 is the best) and ``_people.held``.
        """
        if group not in (None, *GROUPS):
            raise AudienceError(f"“{group}” isn't a group.", remedy=f"Use one of {', '.join(GROUPS)}.")
        if self.source.scored != self.sessions:
            raise AudienceError(
                "These sessions have changed since the audience was made.",
                where=self.source.name,
                remedy="Make it again.",
            )
        held = self.is_held_out
        places = np.arange(self.n) if group is None else np.flatnonzero(held == (group == HELD_OUT))
        people = {"row": self.chosen["row"][places], "place": places, "held": held[places]}
        connection.register("_people", pa.table(people))
        view, params = query.view_sql(self.sessions)
        return f"FROM ({view}) AS scored JOIN _people ON file_row_number = _people.row", params

    def members(self) -> list[dict[str, Any]]:
        """Return every chosen one: ``id`` as it is exported, ``held_out``, ``purchase_probability``, ..."""
        with query.connect(alone=True) as connection:
            answer = connection.execute(*self.query(connection))
            names = ["id", "group", *MORE]
            rows = [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
        return [{**row, "held_out": row["group"] == HELD_OUT} for row in rows]


def select(source: Source, definition: Definition) -> Selection:
    """Apply a definition to scored sessions.

    Raises
    ------
    AudienceError
        If the sessions don't tell what it needs: visitors, a probability, an expected revenue.
    NotFoundError
        If the sessions are gone.
    """
    definition, sessions = definition.validate(), source.scored
    _check(source, definition, query.known_columns(sessions))
    ranked = _candidates(source, sessions, definition)
    return Selection(
        source=source, sessions=sessions, definition=definition, ranked=ranked, n=cut(ranked, definition)
    )


def _check(source: Source, definition: Definition, known: frozenset[str]) -> None:
    """Raise AudienceError if sessions don't tell what a definition needs."""
    if "visitor" in (definition.id_kind, definition.one_row_per) and "visitor_id" not in known:
        raise AudienceError(
            "Visitor ids are missing from the file.",
            where=source.name,
            remedy="Use session ids and one row per session.",
        )
    if definition.pick != "all" and definition.rank_column not in known:
        what = "revenue" if "purchase_probability" in known else "purchases"
        raise AudienceError(
            f"The model “{source.bundle}” predicts no {what} for these sessions.",
            where=source.name,
            remedy="Include everyone matching the filters, or score the export with another model.",
        )


def candidates(source: Source, definition: Definition) -> Ranked:
    """Return whom the pick chooses from, best first (see ``Selection.ranked``)."""
    return _candidates(source, source.scored, definition)


def _candidates(source: Source, sessions: ScoredSessions, definition: Definition) -> Ranked:
    plain = _ranking(definition)
    # The one a page starts with is kept with a large result; whatever people try besides, in memory.
    usual = plain == _ranking(default_definition(source))
    keep = column_on_disk if usual else column
    # Phone numbers without a country are of the shop's.
    home = shop_settings().home_market if plain.id_form in PLATFORMS else ""
    name = f"audience-{hashlib.sha256(f'{plain!r}{home}'.encode()).hexdigest()[:32]}"
    return keep(sessions, name, lambda: _rank(sessions, plain))


def _ranking(definition: Definition) -> Definition:
    """Return what of a definition says who is ranked and how: what changes nothing about it shares one."""
    return replace(
        Definition(),
        filters=definition.filters,
        rank_by="expected_revenue" if definition.rank_column == "expected_revenue" else "probability",
        leave_out_buyers=definition.leave_out_buyers,
        salt=definition.salt,
        id_kind=definition.id_kind,
        # Hashed or not, the same people are drawn; a platform tells them apart in its own way.
        id_form=definition.id_form if definition.id_form in PLATFORMS else Definition().id_form,
        one_row_per=definition.one_row_per,
    )


def cut(ranked: Ranked, definition: Definition) -> int:
    """Return how many of the ranked are chosen."""
    if definition.pick == "all":
        return len(ranked)
    name = "expected" if definition.rank_column == "expected_revenue" else "probability"
    value = ranked[name]
    known = int(np.isfinite(value).sum())
    if definition.pick == "top_n":
        return min(int(definition.amount), known)
    if definition.pick == "top_share":
        # A hair less before rounding up: 10% of 70 is 7, whatever floats make of it.
        return min(math.ceil(definition.amount * known - 1e-9), known)
    return int((value[:known] >= definition.amount).sum())


_KEY = "_key"
_NEEDED = "session_id, visitor_id, purchased, revenue_if_purchase, file_row_number, " + ", ".join(MORE)


def _order(definition: Definition) -> str:
    return f"{definition.rank_column} DESC NULLS LAST, session_id"


def _rank(sessions: ScoredSessions, definition: Definition) -> Ranked:
    sql, params = _candidates_sql(definition, query.known_columns(sessions))
    columns = query.arrays(
        sessions.at(definition.chosen.threshold),
        f", candidates AS ({sql}) SELECT purchase_probability AS probability, expected_revenue AS expected, "
        "revenue_if_purchase AS if_bought, _draw AS draw, "
        "CAST(coalesce(CAST(purchased AS INTEGER), -1) AS TINYINT) AS bought, "
        "CAST(file_row_number AS INTEGER) AS row "
        f"FROM candidates ORDER BY {_order(definition)}",
        params,
    )
    ranked = np.empty(len(columns["draw"]), dtype=_RANKED)
    for name in _RANKED.names or ():
        values = columns[name]
        unknown = -1 if _RANKED[name].kind == "i" else np.nan
        ranked[name] = values.filled(unknown) if np.ma.isMA(values) else values
    return ranked


def _candidates_sql(definition: Definition, known: frozenset[str]) -> tuple[str, list[object]]:
    """Return SQL for the candidates among ``sessions``, with ``_key`` and ``_draw``, and its parameters."""
    where, params = definition.chosen.where()
    by_visitor = definition.id_kind == "visitor"
    own = spelt_sql(f"{definition.id_kind}_id", definition.id_form)
    parts, kept = [f"({where})", f"{definition.id_kind}_id IS NOT NULL"], [f"{_KEY} <> ''"]
    if definition.leave_out_buyers and "purchased" in known:
        parts.append("purchased IS NOT TRUE")
        if by_visitor:
            # Whoever bought in another visit has bought as well.
            bought = f"SELECT {own} FROM sessions WHERE purchased AND visitor_id IS NOT NULL"
            kept.append(f"{_KEY} NOT IN ({bought})")
    once = ""
    if definition.one_row_per == "visitor":
        one = _KEY if by_visitor else f"coalesce({normal_sql('visitor_id')}, session_id)"
        once = f" QUALIFY row_number() OVER (PARTITION BY {one} ORDER BY {_order(definition)}) = 1"
    # Named one by one: an export's own columns may be called anything. The number is drawn last, for those
    # that are left.
    sql = (
        f"SELECT *, {draw_sql(_KEY)} AS _draw FROM (SELECT * FROM ("
        f"SELECT {_NEEDED}, {own} AS {_KEY} FROM sessions WHERE {' AND '.join(parts)}) "
        f"WHERE {' AND '.join(kept)}{once})"
    )
    return sql, [definition.salt, *params]
