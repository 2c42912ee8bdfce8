"""A run: each export in its turn is fetched, looked at, scored, listed and sent, then a message is written.

Every step is safe to do twice: an arrival has one dataset, a dataset one result, a list one name and one id,
and what was done is written down with the arrival. So a run that was killed anywhere ends right, once.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, Literal
from urllib.parse import urlsplit

from core.audit import record
from core.base.errors import AudienceError, CoreError, JobError, NotFoundError
from core.base.failures import explain
from core.jobs import fetching
from core.jobs.outages import is_outage
from core.jobs.scoring import submit, submit_new
from core.results.trust.verdict import trust_of
from core.rules.message import notify
from core.rules.webhook import NotDelivered
from core.schedules import lists
from core.schedules.columns import question_about, settle
from core.schedules.definition import Definition, read_definition
from core.schedules.digest import digest, needs_person
from core.schedules.looking import zone_of
from core.schedules.slots import day_bounds
from core.schedules.watching import is_unchanged
from core.sources.base import patiently
from core.sources.databases import query_to_parquet
from core.storage import Arrival, ArrivalState, Dataset, NewFile, Schedule, Store

log = logging.getLogger(__name__)

POLL_SECONDS = 0.5
#: A place that doesn't take a list, or a source that doesn't answer, is asked again after these seconds.
PAUSES = (5.0, 30.0, 120.0)
#: What an arrival's step came to: the next one follows, or nothing more is done with it.
Came = Literal["ok", "over"]


class Question(Exception):  # noqa: N818 - an outcome
    """A person has to answer something before this goes on."""

    def __init__(self, error: CoreError) -> None:
        super().__init__(str(error))
        self.error = error


def begin(run_id: str, store: Store) -> list[str]:
    """Say that a run goes on, and return the ids of what it takes in, in its turn."""
    store.change_run(run_id, state="running", message="Taking exports in")
    return [one.id for one in store.arrivals_of(run_id)]


def take_step(name: str, arrival_id: str, store: Store) -> Came:
    """Do one step with an arrival; whatever happens in it is written down with it."""
    try:
        arrival = store.arrival(arrival_id)
        if arrival.state != "taken":
            return "over"
        schedule = store.schedule(arrival.schedule_id)
        STEPS[name](schedule, read_definition(schedule.definition), arrival, store)
    except Question as question:
        return _end(arrival_id, store, "needs_person", question.error)
    except Exception as error:
        if is_outage(error):
            raise
        return _end(arrival_id, store, "failed", error)
    return "ok" if _state(arrival_id, store) == "taken" else "over"


def _state(arrival_id: str, store: Store) -> str:
    try:
        return store.arrival(arrival_id).state
    except NotFoundError:
        return "deleted"


def _end(arrival_id: str, store: Store, state: ArrivalState, error: Exception) -> Came:
    problem = explain(error).to_dict()
    store.change_arrival(
        arrival_id, states=("taken",), state=state, problem=problem, finished_at=datetime.now(UTC)
    )
    return "over"


def _fetch(schedule: Schedule, definition: Definition, arrival: Arrival, store: Store) -> None:
    """Make the arrival's dataset, and wait until its files are here."""
    unchanged = partial(is_unchanged, arrival, definition, store.settings)
    if definition.kind == "query":
        dataset = _ask(schedule, definition, arrival, store)
    elif not arrival.dataset_id and not patiently(unchanged, PAUSES):
        _look_again(arrival, store)
        return
    else:
        take = partial(
            fetching.take, definition.source, arrival.paths, name=arrival.name, who=schedule.id,
            scored=False, made_of=arrival.made_of, settings=store.settings,
        )  # fmt: skip
        dataset = patiently(take, PAUSES)
    store.change_arrival(arrival.id, dataset_id=dataset.id)
    while (dataset := store.dataset(dataset.id)).state == "fetching":
        store.schedule(schedule.id)
        time.sleep(POLL_SECONDS)
    if dataset.state == "not_fetched":
        error = dataset.fetch.error if dataset.fetch else None
        raise JobError(
            str((error or {}).get("message") or "The file could not be fetched."),
            where=arrival.name,
            remedy=str((error or {}).get("remedy") or "Try again."),
        )
    if definition.kind == "query" or arrival.sha256:
        return
    if not patiently(unchanged, PAUSES):
        # It was written again between the look and its copy: what was copied may be half of it.
        store.delete_dataset(dataset.id)
        _look_again(arrival, store)


