"""What users call things: names of columns, types of events, yes and no, days, colours, currencies.

Everything is compared as ``plain`` makes it: ``Session ID``, ``session_id`` and ``SessionId`` are one name.
"""

from __future__ import annotations

import re

from core.base.written import WHOLE
from core.ingest.cells import export_headings, more_languages
from core.schema.countries import plain
from core.schema.events import EventType

#: Words that names have or leave out: "numéro de commande" and "numero_commande" are one name.
_SMALL = frozenset("de du des del della di of the der van het la le".split())


def bare(name: str) -> str:
    """Return a name as it is compared, without small words."""
    return plain(" ".join(word for word in re.split(r"[\W_]+", name.lower()) if word not in _SMALL))


def _index(words: dict[str, str], *further: dict[str, str]) -> dict[str, str]:
    """Turn canonical -> comma-separated spellings into plain spelling -> canonical; the first ones count."""
    known: dict[str, str] = {}
    for names in (*reversed(further), words):
        every = [(name, target) for target, listed in names.items() for name in (target, *listed.split(", "))]
        known |= {bare(name): target for name, target in every}
        known |= {plain(name): target for name, target in every}
    return known


#: What revenue is called before and after taxes and the like were taken off, and where it was paid.
_PAID = (
    "gross revenue, revenue gross, net revenue, revenue net, revenue brutto, revenue netto, umsatz brutto, "
    "umsatz netto, bruttoumsatz, nettoumsatz, gross sales, net sales, sales gross, sales net, "
    "revenue incl tax, revenue excl tax, revenue incl vat, revenue excl vat, chiffre d'affaires ttc, "
    "chiffre d'affaires ht, ca ttc, ca ht, ingresos brutos, ingresos netos, ricavo lordo, ricavo netto, "
    "fatturato lordo, fatturato netto, przychód brutto, przychód netto, bruto omzet, netto omzet, "
    "order revenue, revenue amount, revenue total, amount paid, paid amount, total paid, order amount, "
    "transaction value, chiffre affaires, chiffre affaires ttc, chiffre affaires ht, "
    "total ttc, montant ttc, montant total, umsätze, gesamtumsatz, erlös, erlöse, "
    "ingreso, ingresos totales, importe total, facturación, ricavi, fatturato totale, "
    "totale ordine, incasso, przychody, obrót, omzet incl btw, omzet excl btw, totale omzet, totaalbedrag"
)

_LINE_TOTALS = (
    "price total, line total, line amount, line revenue, line value, lineitem total, line item total, "
    "item total, "
    "item revenue, row total, extended price, ext price, position total, product revenue, product total, "
    "zeilensumme, positionssumme, positionsbetrag, total ligne, montant ligne, importe línea, total línea, "
    "totale riga, wartość pozycji, regeltotaal"
)
#: What a column is called, plain, that holds the amount of all pieces of a line.
LINE_TOTALS = frozenset(map(plain, _LINE_TOTALS.split(", ")))

