"""An audience as an ad platform's file: who is in it, who is left out and why."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.audiences import Definition, select
from core.audiences.ad_list import HELD, NO_CONSENT, NO_ID, TWICE, UNREAD, AdList
from core.audiences.holdout import draw
from core.audiences.platforms import PLATFORMS
from core.base.errors import AudienceError
from core.storage import get_store
from tests.core.audiences.test_selection import source_of
from tests.core.results.scored import scored_frame, write_scored

EVERYONE = Definition(pick="all", leave_out_buyers=False, held_out=0.0, salt="s")


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def made(folder: Path, frame: pd.DataFrame, **more: list[object]) -> Path:
    """Write scored sessions with columns of the export's own."""
    path = write_scored(frame, folder / "scored.parquet")
    table = pq.read_table(path)
    for name, values in more.items():
        table = table.append_column(name.replace("_", " "), pa.array(values))
    pq.write_table(table, path)
    return path


def listed(path: Path, platform: str, definition: Definition = EVERYONE) -> tuple[list[list[str]], AdList]:
    made = AdList(selection=select(source_of(path), definition), platform=PLATFORMS[platform])
    return list(csv.reader(io.StringIO(b"".join(made.chunks()).decode()))), made


@pytest.fixture
def frame() -> pd.DataFrame:
    made = scored_frame(6, seed=3)
    made["purchase_probability"] = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4]
    made["visitor_id"] = [f"v{n}" for n in range(6)]
    return made


EMAILS = ["a@x.de", "B@x.de ", None, "nobody", "b@X.de", "f@x.de"]


def test_a_file_has_its_layout_and_says_who_is_left_out(tmp_path: Path, frame: pd.DataFrame) -> None:
    path = made(tmp_path, frame, E_mail=EMAILS, Vorname=["Ann"] * 6, PLZ=["01067"] * 6)
    lines, ad_list = listed(path, "google")
    assert lines[0] == ["Email", "Phone", "First Name", "Last Name", "Country", "Zip"]
    assert [line[0] for line in lines[1:]] == [sha("a@x.de"), sha("b@x.de"), sha("f@x.de")]
    assert {(line[2], line[5]) for line in lines[1:]} == {(sha("ann"), "01067")}
    assert dict(ad_list.left_out) == {NO_ID: 2, TWICE: 1}
    told = ad_list.summary()
    assert (told.people, told.rows, told.filled["Email"], told.filled["Phone"]) == (6, 3, 3, 0)
    assert told.preview == lines[1:]
    assert "2 without a usable id" in ad_list.said()


def test_only_those_who_agreed_and_the_last_word_counts(tmp_path: Path, frame: pd.DataFrame) -> None:
    frame["visitor_id"] = ["v0", "v0", "v1", "v1", "v2", "v3"]
    frame["started_at"] = pd.to_datetime([f"2026-01-0{n}" for n in (1, 2, 2, 1, 1, 1)])
    emails = ["a@x.de", "a@x.de", "b@x.de", "b@x.de", "c@x.de", "d@x.de"]
    # The first agreed and took it back, the second the other way round; the fourth never said.
    consent = ["yes", "no", "Granted", "denied", "TRUE", None]
    lines, ad_list = listed(made(tmp_path, frame, email=emails, marketing_consent=consent), "meta")
    assert [line[0] for line in lines[1:]] == [sha("b@x.de"), sha("c@x.de")]
    assert ad_list.left_out[NO_CONSENT] == 2
    assert ad_list.summary().consent == ("marketing consent",)


def test_every_consent_column_has_to_agree(tmp_path: Path, frame: pd.DataFrame) -> None:
    emails = [f"p{n}@x.de" for n in range(6)]
    ads, personal = [True, True, False, True, False, True], ["1", "0", "1", "1", "1", "1"]
    path = made(tmp_path, frame, email=emails, ad_user_data=ads, ad_personalization=personal)
    assert [line[0] for line in listed(path, "meta")[0][1:]] == [sha(emails[n]) for n in (0, 3, 5)]


