"""Headings and words of shop systems, trackers and mailing tools, as their exports write them.

Gathered from exports of Shopify, WooCommerce, Magento, Shopware, PrestaShop, Klaviyo, Braze, Bloomreach,
Piano, Tealium, Kameleoon and others, in the languages of their interfaces, with Portuguese and Swedish.
They stand beside the general names of ``synonyms``, which is what compares them.
"""

from __future__ import annotations

from core.schema.events import EventType

#: Names of event columns, by canonical column.
EVENT_COLUMNS: dict[str, str] = {
    "session_id": "session uuid, session guid, session identifier, session hash, session token, visit key, "
    "visit uuid, tealium_session_id, id visita, id visite, id wizyty, sessão, id sessão, id da sessão, "
    "sessions-id, besöks-id",
    "visitor_id": "fbp, user data fbp, user fbp, appsflyer id, adid, adjust id, user token, branch id, "
    "visitor identifier, visitor key, visitor uuid, visitor uid, visitor code, visitor "
    "cookie, cookie uuid, exponea cookie, amplitude id, mpid, mparticle id, tealium_visitor_id, ecid, "
    "mcvisid, experience cloud id, ecid id, fpid id, iid, insider id, anonymous user id, anon id, "
    "device uuid, device identifier, ga client "
    "id, visitor hash, idvisitor, id do visitante, id visitante, besökare, besökar-id",
    "user_id": "internal customer id, crmid id, crm id id, customer id id, "
    "external id, user data external id, user external id, customer user id, authenticated user "
    "token, "
    "hotjar user id, customer number, customer no, customer key, shopper number, crm id, contact "
    "key, subscriber key, subscriber id, account number, external user id, external customer id, braze id, "
    "klaviyo id, kundennr, numéro client, code client, número de cliente, código de cliente, codice "
    "cliente, numer klienta, id do cliente, kund, kund-id, kundnummer",
    "order_id": "ordine numero, commande numéro, bestellung nummer, pedido número, ordine id, commande id, "
    "pedido id, increment id, order increment id, confirmation number, sales order number, sales order, "
    "transaktionsnummer, transaktions-id, vorgangsnummer, id transaction, numéro de transaction, numéro "
    "commande, id transacción, id transazione, id transakcji, numer transakcji, transactie-id, número do "
    "pedido, id do pedido, número da encomenda, id da encomenda, id da transação, ordernummer, order-id, "
    "beställningsnummer",
    "order_status": "betaalstatus, bestelstatus, statut du paiement, statut paiement, estado de pago, stato "
    "pagamento, stato del pagamento, status płatności, status do pedido, estado da encomenda, status do "
    "pagamento, orderstatus, betalningsstatus",
    "event_id": "event key, event hash, log id, unique event id",
    "timestamp": "added iso, event start, tealium_timestamp_epoch, event datetime, event ts, "
    "visit time, hit timestamp, server "
    "timestamp, client timestamp, tracked at, logged at, fired at, activity time, activity timestamp, event "
    "occurred at, datum/zeit, datum/uhrzeit, date/heure, fecha/hora, data/ora, data i czas, data e hora, "
    "data/hora, horário, hora do evento, tidpunkt, tidsstämpel, datum och tid",
    "date": "ereignisdatum, date événement, fecha evento, data evento, data zdarzenia, gebeurtenisdatum, "
    "data do evento, dato",
    "event_type": "datapoint, event custom name, metric name, tealium_event, custom event name, "
    "action name, action type, activity name, "
    "activity type, interaction type, event kind, ereignisname, aktionstyp, nom événement, nombre evento, "
    "nome evento, nazwa zdarzenia, rodzaj zdarzenia, tipo azione, tipo acción, gebeurtenisnaam, naam "
    "gebeurtenis, nome do evento, tipo do evento, ação, tipo de ação, händelse, händelsenamn, händelsetyp",
    "product_id": "item sku, item number, item no, item code, item reference, item ref, item title, product "
    "number, product no, product reference, product ref, product uid, product uuid, product handle, product "
    "title, variant sku, product variant id, variant, article number, article no, article id, article code, "
    "style number, lineitem sku, lineitem name, content id, offer id, listing id, ean, gtin, asin, upc, "
    "artikelnr, art-nr, artikelname, artikelbezeichnung, produktname, produktbezeichnung, produktnr, "
    "référence, référence article, code article, code produit, nom produit, nombre producto, código "
    "producto, ref producto, nome prodotto, codice prodotto, codice articolo, nazwa produktu, kod produktu, "
    "indeks produktu, productnaam, productcode, artikelnaam, produto, id do produto, código do produto, "
    "nome do produto, vara, varunummer, artikelnamn, produktnamn, produktkod",
    "category": "product type, product group, item group, category path, category level 1, product line, "
    "product collection, produktgruppe, artikelgruppe, rayon, famille, famille produit, sección, reparto, "
    "afdeling, departamento, categoria do produto, kategori, produktkategori, avdelning",
    "colour": "product colour, item colour, variant color, variant colour, cor, cor do produto, färg",
    "brand": "brand name, product brand, item brand, product vendor, product manufacturer, fabricante, "
    "produttore, fabrikant, marca do produto, märke, varumärke",
    "price": "unit sale price, price amount, price value, unit price amount, "
    "selling price, final price, price each, price per unit, price per item, lineitem price, "
    "product unit price, item unit price, price incl tax, price incl vat, verkaufspreis, prix de vente, "
    "precio de venta, prezzo di vendita, cena sprzedaży, verkoopprijs, preço, preço unitário, pris, "
    "styckpris",
    "quantity": "item qty, product qty, product quantity, order quantity, ordered quantity, qty ordered, "
    "quantity ordered, pieces, pcs, lineitem quantity, bestellmenge, stück, qté, unidades, pezzi, sztuk, "
    "sztuki, szt, stuks, quantidade, qtd, antal, kvantitet",
    "revenue": "ordine totale, commande total, commande totale, bestellung summe, bestellung gesamt, "
    "pedido total, revenue amount, order amount, total price amount, "
    "commerce order price total, n revenue, total value, revenue float, revenue in event currency, "
    "checkout total price, checkout total, e-commerce revenue, ecommerce revenue, e-commerce "
    "umsatz, gesamter e-commerce umsatz, transaction amount, transaction total, purchase total, purchase "
    "value, purchase amount, sale amount, sales amount, sale value, gross amount, conversion value, event "
    "revenue, revenue value, bestellbetrag, auftragssumme, bestellumsatz, kaufbetrag, kaufwert, "
    "transaktionswert, transaktionsumsatz, valeur commande, montant commande, valor pedido, importe del "
    "pedido, valor de compra, valore ordine, importo ordine, valore transazione, wartość transakcji, kwota "
    "zamówienia, transactiewaarde, orderwaarde, orderbedrag, receita, faturamento, valor do pedido, valor "
    "da compra, valor total, total do pedido, total da encomenda, intäkt, intäkter, ordervärde, omsättning, "
    "summa, belopp",
    "currency": "order currency, transaction currency, event currency, currency iso code, currency symbol, "
    "moeda, código da moeda, valutakod",
    "country": "visitor country, user country, ip country, geoip country, location country, country iso, "
    "country region, land/region, herkunftsland, país do visitante",
    "page": "page address, page uri, page name, screen name, view name, current url, request url, document "
    "location, full url, seitenadresse, seitentitel, adresse url, url de la page, titre de page, url de "
    "página, título de página, url pagina, titolo pagina, adres strony, tytuł strony, pagina-url, "
    "paginatitel, url da página, título da página, sida, sidadress, sidtitel",
    "device": "device class, device kind, device group, user device, gerätekategorie, type appareil, "
    "catégorie d'appareil, tipo de dispositivo, categoría de dispositivo, tipo dispositivo, categoria "
    "dispositivo, kategoria urządzenia, apparaattype, apparaatcategorie, categoria do dispositivo, enhet, "
    "enhetstyp, enhetskategori",
    "channel": "traffic medium, traffic channel, traffic type, traffic source medium, marketing channel, "
    "acquisition channel, session source, session medium, session source medium, session channel, session "
    "default channel group, campaign source, campaign medium, referrer type, referral source, referer, "
    "referring domain, marketingkanal, trafficquelle, besucherquelle, traffic kanal, source de trafic, "
    "canal de trafic, canal d'acquisition, fuente de tráfico, medio, canal de adquisición, sorgente di "
    "traffico, mezzo, canale di acquisizione, źródło ruchu, medium ruchu, kanał ruchu, verkeersbron, "
    "verkeerskanaal, origem, origem do tráfego, fonte de tráfego, meio, mídia, källa, trafikkälla, "
    "trafikkanal",
    "is_returning": "new vs returning, new or returning, new returning, user type, visitor status, "
    "besuchertyp, nutzertyp, type de visiteur, type d'utilisateur, tipo de usuario, tipo de visitante, tipo "
    "utente, tipo visitatore, typ użytkownika, gebruikerstype, recorrente, återkommande",
}