#: Names of event columns, by canonical column: English, German, French, Spanish, Italian, Polish, Dutch.
EVENT_COLUMNS: dict[str, str] = _index(
    {
        "session_id": "session, sessionid, session key, user_session, visit id, visit, visit_id, idvisit, "
        "sid, "
        "ga_session_id, domain_sessionid, sitzung, sitzungs-id, sitzungsnummer, besuch, besuchs-id, "
        "identifiant de session, "
        "id de session, id session, session identifiant, sesión, id sesion, id de sesión, sessione, "
        "id sessione, "
        "sesja, id sesji, identyfikator sesji, sessie, sessie-id, sessienummer, bezoek",
        "visitor_id": "visitor, client id, clientid, anonymous id, distinct_id, fullvisitorid, "
        "user_pseudo_id, domain_userid, cookie id, cookie, device id, besucher, besucher-id, visiteur, "
        "id visiteur, client, id client, visitante, id visitante, visitatore, id visitatore, odwiedzający, "
        "id odwiedzającego, "
        "identyfikator odwiedzającego, besucherkennung, browser id, "
        "bezoeker, bezoeker-id",
        # Where a file has no id of a browser, that of an account is the visitor's.
        "user_id": "profile id, person id, contact id, shopper id, relationships.profile.data.id, "
        "customer_ids.registered, user, userid, customer, customer id, "
        "account id, member id, uid, nutzer, nutzer-id, "
        "benutzer, benutzer-id, kunde, kunden-id, kundennummer, utilisateur, id utilisateur, usuario, "
        "id usuario, cliente, id cliente, utente, id utente, użytkownik, id użytkownika, klient, id klienta, "
        "gebruiker, gebruikers-id, klant, klant-id, klantnummer",
        "order_id": "order num, bestellnr, bestell nr, auftragsnr, auftrags nr, beleg nr, belegnummer, "
        "order number, order no, transaction_id, transaction number, ecommerce.transaction_id, "
        "order reference, order ref, order nr, order code, order key, order name, orderid, receipt number, "
        "receipt id, transaction reference, transaction ref, amazon order id, bestellreferenz, "
        "tr_orderid, purchase id, invoice id, invoice number, invoice, bestellnummer, bestell-id, "
        "auftragsnummer, numéro de commande, id commande, n° commande, n° de commande, nº pedido, "
        "référence commande, "
        "número de pedido, id pedido, numero ordine, "
        "id ordine, numer zamówienia, id zamówienia, bestelnummer, bestel-id",
        "order_status": "status, statut, état, estado, stato, transaction type, order type, payment state, "
        "purchase status, bestellart, type de transaction, tipo de transacción, tipo transazione, "
        "typ transakcji, "
        "status commande, auftragsstatus, order status name, "
        "transaction state, financial status, payment status, transaction status, order state, "
        "bestellstatus, zahlungsstatus, statut de commande, estado del pedido, stato ordine, "
        "status zamówienia",
        "event_id": "event uuid, uuid, guid, unique id, message uuid, hit id, hit uuid, message id, "
        "insert_id, $insert_id, event guid, dedup id, deduplication id, delivery id",
        "user_agent": "useragent, browser user agent, http user agent, ua, ua string, context.useragent",
        "timestamp": "time, event time, event_timestamp, datetime, date time, date and time, occurred at, "
        "created at, "
        "start time, started at, action time, client time, event at, "
        "ts, derived_tstamp, collector_tstamp, event date time, server time, hit time, unix time, epoch, "
        "zeit, zeitpunkt, "
        "zeitstempel, datum und uhrzeit, uhrzeit, horodatage, heure, date heure, date et heure, "
        "fecha y hora, fecha hora, "
        "marca de tiempo, hora, ora, data e ora, data ora, data i godzina, czas, znacznik czasu, godzina, "
        "tijd, tijdstip, "
        "datum en tijd, tijdstempel",
        "date": "day, event date, datum, tag, jour, fecha, día, data, giorno, dzień, dag",
        "order": "sequence, seq, step, position in session, event number, hit number, event_index, "
        "click number, "
        "reihenfolge, schritt, ordre, étape, orden, paso, ordine, passo, kolejność, krok, volgorde, stap",
        "event_type": "event, eventtype, event name, action, activity, type, event action, behavior, "
        "behaviour, "
        "behavior_type, hit type, interaction, ereignis, ereignistyp, ereignisart, aktion, aktivität, "
        "événement, "
        "type d'événement, type evenement, évènement, evento, tipo de evento, tipo evento, acción, azione, "
        "zdarzenie, "
        "typ zdarzenia, akcja, gebeurtenis, type gebeurtenis, gebeurtenistype, actie",
        "product_id": "product, item, item id, itemid, sku, article, product sku, product code, "
        "product_name, "
        "item name, variant id, artikel, artikelnummer, artikel-id, produkt, produkt-id, produktnummer, "
        "produit, id produit, "
        "référence produit, producto, id producto, artículo, prodotto, id prodotto, articolo, id produktu, "
        "numer produktu, "
        "productnummer, artikelcode",
        "category": "product category, category_code, category name, item category, page1_main_category, "
        "main category, "
        "department, kategorie, produktkategorie, warengruppe, catégorie, catégorie de produit, categoría, "
        "categoría de producto, categoria, categoria prodotto, kategoria, kategoria produktu, categorie, "
        "productcategorie",
        "colour": "color, product color, item color, farbe, produktfarbe, couleur, colore, kolor, kleur",
        "brand": "manufacturer, vendor, marke, hersteller, marque, fabricant, marca, marchio, marka, "
        "producent, merk",
        "price": "unit price, item price, product price, price eur, price usd, amount, preis, einzelpreis, "
        "stückpreis, "
        "prix, prix unitaire, precio, precio unitario, prezzo, prezzo unitario, cena, cena jednostkowa, "
        "prijs, "
        "stukprijs, " + _LINE_TOTALS,
        "quantity": "qty, units, count, item quantity, menge, anzahl, stückzahl, quantité, cantidad, "
        "quantità, quantita, "
        "ilość, liczba, aantal, hoeveelheid",
        "revenue": "order value, order total, total, order revenue, purchase revenue, transaction revenue, "
        "ecommerce.purchase_revenue, ecommerce_purchase_revenue, value, event_value, "
        "total amount, total revenue, order price, "
        "sales, turnover, "
        "grand total, order sum, order grand total, "
        "bestellsumme, auftragswert, "
        "total commande, total pedido, importe, importe pedido, totale, importo, "
        "kwota, suma zamówienia, ordertotaal, bedrag, betrag, summe, bruttobetrag, rechnungsbetrag, "
        "total price, umsatz, bestellwert, gesamtbetrag, gesamtsumme, chiffre d'affaires, "
        "montant, "
        "ingresos, total pedido, ricavo, fatturato, przychód, "
        "wartość zamówienia, omzet, bestelwaarde, " + _PAID,
        "currency": "currency code, currencycode, ccy, curr, currency iso, währungscode, währungskürzel, "
        "code devise, código moneda, codice valuta, kod waluty, valutacode, währung, devise, monnaie, "
        "moneda, valuta, divisa, "
        "waluta, munteenheid",
        "country": "country code, geo_country, geo country, country name, nation, land, länder, "
        "länderkürzel, pays, "
        "país, paese, nazione, kraj, państwo",
        "page": "url, page url, page location, page path, path, page title, screen, seite, seiten-url, "
        "seitenpfad, "
        "página, pagina, strona, adres url",
        "device": "device category, device type, platform, dvce_type, gerät, gerätetyp, endgerät, appareil, "
        "type d'appareil, dispositivo, urządzenie, typ urządzenia, apparaat",
        "channel": "traffic source, source, medium, source medium, utm_source, utm_medium, channel grouping, "
        "default channel group, referrer, kanal, quelle, canal, fuente, canale, sorgente, kanał, źródło, "
        "kanaal, bron",
        "is_returning": "returning, returning visitor, is returning visitor, visitor type, wiederkehrend, "
        "wiederkehrender besucher, récurrent, recurrente, di ritorno, powracający, terugkerend",
    },
    export_headings.EVENT_COLUMNS,
    more_languages.EVENT_COLUMNS,
)

#: What an event is called that calls an order off.
_CANCELLATIONS = (
    "cancelled order, canceled order, order cancelled, order canceled, order cancellation, cancel order, "
    "ecommerce.order_cancelled, order voided, purchase cancelled, purchase canceled, bestellung storniert, "
    "storno, stornierung, "
    "commande annulée, annulation, annulation commande, "
    "pedido cancelado, compra cancelada, ordine annullato, "
    "zamówienie anulowane, bestelling geannuleerd, " + more_languages.CANCELLATIONS
)

#: What an event is called with which a shop's office changes an order that was placed before.
_UPDATES = (
    "order updated, updated order, order edited, order changed, order modified, order fulfilled, "
    "fulfilled order, order partially fulfilled, order shipped, shipped order, order delivered, "
    "delivered order, shipment sent, order status changed, order status updated, order closed, "
    "bestellung aktualisiert, bestellung geändert, bestellung versendet, bestellung versandt, "
    "bestellung geliefert, commande modifiée, commande mise à jour, commande expédiée, commande livrée, "
    "pedido actualizado, pedido modificado, pedido enviado, pedido entregado, ordine aggiornato, "
    "ordine modificato, ordine spedito, ordine consegnato, zamówienie zaktualizowane, "
    "zamówienie zmienione, zamówienie wysłane, bestelling bijgewerkt, bestelling gewijzigd, "
    "bestelling verzonden, bestelling geleverd, "
    # Nobody visits a shop to have a subscription go on.
    "subscription renewed, subscription renewal, renewed subscription, subscription charged, "
    "subscription charge, subscription payment, recurring payment, recurring order, recurring charge, "
    "recurring purchase, renewal, renewal order, auto renewal, auto renew, rebill, "
    "abo verlängert, aboverlängerung, abo verlängerung, abonnement renouvelé, renouvellement, "
    "renouvellement abonnement, suscripción renovada, renovación, abbonamento rinnovato, rinnovo, "
    "subskrypcja odnowiona, odnowienie, abonnement verlengd, verlenging"
)

