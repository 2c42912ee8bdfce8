"""What columns are called in tables that hold neither sessions nor events."""

from __future__ import annotations

from core.ingest.recognition import more_names
from core.schema.countries import plain


def plain_words(words: str) -> frozenset[str]:
    """Return names, separated by commas, as they are compared."""
    return frozenset(plain(word) for word in words.split(", "))


#: Columns that count sessions or people: whoever has one sums up many.
COUNTS = plain_words(
    "sessions, total sessions, engaged sessions, visits, total visits, nb_visits, nb_uniq_visitors, "
    "visitors, unique visitors, total visitors, users, total users, active users, new users, returning "
    "users, unique users, nb_users, reach, impr, impr., sent, delivered, recipients, emails sent, opens, "
    "unique opens, email opens, impressionen, einblendungen, reichweite, gesendet, empfänger, öffnungen, "
    "portée, envoyés, ouvertures, impresiones, alcance, enviados, aperturas, impressioni, copertura, "
    "sessions with purchase, transactions per user, event count, total events per user, impressions, "
    "sitzungen, sitzungen mit interaktionen, besuche, besucher insgesamt, nutzer, nutzer insgesamt, "
    "aktive nutzer, neue nutzer, visites, visiteurs, utilisateurs, utilisateurs actifs, nouveaux "
    "utilisateurs, sesiones, "
    "visitas, usuarios, usuarios activos, usuarios nuevos, sessioni, visite, utenti, utenti attivi, "
    "sesje, wizyty, użytkownicy, sessies, bezoeken, gebruikers, actieve gebruikers, sessões, utilizadores, "
    "usuários, usuários ativos, novos usuários, visitantes, sessioner, användare, aktiva användare, "
    "nya användare, besök, besökare, visningar, " + more_names.COUNTS
)
#: What reports have one row of, and how that is called.
DIMENSIONS: dict[str, frozenset[str]] = {
    "day": plain_words(
        "date, day, datum, tag, jour, fecha, giorno, data, dag, dzień, nth day, "
        + more_names.DIMENSIONS["day"]
    ),
    "hour": plain_words("hour, hour of day, stunde, heure, hora, ora, godzina, uur, date hour"),
    "weekday": plain_words("weekday, day of week, day of the week, wochentag, jour de la semaine"),
    "search term": plain_words(
        "search term, search terms, query, queries, top queries, search query, searched term, suchbegriff, "
        "suchanfrage, terme de recherche, término de búsqueda, termine di ricerca, wyszukiwane hasło, "
        "zoekterm"
    ),
    "period": plain_words(
        "week commencing, week ending, week starting, week start, week of, kalenderwoche, kw, semana, "
        "settimana, "
        "tydzień, miesiąc, maand, mese, année, jahr, year, cohort, kohorte, cohorte, "
        "week, month, year month, iso week, year week, quarter, woche, monat, mois, semaine, mes, "
        + more_names.DIMENSIONS["period"]
    ),
    "page": plain_words(
        "page, page path, landing page, page title, url, page url, page path and screen class, page title "
        "and screen name, exit page, label, seite, zielseite, page de destination, "
        "page d'entrée, página, página de destino, página de entrada, pagina, pagina di destinazione, "
        "pagina di ingresso, strona, strona docelowa, landingspagina, bestemmingspagina, einstiegsseite, "
        "adres url, " + more_names.DIMENSIONS["page"]
    ),
    "product": plain_words(
        "item name, item id, item, product, product name, product title, product id, sku, product sku, "
        "produktname, artikelname, nom du produit, référence, nombre del producto, nome prodotto, nazwa "
        "produktu, "
        "productnaam, "
        "produkt, artikel, produit, producto, prodotto, item category, product category, category, "
        + more_names.DIMENSIONS["product"]
    ),
    "campaign": plain_words(
        "campaign id, utm_campaign, utm campaign, subject, ad set name, ad set, ad name, kampagnenname, "
        "campanha, kampania, campaña, publisher, affiliate, partner, newsletter, mailing, variant, variante, "
        "experiment, campaign, campaign name, session campaign, ad group, keyword, kampagne, campagne, "
        "campaña, campagna, " + more_names.DIMENSIONS["campaign"]
    ),
    "place": plain_words(
        "country, region, city, land, pays, país, paese, kraj, continent, " + more_names.DIMENSIONS["place"]
    ),
    "device": plain_words(
        "device category, device, browser, operating system, platform, gerät, appareil, "
        + more_names.DIMENSIONS["device"]
    ),
    "channel": plain_words(
        "channel, channel group, default channel group, session default channel group, source medium, "
        "utm_source, utm_medium, utm source, utm medium, "
        "session source medium, first user source medium, source, medium, kanal, canal, canale, "
        + more_names.DIMENSIONS["channel"]
    ),
}
#: From how many on a count, in the middle row, is one of many sessions: nobody buys twice in most visits.
OF_MANY = {"purchased": 2} | dict.fromkeys(
    ("page_views", "product_views", "cart_adds", "clicks", "n_events", "checkouts"), 20
)

