"""Schedules by the API: list, make, change, switch, run; what came of runs, and what needs a person."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from core.api.base.permissions import needs
from core.base.identity import may
from core.base.settings import get_settings
from core.rules.message import shown_address
from core.schedules import service
from core.schedules.definition import Definition, read_definition
from core.schedules.service import Shown, shown
from core.storage import Arrival, Run, get_store

router = APIRouter(prefix="/api/schedules", tags=["schedules"], dependencies=[needs("results.read")])
WRITES = needs("schedules.write")


class ScheduleWanted(BaseModel):
    """A schedule: its name, and its settings as `GET` shows them; what isn't told is as usual."""

    name: str = Field(min_length=1, max_length=200)
    definition: dict[str, Any]
    existing: bool = Field(False, description="Whether files that are there already are taken in, too.")


class Switch(BaseModel):
    """Whether it is on."""

    on: bool


@router.get("", response_model=None)
def schedules(request: Request) -> dict[str, Any]:
    """Return the schedules there are, each with its latest runs."""
    settings = get_settings()
    items = [as_json(shown(one, settings, most=5)) for one in get_store(settings).schedules()]
    return {"items": items, "next": None}


@router.get("/{schedule_id}", response_model=None)
def schedule(schedule_id: str, request: Request) -> dict[str, Any]:
    """Return one schedule with its runs and what each took in."""
    settings = get_settings()
    return as_json(shown(get_store(settings).schedule(schedule_id), settings))


@router.post("", status_code=201, response_model=None, dependencies=[WRITES])
def make(wanted: ScheduleWanted, request: Request) -> dict[str, Any]:
    """Make a schedule, which is on at once; `secret` signs its webhooks."""
    settings = get_settings()
    definition = read_definition(wanted.definition)
    made = service.save(wanted.name, definition, existing=wanted.existing, settings=settings)
    return {**as_json(shown(made, settings)), "secret": made.secret}


@router.put("/{schedule_id}", response_model=None, dependencies=[WRITES])
def change(schedule_id: str, wanted: ScheduleWanted, request: Request) -> dict[str, Any]:
    """Put other settings in place of a schedule's own; addresses of messages stay where none are told."""
    settings = get_settings()
    told = dict(wanted.definition)
    if "messages" not in told:
        told["messages"] = get_store(settings).schedule(schedule_id).definition["messages"]
    made = service.save(wanted.name, read_definition(told), schedule_id=schedule_id, settings=settings)
    return as_json(shown(made, settings))


@router.post("/{schedule_id}/switch", response_model=None, dependencies=[WRITES])
def switch(schedule_id: str, wanted: Switch, request: Request) -> dict[str, Any]:
    """Switch a schedule on or off."""
    settings = get_settings()
    return as_json(shown(service.switch(schedule_id, on=wanted.on, settings=settings), settings))


@router.post("/{schedule_id}/run", status_code=202, response_model=None, dependencies=[WRITES])
def run(schedule_id: str, request: Request) -> dict[str, Any]:
    """Take in what is there now."""
    return run_json(service.run_now(schedule_id, get_settings()), ())


@router.post(
    "/arrivals/{arrival_id}/accept",
    status_code=202,
    response_model=None,
    dependencies=[WRITES],
)
def accept(arrival_id: str, request: Request) -> dict[str, Any]:
    """Go on with what waits for a person, or try again what has failed."""
    return run_json(service.accept(arrival_id, get_settings()), ())


@router.post("/arrivals/{arrival_id}/leave-out", status_code=204, dependencies=[WRITES])
def leave_out(arrival_id: str, request: Request) -> Response:
    """Leave an export out for good."""
    service.leave_out(arrival_id, get_settings())
    return Response(status_code=204)


@router.delete("/{schedule_id}", status_code=204, dependencies=[WRITES])
def delete(schedule_id: str, request: Request) -> Response:
    """Forget a schedule and its runs; exports, results and lists stay."""
    service.delete(schedule_id, get_settings())
    return Response(status_code=204)


def as_json(told: Shown) -> dict[str, Any]:
    """Return a schedule as plain JSON: no address of a message, no secret."""
    kept = told.schedule
    return {
        "id": kept.id,
        "name": kept.name,
        "is_on": kept.is_on,
        "href": f"/schedules/{kept.id}",
        "definition": definition_json(told.definition),
        "problem": kept.problem,
        "next_due": told.next_due.isoformat() if told.next_due else None,
        "waiting": [arrival_json(one) for one in told.waiting],
        "needs_person": [arrival_json(one) for one in told.problems],
        "runs": [run_json(one, told.arrivals[one.id]) for one in told.runs],
    }


def definition_json(definition: Definition) -> dict[str, Any]:
    """Return settings without what is secret in them."""
    return {
        **definition.to_dict(),
        "webhook": definition.webhook if may("schedules.write") else shown_address(definition.webhook),
        "messages": [shown_address(one) for one in definition.messages],
    }


def run_json(run: Run, arrivals: tuple[Arrival, ...]) -> dict[str, Any]:
    """Return a run as plain JSON."""
    return {
        "id": run.id,
        "kind": run.kind,
        "state": run.state,
        "due": run.slot.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "message": (run.digest or {}).get("state"),
        "exports": [arrival_json(one) for one in arrivals],
    }


def arrival_json(arrival: Arrival) -> dict[str, Any]:
    """Return an export that has arrived as plain JSON."""
    return {
        "id": arrival.id,
        "name": arrival.name,
        "state": arrival.state,
        "problem": arrival.problem,
        "dataset_id": arrival.dataset_id,
        "result_id": arrival.result_id,
        "list": arrival.list,
    }