#: Words for what a visitor did, by event type.
EVENT_WORDS: dict[str, str] = _index(
    {
        EventType.PAGE_VIEW: "viewed page, visited page, page visited, view page, page, pageview, "
        "page viewed, visit, page visit, screen_view, $pageview, "
        "seitenaufruf, "
        "seitenansicht, page vue, vue de page, vista de página, vista página, visualizzazione pagina, "
        "odsłona, "
        "wyświetlenie strony, paginaweergave",
        EventType.SEARCH: "searched site, product search, searched, site search, view_search_results, "
        "search_submitted, "
        "products searched, suche, gesucht, "
        "recherche, búsqueda, busqueda, buscar, ricerca, wyszukiwanie, szukaj, zoeken, zoekopdracht",
        EventType.LIST_VIEW: "list, category view, view_item_list, product list viewed, collection_viewed, "
        "category, "
        "view_category, listenansicht, kategorieansicht, kategorie, vue liste, vue catégorie, "
        "vista de lista, vista lista, "
        "lista, widok listy, lijstweergave, categorie",
        EventType.PRODUCT_VIEW: "viewed product, viewed item, view product, product detail viewed, view, "
        "viewed, product viewed, productview, view_item, view item, "
        "product page, product, "
        "product_viewed, detail, detail view, view content, viewcontent, pv, prodview, produktansicht, "
        "artikelansicht, "
        "produktaufruf, ansicht, vue produit, vue, vista de producto, vista producto, vista prodotto, vista, "
        "wyświetlenie produktu, odsłona produktu, productweergave, bekijken",
        EventType.CLICK: "clicked, product clicked, select_item, select item, tap, klick, geklickt, clic, "
        "clique, clicco, "
        "kliknięcie, klik",
        EventType.CART_ADD: "item added to cart, item added, product added to cart, added product, cart, "
        "add to cart, addtocart, add_to_cart, added to cart, product added, "
        "product_added_to_cart, basket, add to basket, addtobasket, atc, scadd, warenkorb, in den warenkorb, "
        "zum warenkorb hinzugefügt, warenkorb hinzufügen, ajout panier, ajout au panier, "
        "ajouter au panier, panier, "
        "añadir al carrito, agregar al carrito, añadido al carrito, carrito, aggiunta al carrello, "
        "aggiungi al carrello, "
        "carrello, dodanie do koszyka, dodaj do koszyka, koszyk, in winkelwagen, "
        "toevoegen aan winkelwagen, winkelwagen",
        EventType.CART_REMOVE: "item removed from cart, item removed, product removed from cart, "
        "remove from cart, remove_from_cart, removefromcart, removed from cart, "
        "product removed, "
        "product_removed_from_cart, scremove, aus dem warenkorb, aus warenkorb entfernt, "
        "warenkorb entfernen, "
        "retrait panier, retirer du panier, suppression panier, eliminar del carrito, quitar del carrito, "
        "rimosso dal carrello, rimuovi dal carrello, usunięcie z koszyka, usuń z koszyka, uit winkelwagen, "
        "verwijderen uit winkelwagen",
        EventType.CART_VIEW: "viewed cart, view cart, view_cart, viewcart, cart viewed, cart_viewed, scview, "
        "warenkorbansicht, "
        "warenkorb ansehen, vue panier, voir panier, ver carrito, vedi carrello, widok koszyka, "
        "winkelwagen bekijken",
        EventType.CHECKOUT: "started checkout, start checkout, checkout start, begin checkout, "
        "begin_checkout, checkout started, checkout_started, "
        "initiate checkout, "
        "initiatecheckout, add_payment_info, add_shipping_info, payment info entered, "
        "payment_info_submitted, "
        "scopen, sccheckout, kasse, zur kasse, kassenvorgang, commande commencée, passage en caisse, caisse, "
        "iniciar compra, pago, cassa, pagamento, kasa, do kasy, afrekenen, kassa",
        EventType.PURCHASE: "order placed, placed order, order created, order success, purchase completed, "
        "purchase complete, payment completed, payment success, payment successful, checkout complete, "
        "purchased, buy, bought, order, ordered, order completed, transaction, "
        "checkout_completed, "
        "checkout completed, sale, conversion, kauf, gekauft, bestellung, bestellt, achat, acheté, "
        "commande, compra, "
        "comprado, pedido, acquisto, ordine, zakup, kupno, zamówienie, aankoop, gekocht, bestelling, koop",
        EventType.OTHER: "ordered product, active on site, refunded order, "
        "order partially refunded, order returned, purchase refund, "
        "add to wishlist, added to wishlist, wishlist, web vitals, "
        "purchase failed, "
        "payment failed, order failed, checkout abandoned, cart abandoned, custom, misc, "
        "sonstiges, autre, otro, altro, inne, overig, session_start, "
        "session_end, first_visit, first_open, scroll, user_engagement, $pageleave, page leave, page_leave, "
        "session start, engagement, pageleave, $set, heartbeat, ping, page_ping, "
        "$autocapture, $identify, identify, file_download, video_progress, "
        "refund, refunded, order refunded, ecommerce.order_refunded, af_refund, partial refund, chargeback, "
        "refund issued, refund completed, refund processed, order refund, "
        "return, returned, product returned, erstattung, rückerstattung, retoure, remboursement, reembolso, "
        "rimborso, zwrot, terugbetaling, " + _CANCELLATIONS + ", " + _UPDATES,
    },
    export_headings.EVENT_WORDS,
    more_languages.EVENT_WORDS,
)

