"""Who a visitor is where a file has two ids of them: that of the browser and that of the account."""

from __future__ import annotations

from core.ingest.settling.log import Log, counted, fact

#: ``visitor_id`` is read as the browser's id and, in rows without one, as the account's.
FACTS = {"n_accounts": fact("count(user_id)")}


def settle(log: Log) -> None:
    """Join the ids that stand beside each other in a row; the one that more rows have is the visitor's."""
    n_accounts = log.facts["n_accounts"]
    if not n_accounts:
        return
    n_browsers, n_signed_in = (
        log.count(f"SELECT count(*) FROM {log.live} WHERE {condition}")
        for condition in ("visitor_id IS DISTINCT FROM user_id", "visitor_id <> user_id")
    )
    by_account = n_accounts > n_browsers
    if not n_signed_in or (not by_account and n_accounts == n_signed_in):
        return
    known, person = ("visitor_id", "user_id") if by_account else ("user_id", "visitor_id")
    log.connection.execute(
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
        f"{counted(n, kind, kinds)} appear with another id of the same visitor; they count as one person, "
        f"identified by the id {'of the account' if by_account else 'of the browser'}.",
    )
