"""A small export written by somebody else: other separator, encoding, language, order of columns and of rows.

What it holds is the same, so the right answer beside the original is that of each of its siblings.
"""

from __future__ import annotations

import csv
import io
import random

#: Column -> what it is called in German, French, Spanish, and in English by others.
NAMES: dict[str, tuple[str, ...]] = {
    "session_id": ("Sitzungs-ID", "ID session", "ID de sesión", "Session ID"),
    "visitor_id": ("Besucher-ID", "Id visiteur", "ID visitante", "visitorId"),
    "timestamp": ("Zeitstempel", "Horodatage", "Fecha y hora", "Event Time"),
    "event_type": ("Ereignistyp", "Type d'événement", "Tipo de evento", "eventName"),
    "product_id": ("Artikelnummer", "Référence produit", "ID producto", "SKU"),
    "price": ("Preis", "Prix", "Precio", "Unit price"),
    "quantity": ("Menge", "Quantité", "Cantidad", "Qty"),
    "revenue": ("Umsatz", "Chiffre d'affaires", "Ingresos", "Order value"),
    "transaction_id": ("Bestellnummer", "Numéro de commande", "Número de pedido", "Order ID"),
    "order_id": ("Bestellnummer", "Numéro de commande", "Número de pedido", "Order ID"),
    "currency": ("Währung", "Devise", "Moneda", "Currency code"),
    "started_at": ("Sitzungsbeginn", "Début de session", "Inicio", "Session start"),
    "page_views": ("Seitenaufrufe", "Pages vues", "Páginas vistas", "Pageviews"),
    "product_views": ("Produktansichten", "Produits vus", "Productos vistos", "Products viewed"),
    "cart_adds": ("In den Warenkorb", "Ajouts au panier", "Añadidos al carrito", "Add to cart"),
    "purchased": ("Gekauft", "Acheté", "Comprado", "Converted"),
    "duration_seconds": ("Dauer", "Durée", "Duración", "Duration"),
    "clicks": ("Klicks", "Clics", "clics", "Total clicks"),
    "date": ("Datum", "Date", "Fecha", "Day"),
    "time": ("Uhrzeit", "Heure", "Hora", "Time"),
    "device": ("Gerät", "Appareil", "Dispositivo", "Device type"),
    "channel": ("Kanal", "Canal", "Canal", "Source"),
    "user_id": ("Nutzer-ID", "ID utilisateur", "ID usuario", "userId"),
    "anonymous_id": ("anonymousId", "anonymousId", "anonymousId", "anonymousId"),
    "event": ("Ereignis", "Événement", "Evento", "Event name"),
    "event_id": ("event_uuid", "event_uuid", "event_uuid", "event_uuid"),
    "day_of_week": ("Wochentag", "Jour de la semaine", "Día de la semana", "Weekday"),
    "country": ("Land", "Pays", "País", "Country code"),
}
#: Event type -> its word in the same languages.
WORDS: dict[str, tuple[str, ...]] = {
    "product_view": ("Produktansicht", "Vue produit", "Vista de producto", "View Item"),
    "cart_add": ("Warenkorb", "Ajout panier", "Añadir al carrito", "Add To Cart"),
    "purchase": ("Kauf", "Achat", "Compra", "Order Placed"),
    "page_view": ("Seitenaufruf", "Page vue", "Vista de página", "Page View"),
    "checkout": ("Kasse", "Passage en caisse", "Iniciar compra", "Begin Checkout"),
    "cart_remove": ("Aus dem Warenkorb", "Retrait panier", "Quitar del carrito", "Remove From Cart"),
}
#: Separator and encoding of a sibling in each of these languages, and of one that keeps its names.
WRITTEN = ((";", "utf-8"), ("\t", "utf-16"), ("|", "utf-8"), (",", "utf-8-sig"), ("\t", "utf-8"))


def rewritten(text: str, way: int) -> bytes:
    """Return an export written in one of the ``WRITTEN`` ways; the last changes only how cells are parted."""
    separator, encoding = WRITTEN[way]
    names, *rows = csv.reader(io.StringIO(text))
    chance = random.Random(way)
    if way < len(WRITTEN) - 1:
        said = [i for i, name in enumerate(names) if name in ("event", "event_type")]
        rows = [
            [WORDS[cell][way] if i in said and cell in WORDS else cell for i, cell in enumerate(row)]
            for row in rows
        ]
        names = [NAMES[name][way] if name in NAMES else name for name in names]
    if separator != ";":  # of which thousands and decimals say more
        chance.shuffle(rows)
    order = list(range(len(names)))
    if way % 2:
        chance.shuffle(order)
    sink = io.StringIO()
    writer = csv.writer(sink, delimiter=separator, lineterminator="\r\n" if way == 1 else "\n")
    writer.writerows([row[i] if i < len(row) else "" for i in order] for row in (names, *rows))
    return sink.getvalue().encode(encoding)