#: Names of columns of session rows, by column of the session row.
SESSION_COLUMNS: dict[str, str] = _index(
    {
        "session_id": "session, sessionid, session key, user_session, visit id, sitzung, sitzungs-id, "
        "id de session, "
        "sesión, id de sesión, sessione, id sessione, sesja, id sesji, sessie, sessie-id",
        "visitor_id": "clientid, anonymous id, distinct_id, fullvisitorid, user_pseudo_id, domain_userid, "
        "cookie id, device id, browser id, profile id, visitor, user, user_id, userid, client id, "
        "customer id, customer, besucher, "
        "besucher-id, kunde, "
        "kundennummer, visiteur, visitante, usuario, cliente, utente, visitatore, użytkownik, klient, "
        "bezoeker, klant",
        "started_at": "first event, first event at, first hit, first hit time, first event time, session "
        "begin, "
        "session begin time, begin time, entry time, landing time, visit started at, anfang, "
        "sitzungsbeginn, sitzungsstart, besuchsbeginn, début de session, heure de début, début visite, "
        "inicio sesión, hora de inicio, fecha de inicio, inizio sessione, ora inizio, data inizio, "
        "początek sesji, rozpoczęcie, data rozpoczęcia, start sessie, sessiestart, begintijd, "
        "session start time, session started at, "
        "session date, visit date, session datetime, start, start ts, start tstamp, "
        "start time, session start, started, timestamp, "
        "time, date, datetime, "
        "visit start, "
        "visit start time, beginn, startzeit, datum, début, inicio, inizio, początek, begin, starttijd",
        "n_events": "events, total events, number of events, event count, actions, hits, total hits, "
        "interactions, "
        "ereignisse, anzahl ereignisse, événements, eventos, eventi, zdarzenia, gebeurtenissen",
        "clicks": "total clicks, number of clicks, click count, clickcount, num clicks, n clicks, klicks, "
        "anzahl klicks, "
        "clics, nombre de clics, número de clics, clic totali, kliknięcia, liczba kliknięć, "
        "aantal klikken, klikken",
        "page_views": "pages, pageviews, views, total views, total page views, pages viewed, "
        "number of pages, page count, "
        "seitenaufrufe, seitenansichten, seiten, pages vues, páginas vistas, pagine viste, odsłony, "
        "paginaweergaven",
        "product_views": "product detail views, view items, products viewed, product page views, "
        "total product views, productrelated, "
        "items viewed, "
        "item views, produktansichten, angesehene produkte, produits vus, productos vistos, prodotti visti, "
        "wyświetlone produkty, bekeken producten",
        "searches": "total searches, number of searches, search count, site searches, suchen, "
        "suchanfragen, recherches, "
        "búsquedas, ricerche, wyszukiwania, zoekopdrachten",
        "cart_adds": "add to carts, added to carts, cart additions, added to cart, add to cart, "
        "adds to cart, cart add count, items added, "
        "total cart adds, products added, in den warenkorb, ajouts au panier, añadidos al carrito, "
        "aggiunte al carrello, "
        "dodania do koszyka, toegevoegd aan winkelwagen",
        "cart_removes": "cart removals, removed from cart, removes from cart, items removed, "
        "aus dem warenkorb, "
        "retraits du panier, eliminados del carrito, rimossi dal carrello, usunięcia z koszyka",
        "checkouts": "begin checkouts, checkouts started, checkout, checkout steps, checkout count, "
        "begin checkout, kassenschritte",
        "duration_seconds": "duration, session duration, time spent, time on site, total time, "
        "total duration, "
        "visit duration, session length, time spent seconds, time spent (s), duration (s), duration (sec), "
        "length, "
        "dauer, sitzungsdauer, verweildauer, besuchsdauer, durée, durée de session, temps passé, duración, "
        "tiempo, "
        "durata, tempo trascorso, czas trwania, czas sesji, duur, sessieduur, tijd besteed",
        "mean_gap_seconds": "mean gap, average gap, avg gap, time between events, avg time between clicks, "
        "average time per page, avg time per page",
        "unique_products": "distinct products, different products, number of products, unique items, "
        "products, "
        "verschiedene produkte, produits différents, productos distintos, prodotti diversi, różne produkty",
        "unique_categories": "distinct categories, different categories, number of categories, categories, "
        "verschiedene kategorien, catégories, categorías, categorie diverse, kategorie",
        "price_mean": "avg price, average price, mean price, price avg, price, avg product price, "
        "average product price, "
        "durchschnittspreis, mittlerer preis, preis, prix moyen, prix, precio medio, precio promedio, "
        "precio, "
        "prezzo medio, prezzo, średnia cena, cena, gemiddelde prijs, prijs",
        "price_max": "max price, maximum price, highest price, höchster preis, maximalpreis, prix maximum, "
        "prix max, "
        "precio máximo, prezzo massimo, maksymalna cena, hoogste prijs",
        "cart_value": "basket value, cart total, cart amount, basket total, warenkorbwert, valeur du panier, "
        "valor del carrito, valore carrello, wartość koszyka, winkelwagenwaarde",
        "dominant_category": "category, main category, top category, most viewed category, "
        "page 1 main category, "
        "favourite category, favorite category, primary category, kategorie, hauptkategorie, catégorie, "
        "catégorie principale, categoría, categoría principal, categoria, categoria principale, kategoria, "
        "categorie",
        "dominant_colour_group": "color group, colour group, dominant color group, main colour group, "
        "color, colour, "
        "dominant color, dominant colour, main color, farbgruppe, farbe, groupe de couleur, couleur, "
        "grupo de color, "
        "gruppo colore, colore, grupa kolorów, kolor, kleurgroep, kleur",
        "country_group": "region group, market, market group, ländergruppe, markt, groupe de pays, "
        "grupo de países, "
        "gruppo paesi, grupa krajów, landengroep",
        "country": "country code, country name, land, pays, país, paese, kraj, nation",
        "device": "device category, device type, platform, gerät, gerätetyp, appareil, dispositivo, "
        "urządzenie, apparaat",
        "channel": "traffic source, source, medium, utm_source, channel grouping, kanal, canal, canale, "
        "kanał, kanaal",
        "day_of_week": "weekday, day, dow, day name, week day, wochentag, tag, jour, jour de la semaine, "
        "día, "
        "día de la semana, giorno, giorno della settimana, dzień tygodnia, dag, dag van de week",
        "hour": "hour of day, start hour, stunde, uhrzeit, heure, hora, ora, godzina, uur",
        "is_weekday": "on a weekday, is week day, workday, working day, werktag, weekday flag, jour ouvré, "
        "día laborable",
        "is_returning": "returning, returning visitor, returning customer, repeat visitor, visitor type, "
        "visitortype, "
        "wiederkehrend, récurrent, recurrente, powracający, terugkerend",
        "purchased": "purchases, orders, transactions, conversions, number of purchases, number of orders, "
        "order count, käufe, bestellungen, transaktionen, achats, commandes, compras, pedidos, acquisti, "
        "ordini, purchase, bought, converted, conversion, has purchased, is purchase, made purchase, "
        "buyer, ordered, "
        "transaction, outcome, session outcome, conversion status, purchase status, kaufabschluss, "
        "konvertiert, converti, convertie, convertito, convertido, geconverteerd, gekauft, kauf, achat, "
        "acheté, compra, comprado, acquisto, acquistato, "
        "zakup, kupił, "
        "aankoop, gekocht",
        "revenue": "order value, order total, total revenue, purchase revenue, transaction revenue, sales, "
        "purchase amount, "
        "amount spent, spend, umsatz, bestellwert, chiffre d'affaires, ingresos, importe, ricavo, "
        "fatturato, przychód, "
        "wartość zamówienia, omzet, " + _PAID,
    },
    export_headings.SESSION_COLUMNS,
    more_languages.SESSION_COLUMNS,
)

