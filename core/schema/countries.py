"""Countries as users write them: ISO codes, English and German names, common other spellings."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from core.schema.sessions import COUNTRY_GROUPS
from core.schema.vocabulary import EU_MEMBERS

#: Spellings no ISO list has, by alpha-2 code; compared without accents, case and punctuation.
_OTHERS: dict[str, str] = {
    "GB": "UK, Great Britain, Britain, England, Scotland, Wales, Northern Ireland, Royaume-Uni, Reino Unido",
    "US": "USA, U.S., U.S.A., America, United States of America, Vereinigte Staaten, Etats-Unis, ABD, "
    "Estados Unidos",
    "RU": "Russia, Russland, Russie, Rusia, Россия, Rusya, روسيا, ロシア, 러시아, Росія, Rosja",
    "KR": "South Korea, Korea, Südkorea, Republic of Korea, 한국, Корея",
    "KP": "North Korea, Nordkorea", "VN": "Vietnam, Viet Nam", "IR": "Iran", "SY": "Syria, Syrien",
    "TW": "Taiwan, 台灣, 台湾, 臺灣",
    "BO": "Bolivia, Bolivien", "VE": "Venezuela", "TZ": "Tanzania, Tansania",
    "MD": "Moldova, Moldawien, Republik Moldau", "LA": "Laos", "CZ": "Czech Republic, Czechia, Tschechien, "
    "Tschechische Republik, Česko, Czechy", "SK": "Slovakia, Slowakei, Slovak Republic",
    "MK": "Macedonia, North Macedonia, Nordmazedonien, Mazedonien", "TR": "Turkey, Türkei, Türkiye, Turquie",
    "NL": "Netherlands, The Netherlands, Holland, Niederlande, Nederland, Pays-Bas, Holandia",
    "DE": "Germany, Deutschland, Allemagne, Alemania, Germania, Niemcy, Duitsland, BRD",
    "AT": "Austria, Österreich, Oesterreich, Autriche, Oostenrijk",
    "CH": "Switzerland, Schweiz, Suisse, Svizzera",
    "FR": "France, Frankreich, Francia, Francja, Frankrijk",
    "ES": "Spain, Spanien, España, Espagne, Hiszpania",
    "IT": "Italy, Italien, Italia, Italie, Włochy", "PL": "Poland, Polen, Polska, Pologne, Polonia",
    "BE": "Belgium, Belgien, België, Belgique", "DK": "Denmark, Dänemark, Danmark, Danemark",
    "SE": "Sweden, Schweden, Sverige, Suède", "NO": "Norway, Norwegen, Norge",
    "FI": "Finland, Finnland, Suomi",
    "GR": "Greece, Griechenland, Hellas, EL", "HU": "Hungary, Ungarn, Magyarország",
    "IE": "Ireland, Irland, Eire",
    "PT": "Portugal", "RO": "Romania, Rumänien", "BG": "Bulgaria, Bulgarien",
    "HR": "Croatia, Kroatien, Hrvatska",
    "SI": "Slovenia, Slowenien", "EE": "Estonia, Estland", "LV": "Latvia, Lettland",
    "LT": "Lithuania, Litauen",
    "LU": "Luxembourg, Luxemburg", "CY": "Cyprus, Zypern", "MT": "Malta", "UA": "Ukraine",
    "CN": "China, PRC", "HK": "Hong Kong, Hongkong", "JP": "Japan", "IN": "India, Indien",
    "BR": "Brazil, Brasilien",
    "CA": "Canada, Kanada", "MX": "Mexico, Mexiko", "AU": "Australia, Australien",
    "NZ": "New Zealand, Neuseeland",
    "AE": "UAE, United Arab Emirates, Vereinigte Arabische Emirate", "SA": "Saudi Arabia, Saudi-Arabien",
    "ZA": "South Africa, Südafrika", "EG": "Egypt, Ägypten", "MA": "Morocco, Marokko", "IL": "Israel",
    "RS": "Serbia, Serbien", "BA": "Bosnia, Bosnien, Bosnia and Herzegovina", "AL": "Albania, Albanien",
    "BY": "Belarus, Weissrussland", "IS": "Iceland, Island", "LI": "Liechtenstein",
    "AR": "Argentina, Argentinien",
    "CL": "Chile", "CO": "Colombia, Kolumbien", "PE": "Peru", "SG": "Singapore, Singapur", "TH": "Thailand",
    "ID": "Indonesia, Indonesien", "MY": "Malaysia", "PH": "Philippines, Philippinen",
    "KZ": "Kazakhstan, Kasachstan",
    "CI": "Ivory Coast, Elfenbeinküste", "CV": "Cape Verde", "CD": "DR Congo", "SZ": "Swaziland",
    "MM": "Burma",
    "VG": "British Virgin Islands", "VI": "US Virgin Islands", "XK": "Kosovo", "PS": "Palestine",
}  # fmt: skip
#: Languages in which pycountry has the names of countries.
_LANGUAGES = "fr es it pl nl pt sv da nb fi cs hu ro el ru uk tr ar he ja ko zh_CN zh_TW"
_PUNCTUATION = re.compile(r"[\W_]+")


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Return a text as it is compared: without accents, case, punctuation and blanks."""
    if text.isascii():  # nearly every cell is, and has no accents to take off
        return _PUNCTUATION.sub("", text).lower()
    loose = text.replace("ß", "ss").replace("ł", "l").replace("Ł", "l").replace("ø", "o").replace("Ø", "o")
    loose = loose.replace("ı", "i")  # of Turkish capitals: "SATIN ALMA" and "satın alma" are one
    bare = unicodedata.normalize("NFKD", loose)
    return _PUNCTUATION.sub("", "".join(c for c in bare if not unicodedata.combining(c)).casefold())


