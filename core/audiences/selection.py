"""Who is in an audience: a definition applied to scored sessions.

In this order: the sessions the filters mean; without those known to have bought; each visitor once, with
the best session; ranked; cut off by the pick; split into treated and held out. Figures and exports count
the same rows: both follow from one ranking, ties broken by the session's id.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from core.audiences.defaults import default_definition
from core.audiences.definition import Definition
from core.audiences.holdout import GROUPS, HELD_OUT, TREATED, draw_sql, normal_sql
from core.base.errors import AudienceError
from core.results import query as scored
from core.results.cache import column, column_on_disk
from core.results.sources import Source

#: What an export tells beside the id and the group.
MORE = ("purchase_probability", "expected_revenue", "cluster_name")
_RANKED = np.dtype(
    [
        ("probability", np.float64),
        ("expected", np.float64),
        ("if_bought", np.float64),
        ("draw", np.float64),
        ("bought", np.int8),
    ]
)
Ranked = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """A definition applied to a source.

    ``ranked`` holds the candidates, best first: ``probability``, ``expected`` and ``if_bought`` (amounts,
    NaN where not predicted), ``draw`` (held out below the share), ``bought`` (1, 0, -1 not known).
    The first ``n`` of them are chosen.
    """

    source: Source
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
        return np.asarray(self.chosen["draw"] < self.definition.held_out)

    @property
    def held_out(self) -> int:
        """How many are held out."""
        return int(self.is_held_out.sum())

    @property
    def treated(self) -> int:
        """How many are to be contacted."""
        return self.n - self.held_out

    def query(self, *, group: str | None = None, only_id: bool = False) -> tuple[str, list[object]]:
        """Return SQL for the rows of an export, best first, and its parameters; it stands by itself.

        ``group`` keeps one of ``GROUPS``.

        Raises
        ------
        AudienceError
            If there is no such group.
        """
        if group not in (None, *GROUPS):
            raise AudienceError(f"“{group}” is no group.", remedy=f"Use one of {', '.join(GROUPS)}.")
        key = _stamped(self.source)
        sql, params = _candidates(self.definition, scored.told(*key))
        view, bound = scored.source(*key, self.definition.chosen.threshold, sql)
        form = f"sha256({_KEY})" if self.definition.id_form == "sha256" else self.definition.id_kind + "_id"
        more = "" if only_id else "".join(f", {name}" for name in ('"group"', *MORE))
        where = "" if group is None else ' WHERE "group" = ?'
        asked = (
            f"WITH sessions AS ({view}), candidates AS ({sql}), chosen AS ("
            f"SELECT *, CASE WHEN _draw < ? THEN '{HELD_OUT}' ELSE '{TREATED}' END AS \"group\" "
            f"FROM candidates ORDER BY {_order(self.definition)} LIMIT {int(self.n)}) "
            f"SELECT {form} AS {self.definition.id_column}{more} "
            f"FROM chosen{where} ORDER BY {_order(self.definition)}"
        )
        return asked, [*bound, *params, self.definition.held_out, *([] if group is None else [group])]

    def members(self) -> list[dict[str, Any]]:
        """Return every chosen one: ``id`` as it is exported, ``held_out``, ``purchase_probability``, ..."""
        sql, params = self.query()
        with scored.connect(alone=True) as connection:
            answer = connection.execute(sql, params)
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
    definition = definition.validate()
    check(source, definition)
    ranked = candidates(source, definition)
    return Selection(source=source, definition=definition, ranked=ranked, n=cut(ranked, definition))


def check(source: Source, definition: Definition) -> None:
    """Raise AudienceError if sessions don't tell what a definition needs."""
    told = scored.told(*_stamped(source))
    if "visitor" in (definition.id_kind, definition.one_row_per) and "visitor_id" not in told:
        raise AudienceError(
            "This export doesn't tell visitors apart.",
            where=source.name,
            remedy="Use the ids of sessions, and each session once.",
        )
    if definition.pick != "all" and definition.rank_column not in told:
        what = "revenue" if "purchase_probability" in told else "purchases"
        raise AudienceError(
            f"The model “{source.bundle}” predicts no {what} for these sessions.",
            where=source.name,
            remedy="Choose everybody who meets the filters, or score the export with another model.",
        )


def candidates(source: Source, definition: Definition) -> Ranked:
    """Return whom the pick chooses from, best first (see ``Selection.ranked``)."""
    path, stamp = _stamped(source)
    plain = _ranking(definition)
    # The one a page starts with is kept with a large result; whatever people try besides, in memory.
    usual = plain == _ranking(default_definition(source))
    keep = column_on_disk if usual else column
    name = f"audience-{hashlib.sha256(repr(plain).encode()).hexdigest()[:32]}"
    return keep(path, stamp, name, lambda: _rank(path, stamp, plain))


def _ranking(definition: Definition) -> Definition:
    """Return what of a definition says who is ranked and how: what changes nothing about it shares one."""
    return replace(
        Definition(),
        filters=definition.filters,
        rank_by="expected_revenue" if definition.rank_column == "expected_revenue" else "probability",
        leave_out_buyers=definition.leave_out_buyers,
        salt=definition.salt,
        id_kind=definition.id_kind,
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
_NEEDED = "session_id, visitor_id, purchased, revenue_if_purchase, " + ", ".join(MORE)


def _stamped(source: Source) -> tuple[str, int]:
    return str(source.path), scored.stamp_of(source.path)


def _order(definition: Definition) -> str:
    return f"{definition.rank_column} DESC NULLS LAST, session_id"


def _rank(path: str, stamp: int, definition: Definition) -> Ranked:
    sql, params = _candidates(definition, scored.told(path, stamp))
    found = scored.arrays(
        path,
        stamp,
        f", candidates AS ({sql}) SELECT purchase_probability AS probability, expected_revenue AS expected, "
        "revenue_if_purchase AS if_bought, _draw AS draw, "
        "CAST(coalesce(CAST(purchased AS INTEGER), -1) AS TINYINT) AS bought "
        f"FROM candidates ORDER BY {_order(definition)}",
        params,
        threshold=definition.chosen.threshold,
    )
    ranked = np.empty(len(found["draw"]), dtype=_RANKED)
    for name in _RANKED.names or ():
        values = found[name]
        ranked[name] = values.filled(-1 if name == "bought" else np.nan) if np.ma.isMA(values) else values
    return ranked


def _candidates(definition: Definition, told: frozenset[str]) -> tuple[str, list[object]]:
    """Return SQL for the candidates among ``sessions``, with ``_key`` and ``_draw``, and its parameters."""
    where, params = definition.chosen.where()
    by_visitor = definition.id_kind == "visitor"
    own = normal_sql(f"{definition.id_kind}_id")
    parts, kept = [f"({where})", f"{definition.id_kind}_id IS NOT NULL"], [f"{_KEY} <> ''"]
    if definition.leave_out_buyers and "purchased" in told:
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