#: What columns of a wide table are called that count one event each, plain, by column of the session row.
EVENT_COUNTS: dict[str, str] = {
    plain(name): target
    for target, names in {
        "page_views": "page_view, pageview, page_viewed, screen_view",
        "product_views": "view_item, product_view, product_viewed, view_product, view_content, detail_view",
        "searches": "search, view_search_results, site_search, product_search",
        "cart_adds": "add_to_cart, cart_add, product_added, addtocart",
        "cart_removes": "remove_from_cart, cart_remove, product_removed, removefromcart",
        "checkouts": "begin_checkout, checkout_started, initiate_checkout, start_checkout",
        "clicks": "click, select_item, select_content",
    }.items()
    for name in names.split(", ")
}

#: What devices are called in any language, plain, by how they are shown.
DEVICES: dict[str, str] = _index(export_headings.DEVICES, more_languages.DEVICES)
#: What columns of session rows are called, plain, that hold additions to the cart or what it is worth.
CARTS = frozenset(map(plain, export_headings.CARTS.split(", ")))

#: Columns that say the opposite of the column they become.
NEGATED_COLUMNS: dict[str, str] = {
    **dict.fromkeys(
        map(plain, ("weekend", "is weekend", "on weekend", "wochenende", "fin de semana", "fine settimana")),
        "is_weekday",
    ),
    **dict.fromkeys(map(plain, ("new visitor", "is new", "first visit", "is new visitor")), "is_returning"),
}

YES: tuple[str, ...] = (
    *"true t yes y 1 1.0 on ja j wahr oui o vrai si sí sì s vero verdadero tak prawda waar".split(),
    *"100% 100.0% 100.00% 100,0% 100,00%".split(),
    *"sim verdadeiro ano áno kyllä igen da да evet doğru はい 是".split(),
    *"購入 購入済み 購入あり 注文あり 购买 已购买 已下单 구매 куплено купил купила".split(),
    *(
        f"{what}{mark}{done}"
        for what in ("transaction", "order", "purchase")
        for mark in " _-"
        for done in ("completed", "complete", "placed")
    ),
    *"✓ ✔ ☑ buyer purchaser converter käufer acheteur comprador".split(),
    *"kauf gekauft bestellt konvertiert achat acheté converti compra comprado convertido acquisto acquistato "
    "convertito zakup aankoop gekocht order".split(),
    *"completed complete converted success successful succeeded won paid ordered sale placed".split(),
    *"bezahlt abgeschlossen payé payée terminé terminée pagado pagada completado completada pagato pagata "
    "completato completata opłacone zrealizowane betaald voltooid afgerond".split(),
    *(
        "returning",
        "returning_visitor",
        "returningcustomer",
        "returning visitor",
        "purchase",
        "purchased",
        "bought",
        "weekday",
    ),
    *more_languages.YES,
)
NO: tuple[str, ...] = (
    *"false f no n 0 0.0 off nein falsch non faux falso nie fałsz nee onwaar".split(),
    *"0% 0.0% 0.00% 0,0% 0,00%".split(),
    *"não nao ne nej nei ei nem nu нет hayır yanlış いいえ 否".split(),
    *"未購入 購入なし 注文なし 未购买 未下单 미구매".split(),
    *("не куплено", "не купил", "не купила", "failure", "fail", "unsuccessful", "dropped", "no-sale"),
    *"abandoned bounced bounce cancelled canceled failed incomplete lost unconverted exited left".split(),
    *"✗ ✘ ✕ non-buyer nonbuyer non_buyer nichtkäufer".split(),
    *"abbruch abgebrochen abandon abandonné abandonado abbandonato porzucony afgebroken browsed "
    "browsing".split(),
    *"storniert fehlgeschlagen annulé annulée échoué échouée abandonnée cancelado cancelada anulado anulada "
    "fallido fallida abandonada annullato annullata fallito fallita abbandonata anulowane nieudane "
    "porzucone geannuleerd mislukt".split(),
    *(
        f"{no}{mark}{bought}"
        for mark in " _-"
        for no, words in {
            "no": "purchase order sale conversion compra",
            "not": "converted purchased bought completed",
            "non": "converted converti acheté",
            "kein": "kauf",
            "nicht": "gekauft bestellt",
            "sin": "compra",
            "geen": "aankoop",
            "brak": "zakupu",
            "nessun": "acquisto",
            "cart": "abandoned",
        }.items()
        for bought in words.split()
    ),
    *("new", "new_visitor", "new visitor", "none", "not purchased", "weekend"),
    *more_languages.NO,
)

#: What a row of totals is called in the place of an id, in lower case.
TOTALS: tuple[str, ...] = (
    *"total totals total: sum summe gesamt gesamtsumme insgesamt gesamtergebnis".split(),
    *"totale totaal razem suma".split(),
    *"average avg mean median durchschnitt mittelwert moyenne promedio średnia gemiddelde ø".split(),
    *"min max minimum maximum std stdev mittel schnitt media médiane mediana".split(),
    *"ogółem łącznie somme итого всего 合計 总计 總計 toplam celkem összesen yhteensä".split(),
    *("totalt", "summa", "totais", "σ", "Σ"),
    *(
        "all",
        "overall",
        "all sessions",
        "total geral",
        "suma ogólna",
        "razem ogółem",
        "i alt",
        "report total",
    ),
    *("grand total", "total general", "total général", "totale complessivo", "suma końcowa", "eindtotaal"),
    *"subtotal subtotals sub-total zwischensumme teilergebnis sous-total subtotale subtotaal".split(),
    *("sub total", "sous total", "suma częściowa", "suma cząstkowa"),
    *more_languages.TOTALS,
)

