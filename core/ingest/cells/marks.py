"""What columns are called that say who caused a row, and their words: people, robots, the shop's team."""

from __future__ import annotations

import re
from collections.abc import Iterable

from core.schema.countries import plain

MARKED_ROBOT = "The file marks it as a robot's."
MARKED_TEAM = "The file marks it as your own team's or a test."
MARKED_STORE = "The file marks it as sold in a store: no visit."


def _plain(names: str) -> frozenset[str]:
    return frozenset(map(plain, names.split(", ")))


#: Names of columns of yes and no, by what yes means of a row.
FLAGS = {
    MARKED_ROBOT: _plain(
        "bot, is bot, isbot, bot flag, bot traffic, is bot traffic, known bot, is known bot, suspected bot, "
        "is suspected bot, likely bot, is likely bot, robot, is robot, crawler, is crawler, spider, "
        "is spider, bot or spider, is bot or spider, is automated, automated traffic, is synthetic, "
        "synthetic, synthetic traffic, is monitor, ist bot, ist robot, est un bot, est un robot, es bot, "
        "es robot, è un bot, bot?, robot?"
    ),
    MARKED_TEAM: _plain(
        "is internal, internal traffic, is internal traffic, internal user, is internal user, "
        "internal visit, "
        "internal visitor, is internal visitor, is employee, is employee traffic, employee traffic, "
        "is staff, staff traffic, is team, is test user, test user, is test account, test account, "
        "is test traffic, test traffic, is test session, test session, test event, is test event, "
        "is qa, qa traffic, debug event, is debug, debug mode, interner traffic, interner zugriff, "
        "ist intern, ist test, trafic interne, est interne, tráfico interno, es interno, traffico interno"
    ),
}
#: Names of such columns where yes says that it was a customer.
PEOPLE = _plain("human, is human, is human traffic, human traffic, real user, is real user, is real visitor")
#: Names of columns of words for who caused a row, and those words.
KINDS = _plain(
    "traffic type, traffic quality, traffic class, traffic category, traffic kind, visitor kind, "
    "visitor class, visitor category, agent type, user agent type, ua type, client class, hit quality, "
    "bot category, bot class, traffic classification, visit type, session type, session quality, user type, "
    "environment, env, app environment, app env, environment name, deployment environment, "
    "deployment env, deploy env, env name, umgebung, environnement, entorno, ambiente, środowisko, omgeving, "
    "user role, user roles, account role, visitor role, customer role, wp role, benutzerrolle, "
    "rôle utilisateur, rol de usuario"
)
MARKS = {
    MARKED_ROBOT: _plain(
        "bot, bots, robot, robots, crawler, spider, scraper, monitor, monitoring, synthetic, automated, "
        "good bot, bad bot, known bot, verified bot, search bot, search engine bot, bot traffic, non human, "
        "nonhuman, invalid, fraud"
    ),
    MARKED_TEAM: _plain(
        "internal, internal traffic, developer, developer traffic, dev, employee, staff, team, qa, test, "
        "test traffic, testing, debug, intern, interne, interno, "
        "staging, stage, stg, development, local, localhost, sandbox, uat, preprod, pre production, preview, "
        "acceptance, integration, testumgebung, "
        "shop manager, shop_manager, store manager, administrator, admin, super admin, editor, author, "
        "contributor, mitarbeiter, employé, empleado"
    ),
}
#: Names of columns of where orders were placed; words for a store, and for elsewhere.
PLACES = _plain(
    "sales channel, channel, order channel, order source, source name, source_name, purchase channel, "
    "purchase source, transaction channel, channel type, touchpoint, point of sale, sold via, order origin, "
    "event source, action source, verkaufskanal, vertriebskanal, vertriebsweg, "
    "kanal, bestellkanal, absatzkanal, canal de vente, canal vente, canal, canal de venta, canal venta, "
    "canale di vendita, canale vendita, canale, kanał sprzedaży, verkoopkanaal, kanaal"
)
STORES = _plain(
    "pos, point of sale, shopify pos, square pos, in store, instore, in store pos, physical store, "
    "retail store, brick and mortar, cash register, "
    "kasse, ladenkasse, filiale, filialen, ladengeschäft, laden, stationär, stationärer handel, vor ort, "
    "magasin, en magasin, boutique physique, caisse, point de vente, tienda, tienda física, en tienda, caja, "
    "negozio, in negozio, punto vendita, cassa, sklep stacjonarny, salon, kasa, winkel, in de winkel, kassa, "
    "butik, physical"
)
#: Names of columns of browsers and devices, and what those of robots are called (a pattern that the database
#: knows, too).
BROWSERS = _plain(
    "browser, browser name, browser family, browser type, br type, br family, br name, ua family, "
    "user agent family, useragent family, agent family, agent name, client name, device browser, device, "
    "device category, device type, device class, dvce type"
)
ROBOT_BROWSER = r"(?i)(\bbot|\w{4}bot|robots?|spider|crawler|scraper)\b|^headless"
#: Where a shop is built and tried: addresses of one's own machine, and what is set before a shop's own.
_TRIAL_HOST = (
    r"("
    r"localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|10\.\d+\.\d+\.\d+|192\.168\.\d+\.\d+|\[::1\]"
    r"|[\w.-]+\.(local|localhost|test|internal|ddev\.site|lndo\.site|ngrok\.io|ngrok-free\.app|myshopify\.dev)"
    r"|(staging|stage|stg|dev|devel|develop|test|testing|qa|uat|preprod|sandbox|preview)\d*\.[\w-]+\.[\w.-]+"
    r")(:\d+)?([/?#]|$)"
)
#: Of a column of hosts, and of one of pages: without a scheme, a path may look like a host.
TRIAL_HOSTS, TRIAL_PAGES = rf"(?i)^{_TRIAL_HOST}", rf"(?i)^https?://{_TRIAL_HOST}"
#: Names of columns of hosts; those of pages hold addresses.
HOSTS = _plain(
    "host, hostname, host name, page host, page hostname, domain, page domain, $host, properties.$host, "
    "device.web_info.hostname, web info hostname, page urlhost, page_urlhost, site domain, server name"
)
#: Names of columns of pages in tables that have no column of the page of each row.
PAGES = _plain(
    "landing page, landing page url, landing url, entry page, entry page url, entry url, start page, "
    "start url, first page, first page url, first url, einstiegsseite, zielseite, page de destination, "
    "página de destino, pagina di destinazione"
)
#: What extracts of GA4 and others put in front of the name of a parameter.
_PARAMETER = re.compile(
    r"^(context[._](app[._])?|event_)?((params?|ep|properties|property|metadata)[._])?", re.I
)
CUSTOMERS = _plain(
    "human, humans, person, people, user, visitor, customer, real, real user, external, public, normal, "
    "regular, valid, browser, likely human, production, extern, externe, kunde, besucher, web, none, "
    "new, returning, guest, registered, member, "
    "prod, prd, live, release, produktion, producción, produzione, "
    "subscriber, customers, shopper, logged in, logged out, not logged in, anonymous, b2b, b2c, wholesale, "
    "wholesale customer, retail, vip, premium, gast, client, cliente, klant, klient"
)


