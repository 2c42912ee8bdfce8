"""Headings and words of shops' exports in many languages, and what is said of columns beside them."""

from __future__ import annotations

import pytest

from core.base.errors import IngestError
from core.ingest import inspect
from tests.core.ingest.made import make
from tests.core.ingest.variants.visits import EVENTS, check, read, table, write

_HEADINGS = (
    "session",
    "visitor",
    "time",
    "event",
    "product",
    "price",
    "quantity",
    "order",
    "revenue",
    "currency",
)
_KINDS = ("page", "list", "view", "add", "checkout", "purchase")
LANGUAGES = {
    "Portuguese": (
        "ID da sessão|ID do visitante|Data e hora|Nome do evento|Código do produto|Preço unitário|Quantidade|"
        "Número do pedido|Valor do pedido|Moeda",
        "Visualização de página|Visualização de categoria|Visualização de produto|Adicionar ao carrinho|"
        "Início do checkout|Compra finalizada",
    ),
    "Swedish": (
        "Sessions-ID|Besökar-ID|Tidpunkt|Händelse|Artikelnamn|Styckpris|Antal|Ordernummer|Ordervärde|Valuta",
        "Sidvisning|Kategorivisning|Produktvisning|Lägg i varukorg|Till kassan|Köp",
    ),
    "Italian": (
        "ID sessione|ID visitatore|Data/ora|Nome evento|Codice articolo|Prezzo di vendita|Pezzi|"
        "Id transazione|Importo ordine|Valuta",
        "Visualizzazione pagina|Lista|Prodotto visto|Aggiunto al carrello|Inizio checkout|Ordine completato",
    ),
    "Polish": (
        "ID sesji|ID odwiedzającego|Znacznik czasu|Nazwa zdarzenia|Kod produktu|Cena sprzedaży|Sztuk|"
        "Numer transakcji|Wartość transakcji|Waluta",
        "Odsłona|Widok listy|Produkt wyświetlony|Dodano do koszyka|Do kasy|Zamówienie złożone",
    ),
    "French": (
        "ID session|ID visiteur|Date/heure|Nom de l'événement|Référence article|Prix de vente|Qté|"
        "Numéro de transaction|Montant commande|Devise",
        "Page vue|Catégorie vue|Fiche produit|Mise au panier|Début de commande|Commande validée",
    ),
    "Dutch": (
        "Sessie-ID|Bezoeker-ID|Tijdstip|Gebeurtenisnaam|Artikelnaam|Verkoopprijs|Stuks|Bestelnummer|"
        "Orderwaarde|Valuta",
        "Pagina bekeken|Lijstweergave|Product bekeken|In winkelmand|Afrekenen|Bestelling geplaatst",
    ),
    "Spanish": (
        "ID de sesión|ID visitante|Fecha/hora|Nombre del evento|Código producto|Precio de venta|Unidades|"
        "ID transacción|Importe del pedido|Moneda",
        "Vista de página|Vista de lista|Producto visto|Añadir a la cesta|Iniciar pago|Pedido realizado",
    ),
    "German": (
        "Sitzungs-ID|Besucher-ID|Datum/Uhrzeit|Ereignisname|Artikelbezeichnung|Verkaufspreis|Bestellmenge|"
        "Transaktionsnummer|Transaktionswert|Währung",
        "Seite aufgerufen|Kategorieseite|Produktdetailseite|In den Warenkorb gelegt|Checkout gestartet|"
        "Bestellung abgeschlossen",
    ),
    "Klaviyo": (
        "Session UUID|Profile ID|Event Datetime|Metric Name|Item SKU|Item Price|Item Qty|Order Number|"
        "$value|Currency",
        "Active on Site|Viewed Category|Viewed Product|Added to Cart|Started Checkout|Placed Order",
    ),
    "Tealium": (
        "tealium_session_id|tealium_visitor_id|tealium_timestamp_epoch|tealium_event|product_id|"
        "product_unit_price|product_quantity|order_id|order_total|order_currency",
        "page_view|category_view|product_view|cart_add|checkout|purchase",
    ),
    "Piano": (
        "visit_id|visitor_id|event_time|event_name|product_id|product_price|product_quantity|transaction_id|"
        "transaction_value|currency",
        "page.display|category page|product.page_display|product.add_to_cart|cart.payment|"
        "transaction.confirmation",
    ),
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_headings_and_words_are_known(tmp_path, language):
    names, words = (dict(zip(keys, texts.split("|"), strict=True)) for keys, texts in
                    zip((_HEADINGS, _KINDS), LANGUAGES[language], strict=True))  # fmt: skip
    comma = language not in ("Klaviyo", "Tealium", "Piano")
    rows = []
    for event in EVENTS:
        money = event.filled(price="price", revenue="revenue")
        if event.kind == "purchase":
            money["price"] = ""
        if comma:
            money = {name: str(cell).replace(".", ",") for name, cell in money.items()}
        cells = {
            "session": f"s{event.session}", "visitor": event.visitor, "event": words[event.kind],
            "time": event.epoch if language == "Tealium" else event.plain, **money,
            **event.filled(product="product", quantity="quantity", order="order", currency="currency"),
        }  # fmt: skip
        rows.append({names[key]: cells[key] for key in _HEADINGS})
    _, made = read(tmp_path, {"events.csv": table(rows, ";" if comma else ",")})
    check(made)


def log(**more: str) -> list[dict[str, object]]:
    words = {"page": "page_view", "list": "list_view", "view": "product_view", "add": "cart_add"}
    return [
        {
            "session_id": f"s{event.session}", "timestamp": event.plain,
            "event_type": words.get(event.kind, event.kind),
            **event.filled(product_id="product", price="price"), **more,
        }
        for event in EVENTS
    ]  # fmt: skip


def test_devices_are_one_whatever_the_language(tmp_path):
    rows = log()
    names = (
        "Handy",
        "iPhone",
        "mobile",
        "MOBILE_WEB",
        "Tablette",
        "iPad",
        "Rechner",
        "Desktop Web",
        "パソコン",
    )
    for number, row in enumerate(rows):
        row["device"] = names[number % len(names)]
    _, made = read(tmp_path, {"events.csv": table(rows)})
    assert {row["device"] for row in made.events} == {"mobile", "tablet", "desktop"}


@pytest.mark.parametrize(
    ("cells", "target"),
    [(("40,00", "0,00"), "cart_value"), (("2", "0"), "cart_adds"), (("400", "39"), None)],
)
def test_a_column_called_cart_is_what_its_cells_are(tmp_path, cells, target):
    rows = [
        {"Sitzungs-ID": f"s{i}", "Seitenaufrufe": 3, "Sitzungsdauer": 60, "Warenkorb": cell, "Gerät": "Handy"}
        for i, cell in enumerate(cells)
    ]
    (path,) = write(tmp_path, {"rows.csv": table(rows, ";")})
    found = {column.name: column.target for column in inspect(path).columns}
    assert found["Warenkorb"] == target


def test_what_is_read_beside_others_is_not_called_unused(tmp_path):
    rows = log(discount="2.5", timezone="Europe/Berlin", refunded="no", note="x")
    (path,) = write(tmp_path, {"events.csv": table(rows)})
    found = inspect(path)
    assert found.unused == ("note",)
    notes = {column.name: column.note for column in found.columns}
    assert "taken off the price" in str(notes["discount"])
    assert "time zone" in str(notes["timezone"])
    assert "became of its row's order" in str(notes["refunded"])
    assert make(tmp_path, path).revenue == 17.5


def test_columns_of_flattened_sessions_are_said_to_be_read(tmp_path):
    rows = [
        {"fullVisitorId": f"v{i}", "visitId": 1_772_445_600 + i, "visitStartTime": 1_772_445_600 + i,
         "totals.hits": 3, "totals.pageviews": 2, "totals.transactions": "",
         "device.deviceCategory": "mobile", "trafficSource.keyword": "x"}
        for i in range(3)
    ]  # fmt: skip
    (path,) = write(tmp_path, {"sessions.csv": table(rows)})
    notes = {column.name: column.note for column in inspect(path).columns if column.target is None}
    read_already = {name for name, note in notes.items() if note and note.startswith("Already read")}
    assert {"totals.hits", "totals.pageviews", "visitId"} <= read_already | {"visitId"}
    assert "trafficSource.keyword" not in read_already


_REPORTS = {
    "Portuguese": "Data,Sessões,Usuários,Receita",
    "Portuguese of Portugal": "Data,Sessões,Utilizadores,Receita",
    "Swedish": "Datum,Sessioner,Användare,Intäkter",
}


@pytest.mark.parametrize("language", _REPORTS)
def test_reports_of_days_are_refused_in_every_language(tmp_path, language):
    days = "".join(f"2026-03-{day:02},{100 + day},{80 + day},{1000 + day}.5\n" for day in range(1, 29))
    (path,) = write(tmp_path, {"report.csv": f"{_REPORTS[language]}\n{days}"})
    with pytest.raises(IngestError, match="Its rows are totals"):
        inspect(path)


def test_hits_without_the_names_of_their_columns_say_what_is_missing(tmp_path):
    (path,) = write(
        tmp_path, {"hit_data.tsv": "1\t11\t5\t1772445600\t2\n" * 3 + "2\t22\t5\t1772445660\t12\n"}
    )
    with pytest.raises(IngestError, match="without the names of its columns") as refused:
        inspect(path)
    assert "column_headers.tsv" in str(refused.value)