#: What stands in the place of an id where there is none, in lower case. A zero may also be the first of
#: ids that are counted.
NOBODY: tuple[str, ...] = (
    *("0" * n for n in (*range(2, 21), 24, 40, 64)),
    *"? ?? ??? . / -1 -1.0 null none nil nan na n/a #n/a undefined unknown anonymous anon anonym "
    "guest".split(),
    *"gast gastkunde gastbesteller invité invitée invitado ospite gość nobody n/d nd unbekannt inconnu "
    "anonyme anónimo anonimo onbekend keine keiner aucun ninguno nessuno".split(),
    *"guest_user anonymous_user guestuser ungültig nicht_gesetzt - -- (none) (null) <null> \\n {} [] "
    "[null] (other)".split(),
    *("(not set)", "not set", "not_set", "not available", "(not provided)", "no user", "[object object]"),
    *(
        "not-set",
        "no_user",
        "nouser",
        "no_id",
        "no user id",
        "false",
        "visiteur anonyme",
        "anonymer besucher",
    ),
    *("usuario anónimo", "utente anonimo", "anoniem", "anonymous visitor", "unknown user", "unknown visitor"),
    *("not logged in", "(not logged in)", "logged out", "not identified", "no visitor", "guest user"),
    *("anonymous user", "guest checkout", "no id", "nicht angemeldet", "non connecté", "(empty)", "(blank)"),
    *("ffffffff-ffff-ffff-ffff-ffffffffffff", "ffffffffffffffffffffffffffffffff"),
    *("00000000-0000-0000-0000-000000000000", "00000000000000000000000000000000"),
    *more_languages.NOBODY,
)
ZERO = ("0", "0.0")

_DAYS = (
    "monday mon mo montag lundi lun lunes lunedi poniedzialek pon maandag ma",
    "tuesday tue tues tu di dienstag mardi mar martes martedi wtorek wt dinsdag",
    "wednesday wed we mi mittwoch mercredi mer miercoles mercoledi sroda sr woensdag wo",
    "thursday thu thur thurs th do donnerstag jeudi jeu jueves giovedi czwartek czw donderdag",
    "friday fri fr freitag vendredi ven viernes venerdi piatek pt vrijdag vr",
    "saturday sat sa samstag sonnabend samedi sam sabado sabato sobota sob zaterdag za",
    "sunday sun su so sonntag dimanche dim domingo domenica niedziela ndz zondag zo",
)
#: Names of days, plain, with their number: 1 is Monday.
DAY_NUMBER: dict[str, int] = {
    plain(name): i
    for days in (more_languages.DAYS, _DAYS)
    for i, names in enumerate(days, start=1)
    for name in names.split()
}

#: Colours in other languages and spellings, plain, in English.
COLOURS: dict[str, str] = _index(
    {
        "black": "schwarz, noir, negro, nero, czarny, zwart",
        "white": "weiß, weiss, blanc, blanco, bianco, biały, wit",
        "gray": "grey, grau, gris, grigio, szary, grijs", "red": "rot, rouge, rojo, rosso, czerwony, rood",
        "blue": "blau, bleu, azul, blu, niebieski, blauw", "green": "grün, vert, verde, zielony, groen",
        "yellow": "gelb, jaune, amarillo, giallo, żółty, geel",
        "brown": "braun, marron, marrón, marrone, brązowy, bruin",
        "pink": "rosa, różowy, roze", "violet": "violett, lila, viola, fioletowy, paars",
        "purple": "violeta, pourpre",
        "orange": "naranja, arancione, pomarańczowy, oranje", "beige": "beżowy",
        "gold": "or, oro, dorado, złoty, goud",
        "silver": "silber, argent, plata, argento, srebrny, zilver",
        "turquoise": "türkis, turquesa, turchese",
        "navy blue": "navy, dunkelblau, marine, marineblau, bleu marine",
        "burgundy": "bordeaux, weinrot, burdeos",
        "olive": "oliv, olivgrün",
        "of many colors": "bunt, mehrfarbig, multicolore, multicolor, wielokolorowy, meerkleurig",
    }
)  # fmt: skip

CURRENCY_SIGNS: dict[str, str] = {
    "€": "EUR", "$": "USD", "US$": "USD", "£": "GBP", "¥": "JPY", "zł": "PLN", "zl": "PLN",
    "CHF": "CHF", "Fr.": "CHF", "Euros": "EUR", "US Dollar": "USD", "US Dollars": "USD", "U.S. Dollar": "USD",
    "Pounds": "GBP", "British Pound": "GBP", "Franken": "CHF", "円": "JPY", "元": "CNY",
    "₹": "INR", "₽": "RUB", "₺": "TRY", "₴": "UAH", "₩": "KRW", "₪": "ILS", "Kč": "CZK", "Ft": "HUF",
    "R$": "BRL",
    "kr": "SEK", "lei": "RON", "лв": "BGN", "EURO": "EUR", "A$": "AUD", "AU$": "AUD", "C$": "CAD",
    "CA$": "CAD", "NZ$": "NZD", "HK$": "HKD", "S$": "SGD", "NT$": "TWD", "MX$": "MXN", "CN¥": "CNY",
    "RMB": "CNY", "Rs": "INR", "Rp": "IDR", "₫": "VND", "฿": "THB", "₱": "PHP", "RM": "MYR", "TL": "TRY",
    "￥": "JPY", "원": "KRW",
    "SFr": "CHF", "SFr.": "CHF", "Fr": "CHF", "руб": "RUB", "грн": "UAH", "₸": "KZT", "€uro": "EUR",
}  # fmt: skip