#: Words for what a visitor did, by event type.
EVENT_WORDS: dict[str, str] = {
    EventType.PAGE_VIEW: "web.webpagedetails.pageviews, navigate, view home, visit home, homepage view, "
    "$mp_web_page_view, [amplitude] page viewed, page display, page load, page loaded, "
    "screen viewed, viewed a page, seite angesehen, seite aufgerufen, page consultée, pagina bekeken, "
    "strona wyświetlona, visualização de página, página visualizada, sidvisning",
    EventType.SEARCH: "af_search, view search, "
    "search performed, internal search, internal_search_result.display, search results "
    "viewed, search submitted, recherche effectuée, búsqueda realizada, ricerca effettuata, busca, "
    "pesquisa, sökning",
    EventType.LIST_VIEW: "category page view, listing page view, view list, view items, af_list_view, "
    "category viewed, viewed category, category page, viewed collection, product list "
    "view, list viewed, listing view, kategorieseite, kategorie angesehen, catégorie vue, visualização de "
    "lista, visualização de categoria, listvisning, kategorivisning",
    EventType.PRODUCT_VIEW: "commerce.productviews, e-commerce product detail view, "
    "product detail page view, product page view, product detail, af_content_view, "
    "ecommerce.product_viewed, view product detail, "
    "product.page_display, product details viewed, product detail view, product "
    "detail page, pdp view, item viewed, viewed a product, produkt angesehen, artikel angesehen, "
    "produktdetail, produktdetailseite, produktseite, produit vu, produit consulté, fiche produit, "
    "consultation produit, producto visto, vista de artículo, ficha de producto, "
    "prodotto visto, scheda prodotto, visualizzazione prodotto, visualizzazione di prodotto, produkt "
    "wyświetlony, product bekeken, visualização de produto, produto visualizado, produktvisning",
    EventType.CLICK: "web.webinteraction.linkclicks, product click, item click, item clicked, "
    "produktklick, clic produit",
    EventType.CART_ADD: "commerce.productlistadds, e-commerce add to cart, af_add_to_cart, "
    "product.add_to_cart, add to bag, added to bag, add to trolley, cart add, cart item "
    "added, basket add, added item to cart, added product to cart, add item to cart, add product to cart, "
    "zum warenkorb, in den warenkorb gelegt, produit ajouté au panier, ajouté au panier, mise au panier, "
    "añadir a la cesta, añadido a la cesta, producto añadido al carrito, aggiunto al carrello, prodotto "
    "aggiunto al carrello, dodano do koszyka, produkt dodany do koszyka, toevoegen aan winkelmand, "
    "toegevoegd aan winkelmand, toegevoegd aan winkelwagen, in winkelmand, "
    "adicionar ao carrinho, adicionado ao carrinho, produto "
    "adicionado ao carrinho, carrinho, lägg i varukorg, lagd i varukorg, lagt i varukorg, varukorg",
    EventType.CART_REMOVE: "commerce.productlistremovals, e-commerce remove from cart, "
    "af_remove_from_cart, "
    "product.remove_from_cart, remove from bag, removed from bag, cart item removed, "
    "basket remove, cart remove, aus warenkorb entfernen, produit retiré du panier, retiré du panier, "
    "producto eliminado del carrito, prodotto rimosso dal carrello, usunięto z koszyka, verwijderd uit "
    "winkelwagen, remover do carrinho, removido do carrinho, ta bort från varukorg, borttagen från varukorg",
    EventType.CART_VIEW: "commerce.productlistviews, cart page view, view basket, basket viewed, "
    "viewed basket, view bag, cart page, basket page, "
    "cart.display, warenkorb angesehen, warenkorbseite, panier consulté, ver cesta, carrito visto, "
    "winkelmand bekijken, ver carrinho, visa varukorg",
    EventType.CHECKOUT: "commerce.checkouts, checkout page view, initiate purchase, "
    "af_initiated_checkout, af_add_payment_info, "
    "ecommerce.checkout_started, "
    "checkout began, initiated checkout, checkout initiated, checkout step, checkout "
    "progress, checkout page, proceed to checkout, proceeded to checkout, go to checkout, add payment info, "
    "add shipping info, payment info added, shipping info added, shipping info submitted, cart.payment, "
    "cart.delivery, kasse aufgerufen, checkout gestartet, bezahlvorgang gestartet, début de commande, "
    "iniciar pago, pago iniciado, inizio checkout, rozpoczęcie zamówienia, checkout gestart, iniciar "
    "checkout, início do checkout, till kassan",
    EventType.PURCHASE: "commerce.purchases, confirmation page view, track transaction, "
    "complete payment, place an order, af_purchase, "
    "ecommerce.order_placed, users.behaviors.purchase, "
    "transaction.confirmation, completed order, order confirmed, order confirmation, "
    "completed purchase, complete purchase, made purchase, checkout success, transaction completed, "
    "transaction complete, order submitted, placed an order, ecommerce order, ecommerce purchase, "
    "bestellung abgeschlossen, bestellung aufgegeben, kauf abgeschlossen, kaufabschluss, "
    "bestellbestätigung, commande validée, commande passée, commande confirmée, achat effectué, pedido "
    "realizado, compra realizada, compra completada, pedido completado, ordine completato, ordine "
    "effettuato, acquisto completato, zamówienie złożone, złożono zamówienie, zakup zakończony, bestelling "
    "geplaatst, bestelling afgerond, aankoop voltooid, compra concluída, compra finalizada, pedido "
    "concluído, pedido finalizado, venda, köp, köpt, genomfört köp, beställning, transaktion, transação",
    EventType.OTHER: "commerce.productlistopens, commerce.productlistreopens, commerce.saveforlaters, "
    "commerce.cartabandons, application.launch, useraccount.login, [amplitude] start session, "
    "[amplitude] end session, purchase item, e-commerce abandoned cart, e-commerce cart update, fav, "
    "favorite, "
    "favourite, favorited, lead, contact, subscribe, complete registration, click button, submit form, "
    "download, cart updated, ecommerce.cart_updated, af_login, af_complete_registration, "
    "af_add_to_wishlist, af_app_opened, install, reinstall, users.behaviors.app.sessionstart, "
    "users.behaviors.app.sessionend, users.behaviors.customevent, "
    "[amplitude] element clicked, [amplitude] element changed, [amplitude] form started, "
    "[amplitude] form submitted, [amplitude] file downloaded, $mp_session_record, $mp_click, $mp_scroll, "
    "$mp_page_leave, $create_alias, $groupidentify, $rageclick, $feature_flag_called, $web_vitals, "
    "product.display, product.purchased, click.action, click.navigation, mv_test.display, received email, "
    "opened email, clicked email, bounced email, received sms, subscribed to list, unsubscribed from email "
    "marketing, banner, campaign, lista de desejos, önskelista, wunschliste, liste de souhaits, lista "
    "życzeń, verlanglijst",
}

