"""``/api/live/decision`` for the shop's own page, and ``/api/live/rules`` for its server."""

from __future__ import annotations

import time
from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from core.api.collector import cross_origin
from core.api.live import check_secret_key
from core.base.errors import KeyRefusedError
from core.base.project import enter_project
from core.base.settings import Settings, get_settings
from core.base.shop import shop_settings
from core.live.collecting import limit
from core.live.keys import find_key, settings_of_key
from core.live.scores import visitor_score
from core.rules.decision import Decision, decide, sources_of
from core.rules.message import shown_address
from core.rules.repository import Counts, all_rules, counts, delete, get_rule, save, switch
from core.rules.rule import Rule, read_rule

router = APIRouter(prefix="/api/live", tags=["live"])
Authorisation = Annotated[str | None, Header(description="Bearer and a key: `Bearer wk_…` or `Bearer sk_…`")]


class Applies(BaseModel):
    """A rule that applies to the visitor."""

    firing: str = Field(description="Which firing it is: the same as long as the visit goes on.")
    rule: str = Field(description="The rule's id.")
    name: str = Field(description="The action's name.")
    content: Any = Field(None, description="The action's content: JSON or text.")
    first: bool = Field(description="Whether it fires now; else it has fired in this visit.")


class DecisionAnswer(BaseModel):
    """The rules that apply; with a secret key also `score`, the visitor's score."""

    decisions: list[Applies]
    score: dict[str, Any] | None = None


@router.get("/decision", response_model=DecisionAnswer, response_model_exclude_none=True)
def decision(
    request: Request,
    visitor: Annotated[str, Query(min_length=1, max_length=500, description="The visitor's id.")],
    write_key: Annotated[str | None, Query(description="Instead of the authorisation.")] = None,
    authorization: Authorisation = None,
) -> Response:
    """Return which rules of the kind "the shop's page asks" apply to a visitor now, counted as fired once.

    The write key of the source is enough, from its allowed pages. With a secret key the score is told too.
    """
    headers = cross_origin(request) | {"cache-control": "no-store"}
    now = time.time_ns() // 1000
    secret = (authorization or "").partition(" ")[2].strip() or write_key or ""
    shared: Settings = request.app.state.settings
    own = settings_of_key(shared, secret, "secret") or settings_of_key(shared, secret, "write")
    if own is None:
        error = KeyRefusedError(
            "There is no key of this name." if secret else "The request has no key.",
            remedy="Send the write key: as `write_key=wk_…`, or as `Authorization: Bearer wk_…`.",
        )
        return JSONResponse(error.to_dict(), error.status, headers)
    enter_project(own)
    settings = shop_settings(own)
    if find_key(settings, secret, "secret") is not None:
        found = [
            one for source in sources_of(settings, visitor) for one in decide(settings, source, visitor, now)
        ]
        return JSONResponse(_answer(found) | {"score": visitor_score(settings, visitor)}, headers=headers)
    key = find_key(settings, secret, "write")
    origin = request.headers.get("origin")
    if key is None or not key.allows(origin):
        error = KeyRefusedError(
            f"Pages of {origin} may not ask with this key.", remedy="Add the origin to the key's own."
        )
        return JSONResponse(error.to_dict(), error.status, headers)
    limit(key, 1)
    return JSONResponse(_answer(decide(settings, key.id, visitor, now)), headers=headers)


class RuleIn(BaseModel):
    """A rule as it is sent; what isn't told is as in a new one. See docs/live.md for each field."""

    model_config = ConfigDict(extra="allow")

    name: str
    conditions: dict[str, Any] = Field(default_factory=dict)
    action: dict[str, Any] = Field(default_factory=dict)
    days: float = Field(7, description="At most once a visitor in so many days; 0: once a visit.")
    held_out: float = Field(
        0.1, description="Share of visitors the rule leaves alone, to measure what it achieves."
    )
    window_days: float = Field(7, description="Days in which purchases count as its outcome.")
    source: str | None = Field(None, description="Id of a write key; all that aren't made up without it.")
    is_on: bool = Field(False, description="Whether it fires.")


@router.get("/rules")
def list_rules(request: Request, authorization: Authorisation = None) -> list[dict[str, Any]]:
    """Return the rules there are, with what became of their firings. Needs a secret key."""
    check_secret_key(request, authorization, "results.read")
    settings: Settings = get_settings()
    told = counts(settings)
    return [_told(rule, told.get(rule.id, Counts())) for rule in all_rules(settings)]


@router.post("/rules")
def make_rule(
    request: Request, rule: Annotated[RuleIn, Body()], authorization: Authorisation = None
) -> dict[str, Any]:
    """Make a rule; the answer has the secret that signs its webhooks. Needs a secret key."""
    check_secret_key(request, authorization, "rules.write")
    return _kept(get_settings(), rule, "")


@router.put("/rules/{rule_id}")
def change_rule(
    request: Request, rule_id: str, rule: Annotated[RuleIn, Body()], authorization: Authorisation = None
) -> dict[str, Any]:
    """Put another rule in a rule's place, and switch it on or off. Needs a secret key."""
    check_secret_key(request, authorization, "rules.write")
    get_rule(get_settings(), rule_id)
    return _kept(get_settings(), rule, rule_id)


@router.delete("/rules/{rule_id}", status_code=204)
def delete_rule(request: Request, rule_id: str, authorization: Authorisation = None) -> None:
    """Delete a rule with all its firings. Needs a secret key."""
    check_secret_key(request, authorization, "rules.write")
    delete(get_settings(), rule_id)


def _kept(settings: Settings, told: RuleIn, rule_id: str) -> dict[str, Any]:
    values = told.model_dump()
    is_on = values.pop("is_on")
    kept = save(settings, read_rule(values, id=rule_id))
    kept = switch(settings, kept.id, on=is_on)
    return _told(kept, Counts()) | {"secret": kept.secret}


def _told(rule: Rule, found: Counts) -> dict[str, Any]:
    """Return a rule as JSON: without what signs it, and without passwords in addresses of messages."""
    told = rule.to_dict()
    if rule.action.kind == "message":
        told["action"]["url"] = shown_address(rule.action.url)
    figures = {name: getattr(found, name) for name in ("firings", "held_out", "sent", "waiting", "dead")}
    return {"id": rule.id, "name": rule.name, **told, "is_on": rule.is_on, "counts": figures}


def _answer(found: list[Decision] | tuple[Decision, ...]) -> dict[str, Any]:
    return {
        "decisions": [
            {
                "firing": one.firing,
                "rule": one.rule,
                "name": one.name,
                "content": one.content,
                "first": one.is_first,
            }
            for one in found
        ]
    }
