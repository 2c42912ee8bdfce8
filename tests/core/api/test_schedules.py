"""Schedules over HTTP and by commands: made, changed, run, switched off; secrets stay inside."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from core.api import create_application, protect
from core.audit import Wanted, entries
from core.base.errors import ScheduleError
from core.cli.main import main
from core.schedules.definition import Definition
from core.schedules.queue import LOOKING, client
from tests.core.schedules.mornings import Shop, shop_at

MAIL = "mailtos://shop:secret@mail.example.com"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    with shop_at(tmp_path, monkeypatch, model=False) as made:
        yield made


@pytest.fixture
def api(shop: Shop) -> TestClient:
    application = create_application(shop.settings)
    protect(application)
    return TestClient(application, base_url="http://localhost", raise_server_exceptions=False)


def test_a_schedule_is_made_run_changed_and_deleted(shop: Shop, api: TestClient) -> None:
    (shop.inbox / "2026-11-28.csv").write_text("session_id,clicks\na,1\n")
    definition = {"source": str(shop.inbox), "messages": [MAIL], "time": "06:30"}
    made = api.post("/api/schedules", json={"name": "Daily", "definition": definition}).json()
    where = f"/api/schedules/{made['id']}"
    assert made["secret"].startswith("whsec_")
    assert client(shop.settings).get_schedule(LOOKING) is not None
    assert (made["is_on"], made["waiting"], made["definition"]["messages"]) == (True, [], ["mailtos://…"])
    # What was there before isn't wanted; what has come since is taken when somebody asks for it.
    refused = api.post(f"{where}/run").json()
    assert refused["message"] == "There is nothing new."
    (shop.inbox / "2026-11-29.csv").write_text("session_id,clicks\na,1\n")
    assert api.post(f"{where}/run").status_code == 202
    assert "A run of this schedule is going on" not in json.dumps(refused)
    told = api.get(where).json()
    assert [one["name"] for one in told["runs"][0]["exports"]] == ["2026-11-29.csv"]
    # Without new addresses the old ones stay.
    changed = api.put(
        where, json={"name": "Daily", "definition": {"source": str(shop.inbox), "when": "arrival"}}
    )
    assert (changed.json()["next_due"], changed.json()["definition"]["messages"]) == (None, ["mailtos://…"])
    listed = api.get("/api/schedules")
    assert [one["id"] for one in listed.json()["items"]] == [made["id"]]
    assert "secret" not in listed.text
    assert api.post(f"{where}/switch", json={"on": False}).json()["is_on"] is False
    assert client(shop.settings).get_schedule(LOOKING) is None
    assert api.delete(where).status_code == 204
    assert api.get(where).status_code == api.delete(where).status_code == 404
    recorded = [entry.detail["what"] for entry in entries(Wanted(), settings=shop.settings)]
    assert recorded == ["deleted", "switched off", "changed", "switched on", "made"]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({}, "No source is chosen"),
        ({"source": "/etc"}, "“/etc” isn't a source"),
        ({"folder": "../.."}, "not found"),
        ({"folder": "nowhere"}, "not found"),
        ({"time": "25:00"}, "“25:00” isn't a time"),
        ({"days": []}, "No weekday is chosen"),
        ({"days": [0, 8]}, "No weekday is chosen"),
        ({"days": "Monday"}, "no such list"),
        ({"when": "hourly"}, "can't be chosen"),
        ({"destination": "/etc"}, "There is no list to send"),
        ({"audience": "gone"}, "doesn't exist"),
        ({"messages": ["file:///etc/passwd"]}, "address of the message can't be used"),
        ({"kind": "query", "database": "shop", "sql": "SELECT 1"}, "“shop” isn't a database"),
        ({"colour": "red"}, "no such setting"),
        ({"wait_hours": 99}, "99 hours is out of range"),
    ],
)
def test_what_can_not_be_is_said(shop: Shop, api: TestClient, told: dict[str, object], said: str) -> None:
    definition = {**({"source": str(shop.inbox)} if told else {}), **told}
    answer = api.post("/api/schedules", json={"name": "Daily", "definition": definition})
    assert answer.status_code in (400, 404)
    assert said in answer.json()["message"]
    assert shop.store.schedules() == ()


def test_where_a_webhook_may_go_is_checked(shop: Shop) -> None:
    open_net = shop.settings.model_copy(update={"webhook_private": False})
    with pytest.raises(Exception, match="inside your own network"):
        Definition(source=str(shop.inbox), audience="a", webhook="https://127.0.0.1/x").checked(open_net)
    with pytest.raises(ScheduleError, match="none of the places"):
        Definition(source=str(shop.inbox), audience="a", destination="/etc").checked(shop.settings)


def test_the_same_by_commands(shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def core(*words: str) -> tuple[int | str | None, str]:
        with pytest.raises(SystemExit) as ended:
            main(["schedule", *words])
        said = capsys.readouterr()
        return ended.value.code, said.out + said.err

    file = tmp_path / "daily.json"
    file.write_text(json.dumps({"source": str(shop.inbox), "messages": [MAIL]}))
    code, said = core("add", "Daily", str(file))
    schedule_id = said.strip()
    assert code == 0
    assert "secret" not in core("show", schedule_id)[1]
    assert core("run", schedule_id)[0] == 3
    (shop.inbox / "2026-11-29.csv").write_text("session_id,clicks\na,1\n")
    assert core("run", schedule_id)[0] == 0
    (arrival,) = shop.store.arrivals(schedule_id)
    problem = ScheduleError("Its columns differ.", remedy="Accept them.").to_dict()
    shop.store.change_arrival(arrival.id, state="needs_person", problem=problem)
    listed = core("list")[1]
    assert f"{schedule_id}  on   Daily  last run queued" in listed
    assert f"{arrival.id}  2026-11-29.csv: Its columns differ." in listed
    assert core("accept", arrival.id)[0] == 3
    assert core("leave-out", arrival.id)[0] == core("switch", schedule_id, "off")[0] == 0
    assert core("delete", schedule_id, "--yes")[0] == 0
    assert core("list") == (0, "")
    file.write_text("{")
    assert core("add", "Daily", str(file))[0] == 3