#: Names of columns of session rows, by column of the session row.
SESSION_COLUMNS: dict[str, str] = {
    "session_id": "session uuid, session guid, session identifier, session hash, session token, visit key, "
    "recording id, replay id, id visita, id visite, id wizyty, id da sessão, id sessão, sessions-id, "
    "besöks-id",
    "visitor_id": "hotjar user id, visitor identifier, visitor key, visitor uuid, visitor code, amplitude "
    "id, mpid, tealium_visitor_id, anonymous user id, customer number, account id, id do visitante, "
    "besökar-id",
    "started_at": "session start date, visit start date, visit date time, session date time, date de début, "
    "début de visite, inicio de sesión, início da sessão, data de início, sessionsstart, starttid, "
    "startdatum",
    "n_events": "events count, total interactions, number of actions, action count, number of hits, nb "
    "actions, anzahl aktionen, número de eventos, numero eventi, liczba zdarzeń, aantal gebeurtenissen, "
    "antal händelser, número de ações",
    "clicks": "nb clics, número de cliques, cliques, antal klick",
    "page_views": "page view count, screen views, nb pages, nb pages vues, anzahl seitenaufrufe, anzahl "
    "seiten, nombre de pages, nombre de pages vues, número de páginas, numero pagine, liczba odsłon, liczba "
    "stron, aantal pagina's, páginas visualizadas, visualizações de página, sidvisningar, antal sidor",
    "product_views": "product view count, viewed products, number of product views, produktaufrufe, anzahl "
    "produktansichten, vues produit, vistas de producto, visualizzazioni prodotto, odsłony produktów, "
    "productweergaven, produtos vistos, visualizações de produto, produktvisningar",
    "searches": "internal searches, nb recherches, nombre de recherches, anzahl suchen, pesquisas, buscas, "
    "sökningar",
    "cart_adds": "basket adds, basket additions, number of cart additions, add to basket count, warenkorb "
    "hinzufügungen, hinzufügungen zum warenkorb, nombre d'ajouts au panier, adições ao carrinho, lagda i "
    "varukorg",
    "checkouts": "checkouts initiated, initiated checkouts",
    "duration_seconds": "session duration seconds, visit length, time on page, engagement time, durée de "
    "visite, durée visite, duración de la sesión, duración de la visita, durata sessione, durata visita, "
    "czas wizyty, bezoekduur, duração, duração da sessão, varaktighet, sessionslängd",
    "unique_products": "unique products viewed, distinct products viewed, produtos distintos",
    "price_mean": "average item price, mean product price, preço médio, snittpris, medelpris",
    "price_max": "maximum product price, max product price, preço máximo, högsta pris",
    "cart_value": "basket amount, cart subtotal, warenkorb wert, montant panier, importe del carrito, valor "
    "do carrinho, varukorgsvärde",
    "dominant_category": "most viewed product category, produktkategorie, categoria do produto, categoria "
    "principal, kategori, huvudkategori",
    "country": "visitor country, user country, geo country, ip country, country iso, nazione, herkunftsland",
    "device": "device class, device group, dvce_type, user device, endgerät, gerätekategorie, type "
    "d'appareil, type appareil, catégorie d'appareil, tipo de dispositivo, tipo dispositivo, categoría de "
    "dispositivo, categoria dispositivo, typ urządzenia, kategoria urządzenia, apparaattype, "
    "apparaatcategorie, enhet, enhetstyp, enhetskategori",
    "channel": "utm_medium, source medium, default channel group, traffic medium, traffic channel, traffic "
    "type, marketing channel, acquisition channel, session source, session medium, session source medium, "
    "session default channel group, campaign source, campaign medium, referrer type, quelle, trafficquelle, "
    "marketingkanal, source de trafic, canal d'acquisition, fuente, fuente de tráfico, medio, sorgente, "
    "sorgente di traffico, źródło, źródło ruchu, bron, verkeersbron, origem, origem do tráfego, fonte de "
    "tráfego, källa, trafikkälla, trafikkanal",
    "day_of_week": "dia da semana, veckodag",
    "hour": "hora do dia, hora de inicio de sesión, timme",
    "is_returning": "is returning visitor, new vs returning, new or returning, new returning, user type, "
    "visitor status, besuchertyp, nutzertyp, type de visiteur, type d'utilisateur, tipo de usuario, tipo de "
    "visitante, tipo utente, tipo visitatore, typ użytkownika, gebruikerstype, recorrente, återkommande",
    "purchased": "comprou, köp, köpt, har köpt, pedido realizado, antal köp, antal ordrar, encomendas",
    "revenue": "conversion value, purchase total, sale amount, grand total, "
    "e-commerce revenue, ecommerce revenue, total ecommerce revenue, e-commerce umsatz, gesamter "
    "e-commerce umsatz, bestellsumme, transaktionsumsatz, transaction amount, purchase value, transaction "
    "total, montant commande, valor pedido, valore ordine, wartość transakcji, orderwaarde, receita, "
    "faturamento, valor do pedido, valor da compra, intäkt, intäkter, ordervärde, omsättning",
}

