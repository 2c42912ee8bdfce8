"""Monitors, crawlers and headless browsers, and the team's own visits: left out, counted, and said.

Robots give themselves away by the name of their browser (crawler-user-agents has over a thousand patterns)
or by what they do: nobody acts ten times a second for long, visits in every hour of a day, or does the same
at regular intervals.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from core.base.sql import identifier, literal
from core.base.written import agree, counted
from core.ingest.base.assumptions import ROBOTS_OUT
from core.ingest.settling import monitors
from core.ingest.settling.facts import Fact
from core.ingest.settling.log import Log
from core.ingest.settling.survey import FEWEST_FAST, FEWEST_ROUND_THE_CLOCK

ROBOT = "It comes from a robot, judging by its user agent or behaviour."
INTERNAL = "It is your own team's visit, by your rule."
FACTS = {"n_agents": Fact("count(user_agent)"), "n_visitors": Fact("count(visitor_id)")}
#: Libraries and test tools the list lacks, and people's browsers that it takes for robots.
_MORE = re.compile(r"Cypress|\bnode(-fetch)?(/|$)|undici|\bJava/|ReactorNetty|HeadlessChrome|\bk6/", re.I)
_PEOPLE = re.compile(r"\bViber\b|SogouSearch|Sogou(MobileBrowser|MSE)|\bCUBOT\b", re.I)


def is_robot(user_agent: str) -> bool:
    """Tell whether a user agent is a robot's."""
    # lazily: it compiles its patterns, and few exports have user agents
    from crawleruseragents import is_crawler

    if _PEOPLE.search(user_agent):
        return False
    return bool(_MORE.search(user_agent)) or bool(is_crawler(user_agent))


def settle(log: Log) -> None:
    """Leave out robots and internal traffic, unless they are all there is."""
    internal = log.mapping.internal or log.settings.internal
    if internal:
        _leave_out_internal(log, internal)
    if log.facts["n_agents"]:
        _find_by_name(log)
    if log.facts["n_rows"] >= FEWEST_FAST:
        _find_by_behaviour(log)
    n = log.count("SELECT count(DISTINCT place) FROM robots") if "robots" in log.tables else 0
    if not n:
        return
    if log.mapping.keep_robots:
        log.say("warning", f"{counted(n, 'event')} from robots {agree(n, 'is', 'are')} kept, as chosen.")
    elif n == log.count(f"SELECT count(*) FROM {log.live}"):
        log.say("error", "Everything in this export looks like the work of robots; it is all kept.")
    else:
        log.robots = log.drop("SELECT place FROM robots", ROBOT)
        log.say(
            "warning",
            f"{counted(n, 'event')} {ROBOTS_OUT}.",
        )


def _leave_out_internal(log: Log, internal: Mapping[str, list[str]]) -> None:
    rules = [
        f"{identifier(name)} ILIKE {literal(as_like(pattern))} ESCAPE '\\'"
        for name, patterns in internal.items()
        for pattern in patterns
    ]
    n = log.drop(f"SELECT place FROM {log.live} WHERE {' OR '.join(rules)}", INTERNAL)
    log.say("info", f"{counted(n, 'event')} from your own team left out, by your rule.")


def as_like(pattern: str) -> str:
    """Return a pattern in which ``*`` stands for anything as one of SQL."""
    escaped = re.sub(r"([%_\\])", r"\\\1", pattern)
    return escaped.replace("*", "%")


def _find_by_name(log: Log) -> None:
    agents = f"SELECT DISTINCT user_agent FROM {log.live} WHERE user_agent IS NOT NULL"
    found = [agent for (agent,) in log.execute(agents).fetchall() if is_robot(agent)]
    if found:
        log.add("robots", f"SELECT place FROM {log.live} WHERE user_agent IN (SELECT unnest(?))", [found])


def _find_by_behaviour(log: Log) -> None:
    """Add the events of sessions too fast for people, of visitors who never sleep, and of monitors."""
    # Where visitors have no ids, a session that lasts for days is a visitor too.
    whose, table = (
        ("visitor_id", "odd_visitors") if log.facts["n_visitors"] else ("session_id", "odd_sessions")
    )
    many = f"SELECT {whose} FROM {table} WHERE n >= {FEWEST_ROUND_THE_CLOCK}"
    log.execute(
        f"CREATE TEMP TABLE awake AS SELECT {whose} AS whose FROM {log.live} WHERE {whose} IN ({many}) "
        f'AND "timestamp" IS NOT NULL GROUP BY 1 HAVING ' + monitors.awake('"timestamp"')
    )
    monitors.find(log, whose)
    fast = "SELECT {0} FROM odd_{1} WHERE fast"
    for column, owners in (
        (whose, "SELECT whose FROM awake"),
        (whose, "SELECT whose FROM monitors"),
        ("session_id", fast.format("session_id", "sessions")),
        ("visitor_id", fast.format("visitor_id", "visitors")),
    ):
        if log.count(f"SELECT count(*) FROM ({owners})"):
            log.add("robots", f"SELECT place FROM {log.live} WHERE {column} IN ({owners})")