def _look_again(arrival: Arrival, store: Store) -> None:
    """Let an export that has changed since it was whole be looked at anew."""
    store.change_arrival(
        arrival.id, states=("taken",), state="seen", looks=0, run_id=None, dataset_id=None,
        attempt=arrival.attempt + 1,
    )  # fmt: skip


def _ask(schedule: Schedule, definition: Definition, arrival: Arrival, store: Store) -> Dataset:
    """Return the dataset of a query's day, asking the database unless it was asked before."""
    if made := store.dataset_made_of(arrival.made_of):
        return made
    day = date.fromisoformat(arrival.key)
    since, until = day_bounds(day, zone_of(store))
    out = store.incoming_dir / f"query-{arrival.id}.parquet"
    try:
        query_to_parquet(
            definition.database,
            definition.sql,
            out,
            since=since,
            until=until,
            day=day,
            settings=store.settings,
        )
        file = NewFile(path=out, filename=f"{arrival.name}.parquet")
        return store.add_dataset_of([file], name=arrival.name, made_of=arrival.made_of)
    finally:
        out.unlink(missing_ok=True)


def _check(schedule: Schedule, definition: Definition, arrival: Arrival, store: Store) -> None:
    """Leave out what has the content of an export before it; ask a person where it isn't read as before."""
    try:
        dataset = store.dataset(str(arrival.dataset_id))
        content = dataset.sha256
    except NotFoundError:
        if arrival.sha256 is None:
            raise
        # This step was broken off when it had left the dataset out.
        dataset, content = None, arrival.sha256
    store.change_arrival(arrival.id, sha256=content)
    twin = next((one for one in _others(schedule, arrival, store) if one.sha256 == content), None)
    if twin is not None:
        if dataset is not None:
            store.delete_dataset(dataset.id)
        told = {"state": "same", "result_id": twin.result_id, "dataset_id": None}
        store.change_arrival(arrival.id, states=("taken",), finished_at=datetime.now(UTC), **told)
        return
    dataset = dataset or store.dataset(str(arrival.dataset_id))
    question = question_about(dataset, None if "schedule" in arrival.accepted else schedule.columns)
    if question is not None:
        raise Question(question)
    store.change_schedule(schedule.id, columns=settle(dataset, store))


def _others(schedule: Schedule, arrival: Arrival, store: Store) -> list[Arrival]:
    """Return what was taken in before: what was replaced since may come back and count again."""
    done = store.arrivals(schedule.id, states=("done",))
    return [one for one in done if one.id != arrival.id and one.dataset_id]


def _score(schedule: Schedule, definition: Definition, arrival: Arrival, store: Store) -> None:
    """Have the dataset scored by the model in use, and wait for the result."""
    dataset = store.dataset(str(arrival.dataset_id))
    result = submit_new(dataset, who=schedule.id, settings=store.settings)
    if result is None or result.state in ("failed", "cancelled"):
        result = submit(dataset.id, who=schedule.id, settings=store.settings)
    store.change_arrival(arrival.id, result_id=result.id)
    while not (result := store.result(result.id)).is_over:
        store.schedule(schedule.id)
        time.sleep(POLL_SECONDS)
    if result.state != "done":
        error = result.error or {}
        raise JobError(
            str(error.get("message") or "Scoring was cancelled."),
            where=arrival.name,
            remedy=error.get("remedy"),
        )


