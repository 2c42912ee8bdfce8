"""Session rows whose headings only sound like the outcome, whose outcome is a status, or without a start."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from core.ingest import inspect
from core.ingest.cells.synonyms import EVENT_COLUMNS, SESSION_COLUMNS
from core.ingest.formats.guess import guess_target
from core.ingest.formats.outcomes import Other, other_outcome
from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import export_of

UNDONE = (
    "no_purchase not_purchased non_purchase did_not_purchase not_converted no_conversion is_not_buyer "
    "isNotBuyer nicht_gekauft kein_kauf sin_compra no_comprado pas_achete non_acheteur nessun_acquisto "
    "niet_gekocht brak_zakupu nonbuyer unconverted Nichtkäufer "
    "purchase_abandoned purchase_failed failed_purchase cart_abandoned kauf_abgebrochen kauf_storniert "
    "achat_annulé compra_cancelada acquisto_fallito aankoop_mislukt"
).split()
EXPECTED = (
    "will_purchase purchase_intent likely_to_buy predicted_conversion achat_prévu compra_probable".split()
)
PAST = (
    "purchased_before previously_purchased has_purchased_before purchased_ever first_purchase repeat_buyer "
    "days_since_last_purchase purchased_last_30_days purchased_30d bereits_gekauft Erstkauf déjà_acheté "
    "compra_anterior già_acquistato zakup_wcześniej eerder_gekocht"
).split()
KINDS = [
    *((name, Other.UNDONE) for name in UNDONE),
    *((name, Other.EXPECTED) for name in EXPECTED),
    *((name, Other.PAST) for name in PAST),
    ("orders (last 30 days)", Other.PAST),
]
REAL = (
    "purchased,made_purchase,did_buy_convert,has_purchased,is_buyer,purchased_in_session,purchase_completed,"
    "Gekauft (ja/nein),Acheté (oui/non),purchased_yes_no,transactions,session_converted"
).split(",")


def rows(tmp_path: Path, head: str, *cells: str, name: str = "rows.csv") -> Path:
    lines = [f"session_id,page_views,clicks,{head}", *(f"s{i},3,4,{c}" for i, c in enumerate(cells))]
    return write(tmp_path, "\n".join(lines) + "\n", name)


@pytest.mark.parametrize(("heading", "kind"), KINDS)
def test_a_heading_that_only_sounds_like_the_outcome_is_none_and_is_said(tmp_path, heading, kind):
    path = rows(tmp_path, heading, "1", "0", "0")
    found = inspect(path)
    assert "purchased" not in found.mapping.columns
    assert heading in found.unused and any(kind in note for note in found.notes)
    export = export_of(path)
    assert [row["purchased"] for row in export.rows] == [None] * 3
    assert export.says(f"“{heading}”", kind) == "warning"
    assert export.report.extras == (heading,)


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize(("heading", "kind"), KINDS)
def test_the_outcome_beside_it_stays(tmp_path, heading, kind, first):
    names, cells = ([heading, "purchased"], "0,1") if first else (["purchased", heading], "1,0")
    export = export_of(rows(tmp_path, ",".join(names), cells, cells[::-1]))
    assert [row["purchased"] for row in export.rows] == [True, False]
    # What was known before the session gives nothing away.
    assert export.says(f"“{heading}”", kind) == (None if kind == Other.PAST else "warning")


@pytest.mark.parametrize("heading", REAL)
def test_what_is_called_an_outcome_is_one(tmp_path, heading):
    assert other_outcome(heading) is None
    assert [row["purchased"] for row in export_of(rows(tmp_path, heading, "1", "0")).rows] == [True, False]


def test_no_name_of_the_outcome_is_another_one():
    names = [name for name, target in SESSION_COLUMNS.items() if target == "purchased"]
    assert names and not any(map(other_outcome, names))


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("status", "completed abandoned abandoned"),
        ("Status", "gekauft abgebrochen storniert"),
        ("statut", "payé abandonné annulé"),
        ("estado", "pagado cancelado abandonado"),
        ("stato", "pagato annullato abbandonato"),
        ("status", "betaald geannuleerd afgebroken"),
    ],
)
def test_a_status_is_the_outcome_where_nothing_else_is(tmp_path, heading, words):
    export = export_of(rows(tmp_path, heading, *words.split()))
    assert [row["purchased"] for row in export.rows] == [True, False, False]
    assert export.says(f"“{heading}” is read as who bought", f"yes is {words.split()[0]}") == "warning"


@pytest.mark.parametrize("words", ["completed abandoned parked", "completed completed", "abandoned failed"])
def test_a_status_that_may_be_the_outcome_is_said(tmp_path, words):
    export = export_of(rows(tmp_path, "status", *words.split()))
    assert {row["purchased"] for row in export.rows} == {None}
    assert export.says("No column is read as who bought", "“status” may say it") == "warning"


@pytest.mark.parametrize("words", ["active idle", "new returning", "open closed", "0 1"])
def test_a_status_of_something_else_is_no_outcome(tmp_path, words):
    export = export_of(rows(tmp_path, "status", *words.split()))
    assert {row["purchased"] for row in export.rows} == {None}
    assert export.says("who bought") is None


@pytest.mark.parametrize("head", ["status,revenue", "status,order_id,purchased", "status,purchased"])
def test_a_status_beside_an_outcome_is_that_of_its_order(tmp_path, head):
    n_more = head.count(",")
    cells = [f"{word}{',1' * n_more}" for word in ("completed", "abandoned")]
    path = rows(tmp_path, head, *cells)
    assert inspect(path).mapping.columns.get("purchased") != "status"
    assert export_of(path).says("“status” is read as who bought") is None


TIME = "2026-03-02 10:00:00"


@pytest.mark.parametrize(
    "head",
    ["created_at", "created_at,updated_at", "last_activity,created_at", "Erstellt am", "date_creation"],
)
def test_rows_begin_when_they_were_created_where_nothing_else_says_it(tmp_path, head):
    times = ",".join([TIME] * (head.count(",") + 1))
    export = export_of(rows(tmp_path, f"purchased,{head}", f"0,{times}", f"1,{times}"))
    assert {row["started_at"] for row in export.rows} == {datetime(2026, 3, 2, 10)}
    assert export.says("is taken for when sessions began") == "warning"


@pytest.mark.parametrize(
    "head", ["created_at,first_seen", "updated_at,last_activity", "last_activity", "signup_at"]
)
def test_times_that_are_no_start_are_said(tmp_path, head):
    times = ",".join([TIME] * (head.count(",") + 1))
    export = export_of(rows(tmp_path, f"purchased,{head}", f"0,{times}", f"1,{times}"))
    assert {row["started_at"] for row in export.rows} == {None}
    assert export.says("No column says when sessions began", head.split(",")[0]) == "warning"


def test_a_start_beside_its_creation_is_read(tmp_path):
    export = export_of(rows(tmp_path, "purchased,created_at,session_start", f"1,2026-03-03 10:00:00,{TIME}"))
    assert export.rows[0]["started_at"] == datetime(2026, 3, 2, 10)
    assert export.says("sessions began") is None


@pytest.mark.parametrize(
    "name",
    "chiffre_affaires,ca_ttc,chiffre_affaires_ttc,montant_total,fatturato,ricavo,ricavi,incasso,ingresos,"
    "importe_total,facturación,omzet,totale_omzet,przychod,przychody,umsatz,erlöse,gesamtumsatz".split(","),
)
def test_revenue_in_other_languages(tmp_path, name):
    assert guess_target(name, EVENT_COLUMNS) == guess_target(name, SESSION_COLUMNS) == "revenue"
    export = export_of(rows(tmp_path, name, "40.50", "0"))
    assert (export.n_buyers, export.revenue) == (1, 40.5)