def are_marks(name: str, cells: Iterable[str]) -> bool:
    """Whether the words of a column say who caused its rows, and some say that it was no customer."""
    words = set(map(plain, cells))
    told = frozenset().union(*MARKS.values())
    return plain(_PARAMETER.sub("", name)) in KINDS and bool(words & told) and words <= told | CUSTOMERS


def are_stores(name: str, cells: Iterable[str]) -> bool:
    """Whether a column says where orders were placed, some of them in a store."""
    return plain(name) in PLACES and bool(STORES & set(map(plain, cells)))


def is_robot_browser(name: str, cells: Iterable[str]) -> bool:
    """Whether a column of browsers or devices has some of robots."""
    return plain(name) in BROWSERS and any(re.search(ROBOT_BROWSER, cell) for cell in cells)


def are_trials(name: str, cells: Iterable[str]) -> bool:
    """Whether some hosts are those of one's own machine, or of a shop that is tried before it goes live."""
    return plain(name) in HOSTS and any(re.search(TRIAL_HOSTS, cell) for cell in cells)


def is_marking(name: str, cells: Iterable[str]) -> bool:
    """Whether a column is called as one that marks rows and, where that takes words, has them."""
    cells = list(cells)
    is_flag = plain(name) in PEOPLE.union(*FLAGS.values())
    ways = (are_marks, are_stores, is_robot_browser, are_trials)
    return is_flag or any(told(name, cells) for told in ways)