#: Words for currencies that may stand beside an amount, by the currency they are taken for.
CURRENCY_WORDS: dict[str, str] = {
    "dollars": "USD", "dollar": "USD", "us dollars": "USD", "us dollar": "USD", "euros": "EUR",
    "pounds": "GBP", "pound": "GBP", "francs": "CHF", "franken": "CHF", "kronor": "SEK", "kroner": "DKK",
    "rubles": "RUB", "rupees": "INR", "złotych": "PLN", "złoty": "PLN", "pesos": "MXN", "reais": "BRL",
}  # fmt: skip
#: What stands behind an amount in hundredths of a currency, by the currency where it is one's alone.
MINOR_SIGNS: dict[str, str | None] = {
    "p": "GBP", "pence": "GBP", "¢": "USD", "ct": None, "cts": None, "cents": None, "cent": None,
    "centimes": None, "gr": "PLN", "groszy": "PLN", "коп": "RUB", "øre": None, "öre": "SEK",
}  # fmt: skip
#: Codes of hundredths that exchanges and some shops write: never taken for the currency itself.
MINOR_CODES = {"GBp": "GBX", "GBX": "GBX", "ZAc": "ZAC", "ILA": "ILA"}
#: Currencies that a column's name may hold; "all", "top" and "try" are words of their own.
HEADING_CURRENCIES = frozenset(
    "EUR USD GBP JPY CHF PLN SEK NOK DKK CZK HUF RON BGN CAD AUD NZD CNY INR BRL MXN KRW SGD HKD ZAR AED SAR "
    "ILS THB IDR MYR PHP VND UAH TWD CLP COP ARS".split()
)
#: Currencies whose unit is worth so little that millions of it are an ordinary price.
SMALL_UNITS = frozenset(
    "JPY KRW IDR VND COP CLP HUF IRR LBP PYG UGX TZS NGN ISK ARS MMK KHR LAK UZS IQD".split()
)
#: Words in the name of a column of amounts that aren't in whole units.
HUNDREDTHS = frozenset("cent cents centimes centimos pence penny grosze minor subunits".split())
#: How many minor units make one of a currency, where it isn't a hundred (ISO 4217).
MINOR_UNITS: dict[str, int] = {
    **dict.fromkeys(sorted(WHOLE), 1),
    **dict.fromkeys("BHD KWD OMR JOD TND IQD LYD".split(), 1000),
}
MILLIONTHS = frozenset("micros micro microunits millionths".split())
#: What Google's exports call amounts that they write in millionths, plain.
IN_MILLIONTHS = frozenset(
    "totaltransactionrevenue transactionrevenue productrevenue productprice localtransactionrevenue "
    "localproductrevenue localproductprice itemrevenue transactiontax transactionshipping".split()
)

