"""Who a visitor is where a file has two ids of them: that of the browser and that of the account."""

from __future__ import annotations

from core.base.written import agree, counted
from core.ingest.settling.facts import Fact
from core.ingest.settling.log import MOMENT, Log

#: Shorter ids may be anything; hashes and UUIDs are hexadecimal, in capital or in small letters.
_HASH = 32
_CAPITAL, _SMALL = (rf"^[0-9-]*[{a}-{b}][0-9{a}-{b}-]*$" for a, b in ("AF", "af"))
#: From so many browsers with accounts on, most of them hardly have several people.
_SEVERAL = 3
#: Ids of which letter case makes no other one.
_ADDRESS = "contains({0}, '@')"
_HEXADECIMAL = f"strlen({{0}}) >= {_HASH} AND regexp_matches({{0}}, '^[0-9A-Fa-f-]+$')"
#: ``visitor_id`` is read as the browser's id and, in rows without one, as the account's.
FACTS = {
    "n_accounts": Fact("count(user_id)"),
    "n_addresses": Fact("count(*)", "contains(visitor_id, '@')"),
    **{
        f"n_{name}_hashes": Fact(
            "count(*)", f"strlen(visitor_id) >= {_HASH} AND regexp_matches(visitor_id, '{pattern}')"
        )
        for name, pattern in (("capital", _CAPITAL), ("small", _SMALL))
    },
}


def settle(log: Log) -> None:
    """Take one address in several spellings for one id, and join ids that stand beside each other.

    Of two ids of one visitor, the one that more rows have counts.
    """
    if log.facts["n_addresses"] or log.facts["n_accounts"]:
        _spell_alike(log, _ADDRESS, "e-mail address", "e-mail addresses")
    if log.facts["n_capital_hashes"] and log.facts["n_small_hashes"]:
        _spell_alike(log, _HEXADECIMAL, "hashed or hexadecimal id", "hashed or hexadecimal ids")
    n_accounts = log.facts["n_accounts"]
    if not n_accounts:
        return
    _part_shared(log)
    n_browsers, n_signed_in = (
        log.count(f"SELECT count(*) FROM {log.live} WHERE {condition}")
        for condition in ("visitor_id IS DISTINCT FROM user_id", "visitor_id <> user_id")
    )
    by_account = n_accounts > n_browsers
    if not n_signed_in or (not by_account and n_accounts == n_signed_in):
        return
    known, person = ("visitor_id", "user_id") if by_account else ("user_id", "visitor_id")
    log.execute(
        f"CREATE TEMP TABLE joined_ids AS SELECT {known} AS known, min({person}) AS person "
        f"FROM {log.live} WHERE visitor_id <> user_id GROUP BY 1"
    )
    if by_account:
        log.replace(
            {"visitor_id": "coalesce(e.user_id, joined_ids.person, e.visitor_id)"},
            "LEFT JOIN joined_ids ON joined_ids.known = e.visitor_id",
        )
    else:
        log.replace(
            {"visitor_id": "coalesce(joined_ids.person, e.visitor_id)"},
            "LEFT JOIN joined_ids ON joined_ids.known = e.user_id AND e.user_id = e.visitor_id",
        )
    n = log.count("SELECT count(*) FROM joined_ids")
    kind = "id of a browser" if by_account else "account"
    kinds = "ids of browsers" if by_account else "accounts"
    log.say(
        "info",
        f"{counted(n, kind, kinds)} {agree(n, 'appears', 'appear')} with another id of the same "
        "visitor; they count as one person, "
        f"identified by the id {'of the account' if by_account else 'of the browser'}.",
    )


def _part_shared(log: Log) -> None:
    """Tell the people apart who sign in at one browser one after the other, by their accounts.

    An event without an account is that of the account nearest in time. Where most browsers have several, an
    account is no person.
    """
    log.execute(
        "CREATE TEMP TABLE shared_browsers AS SELECT visitor_id, min(user_id) < max(user_id) AS is_shared "
        f"FROM {log.live} WHERE visitor_id <> user_id GROUP BY 1"
    )
    n, of_all = (
        log.count(f"SELECT count(*) FROM shared_browsers WHERE {which}") for which in ("is_shared", "true")
    )
    if not n or (of_all >= _SEVERAL and n * 2 > of_all):
        return
    log.make(
        "shared_people",
        "SELECT place, coalesce(user_id, CASE WHEN later IS NULL OR moment - earlier < later - moment "
        "THEN before ELSE after END) AS person FROM (SELECT *, "
        f"{_account('max', 'UNBOUNDED PRECEDING', 'earlier', 'before')}, "
        f"{_account('min', 'BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING', 'later', 'after')} "
        f"FROM (SELECT place, visitor_id, user_id, {MOMENT} AS moment FROM {log.live} "
        "WHERE visitor_id IN (SELECT visitor_id FROM shared_browsers WHERE is_shared)))",
    )
    log.replace(
        {"visitor_id": "coalesce(shared_people.person, e.visitor_id)"},
        "LEFT JOIN shared_people USING (place)",
    )
    log.say(
        "info",
        f"{counted(n, 'browser')} {agree(n, 'was', 'were')} used with several accounts; each account is a "
        "visitor of its own.",
    )


def _account(end: str, rows: str, time: str, name: str) -> str:
    """Return SQL of the nearest event with an account in one direction, and of that account."""
    over = f"FILTER (user_id IS NOT NULL) OVER (PARTITION BY visitor_id ORDER BY moment RANGE {rows})"
    return f"{end}(moment) {over} AS {time}, {end}_by(user_id, (moment, user_id)) {over} AS {name}"


def _spell_alike(log: Log, condition: str, what: str, plural: str) -> None:
    """Give each id of a kind the spelling that most rows have: letter case makes no other person."""
    names = [name for name in ("visitor_id", "user_id") if name in log.report.told.columns]
    every = " UNION ALL ".join(
        f"SELECT {name} AS id FROM {log.live} WHERE {condition.format(name)}" for name in names
    )
    table = f"spelt_{len(what)}"
    log.execute(
        f"CREATE TEMP TABLE {table} AS SELECT id, usual FROM (SELECT id, first_value(id) OVER (PARTITION BY "
        "lower(id) ORDER BY n DESC, id DESC) AS usual FROM "
        f"(SELECT id, count(*) AS n FROM ({every}) GROUP BY 1)) WHERE id <> usual"
    )
    n = log.count(f"SELECT count(DISTINCT usual) FROM {table}")
    if not n:
        return
    for name in names:
        log.replace(
            {name: f"coalesce({table}.usual, e.{name})"}, f"LEFT JOIN {table} ON {table}.id = e.{name}"
        )
    log.say("info", f"{counted(n, what, plural)} in several spellings; each is one person.")