def test_somebody_held_out_isnt_contacted_under_another_id(tmp_path: Path, frame: pd.DataFrame) -> None:
    out = [one for one in (f"h{n}" for n in range(200)) if draw(one, "s") < 0.3]
    contacted = [one for one in (f"h{n}" for n in range(200)) if draw(one, "s") >= 0.3]
    frame["visitor_id"] = [out[0], contacted[0], contacted[1], out[1], contacted[2], contacted[3]]
    emails = ["same@x.de", " Same@x.de", "b@x.de", "c@x.de", "d@x.de", "e@x.de"]
    lines, ad_list = listed(
        made(tmp_path, frame, email=emails), "tiktok", Definition(**{**_told(EVERYONE), "held_out": 0.3})
    )
    assert [line[0] for line in lines[1:]] == [sha("b@x.de"), sha("d@x.de"), sha("e@x.de")]
    assert (ad_list.people, ad_list.left_out[HELD]) == (4, 1)


def test_ids_that_are_addresses_or_numbers_are_taken_for_what_they_are(
    tmp_path: Path, frame: pd.DataFrame
) -> None:
    frame["visitor_id"] = ["A@x.de", "0171 1234567", "GA1.2.3.4", "+44 20 7946 0018", "12", "b@x.de"]
    lines, ad_list = listed(made(tmp_path, frame), "tiktok")
    assert lines[0] == ["Email_SHA256", "Phone_SHA256", "MAID_SHA256"]
    assert [line[:2] for line in lines[1:]] == [
        [sha("a@x.de"), ""], ["", sha("+491711234567")], ["", sha("+442079460018")], [sha("b@x.de"), ""],
    ]  # fmt: skip
    assert ad_list.summary().problems == ("TikTok Custom Audiences needs at least 1,000 rows.",)


def test_a_number_is_of_its_rows_country(tmp_path: Path, frame: pd.DataFrame) -> None:
    frame["country"] = ["GB", None, "US", "DE", "DE", "DE"]
    phones = ["020 7946 0018", "0171 1234567", "(800) 555-0102", None, None, None]
    lines, _ = listed(made(tmp_path, frame, Phone_number=phones), "google")
    assert [line[1] for line in lines[1:]] == [
        sha(spelt) for spelt in ("+442079460018", "+491711234567", "+18005550102")
    ]


def test_pinterest_has_an_id_a_line_and_no_headings(tmp_path: Path, frame: pd.DataFrame) -> None:
    device = "aece52e7-03ee-455a-b3c4-e57283966239"
    path = made(tmp_path, frame, email=["a@x.de", *[None] * 5], IDFA=[device.upper(), device, *[None] * 4])
    assert listed(path, "pinterest")[0] == [[sha("a@x.de")], [sha(device)]]


def test_an_export_without_contacts_says_so(tmp_path: Path, frame: pd.DataFrame) -> None:
    with pytest.raises(AudienceError, match="6 without a usable id of 6 left out") as raised:
        listed(made(tmp_path, frame), "linkedin")
    assert "e-mail addresses" in str(raised.value.remedy)


def of_events(folder: Path, frame: pd.DataFrame, column: str) -> AdList:
    """Return the file for Google of sessions that were scored from events with one more column."""
    (folder / "events.csv").write_text(
        f"session_id,event_type,timestamp,{column}\ns1,page_view,2026-01-01T10:00:00Z,no\n", encoding="utf-8"
    )
    dataset = get_store().add_dataset(folder / "events.csv", filename="events.csv")
    source = replace(source_of(made(folder, frame)), dataset_id=dataset.id)
    return AdList(selection=select(source, EVERYONE), platform=PLATFORMS["google"])


@pytest.mark.parametrize("column", ["marketing_consent", "properties.ad_user_data"])
def test_nobody_is_listed_whose_consent_wasnt_read(tmp_path: Path, frame: pd.DataFrame, column: str) -> None:
    """Sessions made of events have no columns of the export's own: nobody may be taken to have agreed."""
    frame["visitor_id"] = [f"p{n}@x.de" for n in range(6)]
    ad_list = of_events(tmp_path, frame, column)
    with pytest.raises(AudienceError, match="6 whose consent wasn't read of 6") as raised:
        list(ad_list.chunks())
    assert f"“{column}”" in str(raised.value.remedy)
    told = ad_list.summary()
    assert (told.rows, told.left_out, told.consent) == (0, {UNREAD: 6}, (column,))


def test_contacts_that_werent_read_of_events_are_named(tmp_path: Path, frame: pd.DataFrame) -> None:
    with pytest.raises(AudienceError, match="6 without a usable id of 6") as raised:
        list(of_events(tmp_path, frame, "customer_email").chunks())
    assert "“customer_email” aren't read from an export of events" in str(raised.value.remedy)


def _told(definition: Definition) -> dict[str, object]:
    told = definition.to_dict()
    return {name: told[name] for name in told if name not in ("format", "version")}