ORDER_IDS = plain_words(
    "gclid, google click id, "
    "amazon order id, charge id, payment id, order id, order number, order no, order, order name, invoice, "
    "invoice no, invoice id, invoice "
    "number, nº pedido, n° commande, n° de commande, nr zamówienia, receipt no, receipt number, receipt id, "
    "belegnummer, bonnummer, auftrags-id, id zamówienia, id ordine, id pedido, id commande, "
    "increment id, transaction id, bestellnummer, auftragsnummer, rechnungsnummer, numéro de "
    "commande, número de pedido, numero ordine, numer zamówienia, bestelnummer, " + more_names.ORDER_IDS
)
ORDER_WORDS = plain_words(
    "conversion time, conversion value, conversion currency, conversion name, "
    "grand total (base), grand total (purchased), purchase point, bill-to name, ship-to name, cashier, "
    "store, "
    "importe, estado, fecha, montant ttc, statut, client, cliente, importo, stato ordine, kwota, klient, "
    "bedrag, klant, zahlungsart, moyen de paiement, método de pago, metodo di pagamento, forma płatności, "
    "betaalmethode, adresse de livraison, lieferadresse, "
    "gross, fee, net, amount refunded, customer user, item cost, ship country, purchase date, gesamtbetrag, "
    "bestelldatum, date de commande, montant total, fecha de pedido, importe total, kunde, "
    "financial status, fulfillment status, paid at, fulfilled at, subtotal, total, order total, grand "
    "total, total price, taxes, tax, shipping, shipping cost, shipping method, discount code, discount "
    "amount, payment method, payment status, order status, status, lineitem name, lineitem price, "
    "lineitem quantity, lineitem sku, billing country, shipping country, billing address, shipping "
    "address, billing name, email, customer email, customer name, refunded amount, stock code, "
    "description, unit price, invoice date, order date, order currency, items count, number of items, "
    "bestellstatus, zahlungsart, versandkosten, " + more_names.ORDER_WORDS
)
CUSTOMER_WORDS = plain_words(
    "customer id, visitor id, user id, client id, purchases, revenue, country, page views, kundennummer, "
    "id client, cliente, montant total, gesamtumsatz, letzte bestellung, dernière commande, último pedido, "
    "ultimo ordine, ostatnie zamówienie, laatste bestelling, pedidos, ordini, zamówienia, bestellungen, "
    "klant, "
    "klient, totale speso, łączne wydatki, totaal besteed, "
    "email, e-mail, phone, first name, last name, full name, name, orders count, order count, total "
    "orders, number of orders, orders, total spent, amount spent, lifetime value, customer lifetime "
    "value, ltv, clv, recency, frequency, monetary, average order value, aov, last order, last order "
    "date, last purchase date, first order date, first purchase date, accepts marketing, accepts email "
    "marketing, accepts sms marketing, signup date, registered at, registration date, joined, member "
    "since, created at, birth date, birthday, age, gender, city, zip, tags, vorname, nachname, "
    "bestellungen, gesamtausgaben, monetary value, rfm score, tenure, churn, churned, total charges, "
    "monthly charges, total revenue, first seen, last seen, first order, customer since, segment, "
    "customer segment, last visit, birthdate, newsletter, anzahl bestellungen, kunde seit, prénom, nom, "
    "nombre, apellido, nombre de commandes, total dépensé, gasto total, " + more_names.CUSTOMER_WORDS
)
SURELY_CUSTOMERS = plain_words(
    "last visit, last visit date, last seen, last visited, days since last order, days since last purchase, "
    "first purchase, first purchase date, last purchase, letzte bestellung, erste bestellung, letzter kauf, "
    "letzter besuch, anzahl käufe, gesamtumsatz, dernière commande, première commande, dernier achat, "
    "dernière visite, último pedido, primer pedido, última compra, última visita, ultimo ordine, primo "
    "ordine, "
    "ultimo acquisto, ostatnie zamówienie, ostatni zakup, laatste bestelling, laatste aankoop, totale speso, "
    "łączne wydatki, totaal besteed, number of purchases total, lifetime orders, lifetime revenue, "
    "first name, last name, orders count, order count, total orders, number of orders, total spent, "
    "amount spent, lifetime value, customer lifetime value, ltv, clv, recency, last order, last order "
    "date, last purchase date, accepts marketing, accepts email marketing, vorname, nachname, "
    "gesamtausgaben, monetary value, rfm score, churn, churned, tenure, total revenue, first seen, "
    "customer since, anzahl bestellungen, kunde seit, prénom, apellido, nombre de commandes, "
    "total dépensé, gasto total, frequency, " + more_names.SURELY_CUSTOMERS
)
#: Columns of lists of subscribers, beside an address.
SUBSCRIBER_WORDS = plain_words(
    "subscribed, subscribed at, subscription date, opt in, optin, opt in date, opted in, opted in at, "
    "unsubscribed, unsubscribed at, opens, clicks, bounced, list, lists, tags, member rating, status, "
    "consent, consent date, confirmed, confirmed at, double opt in, last open, last opened, name, "
    "first name, last name, created at, anmeldedatum, abonniert, inscrit le, suscrito"
)
#: Columns of lists of products.
PRODUCT_WORDS = plain_words(
    "id, sku, product id, item id, title, name, product name, description, body html, link, url, image link, "
    "image, image src, image url, availability, price, sale price, cost, cost per item, brand, vendor, "
    "manufacturer, gtin, ean, upc, mpn, barcode, condition, stock, stock quantity, inventory, quantity, "
    "on hand, reserved, warehouse, in stock, weight, handle, category, product type, product category, "
    "google product category, item group id, color, colour, size, artikelnummer, bezeichnung, "
    "beschreibung, preis, bestand, lagerbestand, marke, kategorie, hersteller, référence, nom, prix, stock "
    "disponible, catégorie, marque, referencia, nombre, precio, categoría"
)
#: Columns that count orders: from two a row on, in the middle row, of many sessions.
SOLD = plain_words(
    "sold, units sold, bookings, verkaufte artikel, abschlüsse, conversioni, konwersje, conversies, "
    "konversionen, verkocht, "
    "purchases, orders, transactions, conversions, key events, sales count, ecommerce purchases, "
    "items purchased, add to carts, adds to cart, checkouts, käufe, bestellungen, transaktionen, "
    "conversions gesamt, achats, commandes, conversiones, compras, pedidos, transacciones, acquisti, ordini, "
    "transazioni, zakupy, zamówienia, aankopen, bestellingen, conv., conv, all conv., link clicks, "
    "link-klicks, unsubscribes, " + more_names.SOLD
)