#: What an order's status means: it was paid (or will be), came to nothing, or was paid back.
ORDER_STATUSES: dict[str, str] = {
    plain(word): status
    for status, words in {
        "paid": "paid, complete, completed, processing, shipped, delivered, fulfilled, success, successful, "
        "succeeded, closed, captured, approved, accepted, confirmed, done, partially refunded, "
        "partially_paid, partially fulfilled, unfulfilled, in transit, authorized, settled, active, placed, "
        "sale, order, purchase, charge, payment, capture, verkauf, vente, venta, vendita, sprzedaż, verkoop, "
        "payment accepted, payment received, remote payment accepted, processing in progress, "
        "paiement accepté, paiement à distance accepté, en cours de préparation, pago aceptado, "
        "pagamento accettato, zahlung eingegangen, zahlung akzeptiert, betaling aanvaard, "
        "płatność zaakceptowana, "
        "invoiced, packed, new, open, ok, ordered, partial refund, partly refunded, partial_refund, "
        "bezahlt, abgeschlossen, versendet, versandt, geliefert, zugestellt, in bearbeitung, "
        "teilweise erstattet, teilerstattet, neu, "
        "payé, payée, terminé, terminée, expédié, expédiée, livré, livrée, en cours, en préparation, "
        "traitée, validée, partiellement remboursée, partiellement remboursé, "
        "pagado, pagada, completado, completada, enviado, enviada, entregado, entregada, procesando, "
        "reembolsado parcialmente, "
        "pagato, pagata, completato, completata, spedito, consegnato, in lavorazione, "
        "opłacone, zrealizowane, wysłane, w realizacji, "
        "betaald, afgerond, verzonden, voltooid, afgeleverd, in behandeling",
        "cancelled": "cancelled, canceled, cancel, voided, void, failed, failure, pending, pending payment, "
        "pending_payment, on hold, on-hold, declined, rejected, expired, abandoned, draft, checkout-draft, "
        "error, denied, authorization failed, unpaid, awaiting payment, aborted, incomplete, not paid, "
        "awaiting check payment, awaiting bank wire payment, awaiting cheque payment, erreur de paiement, "
        "en attente du paiement par chèque, en attente de virement bancaire, "
        "payment error, payment failed, payment_failed, payment pending, pending_review, fraud, "
        "suspected fraud, holded, deleted, trash, timeout, timed out, canceled by customer, "
        "cancelled by customer, refused, requires_payment_method, requires_action, requires payment, "
        "cancelled_by_user, not completed, payment declined, overdue, pending approval, test, zahlung offen, "
        "zahlung fehlgeschlagen, überfällig, unvollständig, nicht abgeschlossen, paiement refusé, "
        "paiement en attente, paiement échoué, impayé, pago pendiente, pago rechazado, impagado, "
        "in attesa di pagamento, pagamento rifiutato, non pagato, nieopłacone, odrzucone, wstrzymane, "
        "oczekuje na płatność, afgewezen, betaling mislukt, wacht op betaling, openstaand, "
        "storniert, storno, abgebrochen, abgelehnt, gelöscht, zahlung ausstehend, warten auf zahlung, "
        "nicht bezahlt, unbezahlt, wartend, "
        "fehlgeschlagen, ausstehend, offen, annulé, annulée, échoué, échouée, en attente, "
        "en attente de paiement, refusé, refusée, abandonnée, impayée, "
        "cancelado, cancelada, anulado, anulada, fallido, fallida, pendiente, pendiente de pago, rechazado, "
        "rechazada, en espera, "
        "annullato, annullata, fallito, fallita, in attesa, in sospeso, rifiutato, "
        "anulowane, nieudane, oczekujące, geannuleerd, mislukt, in afwachting, geweigerd",
        "refunded": "refunded, refund, returned, reversed, chargeback, charged back, charged_back, "
        "gutschrift, credit note, credit memo, rückgabe, zurückerstattet, rückerstattung, avoir, "
        "remboursement, reembolso, devolución, rimborso, nota di credito, zwrot, zwrócono, retour, "
        "terugbetaling, creditnota, return, reimbursed, "
        "fully refunded, full refund, disputed, return received, erstattet, rückerstattet, retourniert, "
        "retoure, zurückgegeben, zurückgesendet, remboursé, remboursée, retourné, retournée, reembolsado, "
        "reembolsada, devuelto, devuelta, rimborsato, rimborsata, reso, zwrócone, terugbetaald, "
        "geretourneerd",
    }.items()
    for word in f"{words}, {more_languages.ORDER_STATUSES[status]}".split(", ")
}
#: Columns of a log or of session rows that say of an order how much was given back.
REFUND_AMOUNTS = frozenset(
    plain(word)
    for word in (
        "refund amount, refunded amount, amount refunded, refund, refunds, refund value, refunded value, "
        "total refunded, total refunds, ecommerce.refund_value, refunded total, returned amount, "
        "erstattungsbetrag, erstattet, rückerstattung, montant remboursé, importe reembolsado, rimborso, "
        + more_languages.REFUND_AMOUNTS
    ).split(", ")
)
#: Columns of a part of what an order comes to, none of which is what was paid for it.
PARTS = frozenset(
    plain(word)
    for word in (
        "payment amount, "
        "tax, taxes, tax amount, tax value, total tax, vat, vat amount, sales tax, gst, shipping, "
        "shipping cost, shipping costs, shipping value, shipping amount, shipping price, shipping total, "
        "total shipping, shipping tax, delivery cost, delivery fee, handling, handling fee, fee, fees, "
        "mwst, mehrwertsteuer, ust, steuer, steuern, versand, versandkosten, tva, taxe, frais de port, "
        "frais de livraison, iva, impuestos, gastos de envío, envío, imposta, spese di spedizione, "
        "spedizione, podatek, koszt dostawy, btw, verzendkosten, moms, frakt, " + more_languages.PARTS
    ).split(", ")
)
#: Columns that say yes of a row that is itself a refund, rather than of an order that was paid back later.
RETURN_FLAGS = frozenset(
    plain(word)
    for word in (
        "refund, is refund, refund flag, is return, return flag, gutschrift, ist gutschrift, retoure, "
        "is credit note, credit note, avoir, est remboursement, es reembolso, è rimborso, zwrot, is retour"
    ).split(", ")
)
#: Columns that say yes of an order, or of a row, and what yes means.
STATUS_FLAGS: dict[str, str] = {
    plain(word): status
    for status, words in {
        "refunded": "chargeback, is chargeback, refunded, is refunded, was refunded, "
        "returned, is returned, was returned, "
        "retourniert, "
        "erstattet, remboursé, reembolsado, rimborsato",
        "cancelled": "test order, is test, is test order, storno, is storno, cancelled, canceled, "
        "is cancelled, is canceled, order cancelled, order canceled, "
        "storniert, annulé, annulée, cancelado, annullato, voided, is void, failed, payment failed",
    }.items()
    for word in words.split(", ")
} | dict.fromkeys(RETURN_FLAGS, "refunded")
#: Columns of what was taken off a price.
DISCOUNTS = frozenset(
    plain(word)
    for word in (
        "discount, discount amount, discounts, discount value, coupon amount, coupon value, rabatt, "
        "nachlass, "
        "remise, réduction, descuento, sconto, rabat, korting, " + more_languages.DISCOUNTS
    ).split(", ")
)
#: Columns of the share that was taken off.
DISCOUNT_SHARES = frozenset(
    plain(word)
    for word in (
        "discount percent, discount percentage, discount pct, discount rate, percent off, rabatt prozent, "
        "rabattsatz, remise pourcentage, taux remise, descuento porcentaje, sconto percentuale"
    ).split(", ")
)
#: Columns of what goods cost together, before shipping and taxes.
SUBTOTALS = frozenset(
    plain(word)
    for word in (
        "subtotal, sub total, order subtotal, subtotal price, items total, goods total, merchandise total, "
        "zwischensumme, warenwert, sous-total, sous total, subtotale, subtotaal, suma częściowa, "
        + more_languages.SUBTOTALS
    ).split(", ")
)
#: Signs that several currencies have, and which ones they are taken for less often.
SHARED_SIGNS: dict[str, str] = {
    "$": "CAD, AUD and others",
    "kr": "NOK or DKK",
    "¥": "CNY",
}
#: Events that call an order off.
CANCELLATION_WORDS = frozenset(map(plain, _CANCELLATIONS.split(", ")))
#: Events that change an order, whatever becomes of it.
UPDATE_WORDS = frozenset(map(plain, _UPDATES.split(", ")))
#: The other currencies that a sign may stand for: beside one of them it is no contradiction.
ALSO_WRITTEN: dict[str, str] = {
    "$": "CAD AUD NZD HKD SGD TWD MXN ARS CLP COP UYU BBD BMD BSD BZD FJD JMD NAD TTD DOP",
    "kr": "NOK DKK ISK", "kr.": "NOK DKK ISK", "¥": "CNY", "￥": "CNY", "£": "EGP LBP GIP SYP SDG FKP",
    "fr": "XAF XOF XPF", "rs": "PKR LKR MUR NPR", "₨": "PKR LKR MUR NPR", "lei": "MDL", "r": "ZAR",
    "dollar": "CAD AUD NZD HKD SGD", "dollars": "CAD AUD NZD HKD SGD", "francs": "XAF XOF XPF",
    "kroner": "NOK", "pesos": "ARS CLP COP DOP UYU PHP", "rupees": "PKR LKR MUR NPR", "元": "TWD",
}  # fmt: skip
#: Events that give money back.
REFUND_WORDS = CANCELLATION_WORDS | frozenset(
    plain(word)
    for word in (
        "refunded order, refund, refunded, order refunded, purchase refund, partial refund, chargeback, "
        "ecommerce.order_refunded, af_refund, refund issued, refund completed, refund processed, order "
        "refund, "
        "return, returned, product returned, order partially refunded, order returned, "
        "erstattung, rückerstattung, retoure, remboursement, reembolso, rimborso, zwrot, terugbetaling, "
        + more_languages.REFUNDS
    ).split(", ")
)
