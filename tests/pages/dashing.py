"""Asks a page for its layout and callbacks over HTTP, as the browser does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.core.whatif.shop import Shop

HOST = "http://127.0.0.1"


class Client:
    """Requests to the application without a server in between."""

    def __init__(self, application: Any) -> None:
        self._application = application

    def request(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """Send one request, with all middleware on its way."""

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._application)
            async with httpx.AsyncClient(transport=transport, base_url=HOST) as client:
                return await client.request(method, path, **arguments)

        return asyncio.run(send())


class Page:
    """One open page: its components as the server sent them, and its callbacks."""

    def __init__(self, client: Client, address: str) -> None:
        self._client = client
        parts = urlsplit(address)
        search = f"?{parts.query}" if parts.query else ""
        router = next(name for name in dependencies(client) if "_pages_content.children" in name)
        inputs = [
            {"id": "_pages_location", "property": "pathname", "value": parts.path},
            {"id": "_pages_location", "property": "search", "value": search},
        ]
        answer = self.post(router, inputs, [], ["_pages_location.pathname"])
        self.content = answer["response"]["_pages_content"]["children"]

    def components(self) -> Iterator[dict[str, Any]]:
        """Yield every component on the page."""
        yield from walk(self.content)

    def text(self) -> str:
        """Return all words on the page."""
        return "\n".join(words_of(self.content))

    def find(self, identity: object) -> dict[str, Any]:
        """Return the properties of the component with this id."""
        return next(part["props"] for part in self.components() if part["props"].get("id") == identity)

    def matching(self, kind: str) -> list[dict[str, Any]]:
        """Return the properties of the components whose id has this type, in order."""
        found = [part["props"] for part in self.components()]
        return [p for p in found if isinstance(p.get("id"), dict) and p["id"].get("type") == kind]

    def call(
        self,
        output: str,
        triggered: str,
        values: Mapping[str, Any],
        outputs: Mapping[str, list[dict[str, Any]]] | None = None,
    ) -> dict[str, Any]:
        """Run the callback that has ``output``; ``values`` are its inputs and states by ``id.property``.

        The value of a wildcard is a list of ``(id, value)``; ``outputs`` gives the ids of wildcard outputs.
        """
        spec = next(s for name, s in dependencies(self._client).items() if output in name)
        inputs = [_filled(item, values) for item in spec["inputs"]]
        state = [_filled(item, values) for item in spec["state"]]
        return self.post(spec["output"], inputs, state, [triggered], outputs)["response"]

    def press(self, identity: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Run the callback whose only input is of this component; ``values`` as for ``call``."""
        specs = dependencies(self._client).values()
        spec = next(s for s in specs if [item["id"] for item in s["inputs"]] == [identity])
        inputs = [_filled(item, values) for item in spec["inputs"]]
        state = [_filled(item, values) for item in spec["state"]]
        pressed = identity
        if identity.startswith("{"):
            # Of a wildcard's components it is the first that is pressed.
            pressed = control(**values[json.loads(identity)["type"]][0][0])
        trigger = f"{pressed}.{spec['inputs'][0]['property']}"
        return self.post(spec["output"], inputs, state, [trigger])["response"]

    def post(
        self,
        output: str,
        inputs: list[Any],
        state: list[Any],
        changed: list[str],
        wildcards: Mapping[str, list[dict[str, Any]]] | None = None,
    ) -> dict[str, Any]:
        """Send one callback request and return its answer."""
        body = {
            "output": output,
            "outputs": _outputs(output, wildcards or {}),
            "inputs": inputs,
            "state": state,
            "changedPropIds": changed,
        }
        answer = self._client.request("POST", "/_dash-update-component", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()


@contextmanager
def given(application: Any, settings: Any) -> Iterator[Client]:
    """Have the application use other settings than those it was made with, by whichever test came first.

    Not by monkeypatching: it takes an attribute of Starlette's state for an inherited one, and deletes it.
    """
    before = application.state.settings
    application.state.settings = settings
    try:
        yield Client(application)
    finally:
        application.state.settings = before


@pytest.fixture(scope="module")
def client(shop: Shop) -> Iterator[Client]:
    """Return a client of the pages of the shop that the file of tests has."""
    from app import server

    with given(server, shop.settings) as opened:
        yield opened


def dependencies(client: Client) -> dict[str, dict[str, Any]]:
    """Return every callback of the app by its output."""
    return {spec["output"]: spec for spec in client.request("GET", "/_dash-dependencies").json()}


def control(type: str, **parts: Any) -> str:
    """Write a wildcard id as callbacks name it."""
    return json.dumps({"type": type, **parts}, sort_keys=True, separators=(",", ":"))


def _filled(item: dict[str, Any], values: Mapping[str, Any]) -> Any:
    name = f"{item['id']}.{item['property']}"
    if not item["id"].startswith("{"):
        return {"id": item["id"], "property": item["property"], "value": values.get(name)}
    pairs = values[json.loads(item["id"])["type"]]
    return [{"id": identity, "property": item["property"], "value": value} for identity, value in pairs]


def _outputs(output: str, wildcards: Mapping[str, list[dict[str, Any]]]) -> Any:
    if not output.startswith(".."):
        identity, _, prop = output.rpartition(".")
        return {"id": identity, "property": prop}
    made: list[Any] = []
    for name in output.strip(".").split("..."):
        identity, _, prop = name.rpartition(".")
        if identity.startswith("{"):
            ids = wildcards[json.loads(identity)["type"]]
            made.append([{"id": found, "property": prop} for found in ids])
        else:
            made.append({"id": identity, "property": prop})
    return made


def walk(part: Any) -> Iterator[dict[str, Any]]:
    """Yield every component in a part of a page."""
    if isinstance(part, list):
        for child in part:
            yield from walk(child)
    elif isinstance(part, dict) and "props" in part:
        yield part
        for value in part["props"].values():
            if isinstance(value, list | dict):
                yield from walk(value)


def words_of(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, list):
        for child in part:
            yield from words_of(child)
    elif isinstance(part, dict) and "props" in part and part["props"].get("hidden") is not True:
        yield from words_of(part["props"].get("children"))