def _list(schedule: Schedule, definition: Definition, arrival: Arrival, store: Store) -> None:
    """Draw the audience; not from predictions one shouldn't act on."""
    if not definition.audience:
        return
    result = store.result(str(arrival.result_id))
    trust = trust_of(result)
    if trust is not None and not trust.act and "audience" not in arrival.accepted:
        raise Question(
            AudienceError(
                f"The list is held back: {trust.sentence}",
                where=arrival.name,
                remedy="Look at the result, then send the list anyway, or leave it.",
            )
        )
    try:
        drawn = lists.draw(schedule, definition, arrival, store)
    except (AudienceError, NotFoundError) as error:
        raise Question(error) from error
    earlier = (arrival.list or {}).get("sent", [])
    store.change_arrival(arrival.id, list={**drawn, "sent": earlier})


def _send(schedule: Schedule, definition: Definition, arrival: Arrival, store: Store) -> None:
    """Put the list where it belongs; what has arrived at a place isn't sent there again."""
    if not arrival.list or not arrival.list["treated"]:
        return
    for place in ("destination", "webhook"):
        arrival = store.arrival(arrival.id)
        told = dict(arrival.list or {})
        if not getattr(definition, place) or any(sent["place"] == place for sent in told["sent"]):
            continue
        where = patiently(partial(lists.send, schedule, definition, arrival, place, store), PAUSES)
        sent = {"place": place, "to": where, "at": datetime.now(UTC).isoformat(timespec="seconds")}
        store.change_arrival(arrival.id, list={**told, "sent": [*told["sent"], sent]})
        # An address may be a secret: of a webhook, its host is enough.
        to = (urlsplit(where).hostname or where) if place == "webhook" else where
        what = {"schedule": schedule.name, "export": arrival.name, "people": told["treated"]}
        record("ids_sent", told["audience"], settings=store.settings, to=to, **what)


def _finish(schedule: Schedule, definition: Definition, arrival: Arrival, store: Store) -> None:
    """Let it take the place of the versions before it."""
    store.replace_earlier(arrival)
    store.change_arrival(arrival.id, states=("taken",), state="done", finished_at=datetime.now(UTC))


#: What is done with an arrival, in turn.
STEPS: dict[str, Callable[[Schedule, Definition, Arrival, Store], None]] = {
    "fetch": _fetch,
    "check": _check,
    "score": _score,
    "list": _list,
    "send": _send,
    "finish": _finish,
}


def tell(run_id: str, store: Store) -> None:
    """Send the run's message, once: one that may have been sent when the worker died isn't sent again."""
    try:
        run = store.run(run_id)
        schedule = store.schedule(run.schedule_id)
    except NotFoundError:
        return
    definition, arrivals = read_definition(schedule.definition), store.arrivals_of(run_id)
    waited = run.kind == "due" and not arrivals
    wanted = definition.told == "always" or waited or needs_person(arrivals)
    if not definition.messages or definition.told == "never" or not wanted or run.digest:
        return
    title, text = digest(schedule, arrivals, store, waited=waited)
    told: dict[str, Any] = {"title": title, "text": text, "state": "sending", "problem": None}
    store.change_run(run_id, digest=told)
    problems = []
    for address in definition.messages:
        try:
            notify(address, title, text, store.settings)
        except (NotDelivered, CoreError) as error:
            problems.append(f"{address.partition('://')[0]}: {error}")
    store.change_run(
        run_id,
        digest={**told, "state": "failed" if problems else "sent", "problem": "; ".join(problems) or None},
    )


def end(run_id: str, store: Store) -> str:
    """Say how a run has ended, and return it."""
    arrivals = store.arrivals_of(run_id)
    states = {one.state for one in arrivals}
    state = next((one for one in ("failed", "needs_person") if one in states), "done")
    with suppress(NotFoundError):
        if store.run(run_id).kind == "due" and not arrivals:
            state = "missed"
    store.change_run(run_id, state=state, message="", finished_at=datetime.now(UTC))
    return state


def give_up(run_id: str, store: Store) -> None:
    """Say of a run whose worker stopped again and again that it has failed."""
    error = JobError(
        "The worker kept stopping while it was taken in.", remedy="Check its log, then try again."
    )
    for arrival in store.arrivals_of(run_id):
        _end(arrival.id, store, "failed", error)
    store.change_run(run_id, state="failed", message=error.message, finished_at=datetime.now(UTC))