@lru_cache(maxsize=1)
def spellings() -> dict[str, str]:
    """Return every known spelling, as ``plain`` makes it, with its ISO alpha-2 code."""
    import pycountry  # lazily: it reads its lists from disk

    known: dict[str, str] = {}
    for country in pycountry.countries:
        for name in ("alpha_2", "alpha_3", "name", "official_name", "common_name"):
            if spelling := getattr(country, name, None):
                known.setdefault(plain(spelling), country.alpha_2)
    known.update({name: code for name, code in _named_in(pycountry, "de").items() if name not in known})
    for code, names in _OTHERS.items():
        known.update((plain(name), code) for name in names.split(", "))
    return known


def _named_in(pycountry: object, language: str) -> dict[str, str]:
    """Read the names in a language that come with pycountry."""
    import gettext

    folder = getattr(pycountry, "LOCALES_DIR", None)
    if folder is None or not gettext.find("iso3166-1", folder, [language]):
        return {}
    named = gettext.translation("iso3166-1", folder, languages=[language])
    countries = getattr(pycountry, "countries", ())
    english = ((country, getattr(country, "common_name", country.name)) for country in countries)
    return {
        plain(name): country.alpha_2
        for country, common in english
        for name in (named.gettext(common), named.gettext(country.name))
    }


@lru_cache(maxsize=1)
def foreign_spellings() -> dict[str, str]:
    """Return names in further languages, as ``plain`` makes them, with their ISO code where all agree."""
    import pycountry  # lazily: it reads its lists from disk

    named: dict[str, set[str]] = {}
    for language in _LANGUAGES.split():
        for name, code in _named_in(pycountry, language).items():
            named.setdefault(name, set()).add(code)
    return {name: codes.pop() for name, codes in named.items() if len(codes) == 1}


def country_code(text: str) -> str | None:
    """Return the ISO alpha-2 code of a country however it is written; None if unknown."""
    name = plain(text)
    # Those of further languages are read from disk only once a name is none of ours.
    return spellings().get(name) or (foreign_spellings().get(name) if len(name) > 1 else None)


def country_group(code: str | None, home_market: str = "DE") -> str:
    """Return the group of an ISO code: the home market, EU, Non-EU, or Unknown."""
    if code is None:
        return "Unknown"
    if code == home_market:
        return home_label(code)
    return "EU" if code in EU_MEMBERS else "Non-EU"


def home_label(home_market: str) -> str:
    """Return what the home market's own group is called: its name in English."""
    if home_market.upper() == "DE":
        return "Germany"
    import pycountry

    found = pycountry.countries.get(alpha_2=home_market.upper())
    return str(getattr(found, "common_name", found.name)) if found else home_market.upper()


def group_named(text: str) -> str | None:
    """Return the country group a text names (``EU``, ``Non-EU`` …); None if it names none."""
    return _GROUP_WORDS.get(plain(text))


_GROUP_WORDS: dict[str, str] = {
    **{plain(group): group for group in COUNTRY_GROUPS},
    **dict.fromkeys(
        ("europeanunion", "europaischeunion", "eucountry", "othereu", "resteu", "eurozone"), "EU"
    ),
    **dict.fromkeys(("nichteu", "outsideeu", "international", "restofworld", "other", "horsue"), "Non-EU"),
    **dict.fromkeys(("unbekannt", "unidentified", "notset", "inconnu"), "Unknown"),
}