#: What devices are called, by how they are shown.
DEVICES: dict[str, str] = {
    "mobile": "mobile phone, smartphone, phone, handy, mobiltelefon, mobil, mobilgerät, téléphone, "
    "téléphone mobile, téléphone portable, móvil, teléfono, teléfono móvil, celular, cellulare, telefon, "
    "telefon komórkowy, komórka, smartfon, mobiel, mobiele telefoon, telefoon, telemóvel, mobiltelefoner, "
    "iphone, mobile web, web mobile, mobile browser, mobile device, cell phone, smart phone, phablet, "
    "スマートフォン, 携帯電話, モバイル",
    "desktop": "computer, desktop computer, pc, personal computer, rechner, ordinateur, ordinateur de "
    "bureau, ordenador, computadora, escritorio, computador, komputer, pulpit, dator, stationär dator, "
    "desktop web, web desktop, desktop browser, laptop, notebook, macintosh, パソコン, デスクトップ",
    "tablet": "ipad, tablet web, タブレット, tablets, tablet pc, tablette, tableta, surfplatta, tablete",
}
#: What columns of session rows are called that hold what was added to the cart: how often or its amount.
CARTS = (
    "cart, basket, warenkorb, panier, carrito, cesta, carrello, koszyk, winkelwagen, winkelmand, carrinho, "
    "varukorg"
)
