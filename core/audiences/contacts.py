"""Which columns of scored sessions say how a person can be reached, and whether they agreed to it.

They are known by their headings, in the words shops use; what isn't known is left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.base.sql import identifier, literal
from core.schema.countries import plain

#: Headings, without case, blanks and punctuation, of what a platform may ask for.
_HEADINGS = {
    "email": "email emailaddress mail mailaddress emailadresse customeremail useremail contactemail "
    "emailsha256 hashedemail sha256email adressemail correo correoelectronico",
    "phone": "phone phonenumber mobile mobilephone mobilenumber cellphone cell tel telephone telefon "
    "telefonnummer handy handynummer mobil mobilnummer telefono customerphone phonesha256 hashedphone",
    "first_name": "firstname fn givenname forename vorname prenom nombre",
    "last_name": "lastname ln surname familyname nachname nom apellido",
    "country": "country countrycode land pays pais",
    "postcode": "zip zipcode postcode postalcode plz postleitzahl codepostal",
    "city": "city ct town ort stadt ville ciudad",
    "state": "state st province region bundesland",
    "device": "madid maid idfa gaid aaid googleaid advertisingid deviceadvertisingid mobileadid",
    "job_title": "jobtitle berufsbezeichnung",
    "company": "company employeecompany companyname employer firma arbeitgeber",
}
_FIELDS = {heading: name for name, headings in _HEADINGS.items() for heading in headings.split()}
#: What somebody can be found by at a platform.
REACHED_BY = frozenset({"email", "phone", "device"})
#: Headings of columns that say whether somebody agreed to be advertised to.
_CONSENT = frozenset(
    "consent adconsent adsconsent marketingconsent marketingconsentgiven consentmarketing consentads "
    "consentgiven hasconsent gdprconsent advertisingconsent acceptsmarketing acceptsemailmarketing "
    "emailmarketingconsent optin marketingoptin adsoptin emailoptin aduserdata adpersonalization "
    "adpersonalisation adstorage einwilligung werbeeinwilligung consentement consentimiento".split()
)
#: What stands in them where somebody did.
_AGREED = frozenset(
    "true t yes y 1 1.0 granted given accepted agreed allow allowed optin opted_in opted-in opt-in "
    "subscribed ja oui si sí sim tak".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """Columns by what they hold: the first that is filled counts. All of ``consent`` must agree."""

    fields: Mapping[str, tuple[str, ...]]
    consent: tuple[str, ...]

    def value_sql(self, field: str) -> str:
        """Return SQL for a field of a person, null where no column has it."""
        columns = [f"nullif(trim(CAST({identifier(name)} AS VARCHAR)), '')" for name in self.fields[field]]
        return f"coalesce({', '.join(columns)})" if len(columns) > 1 else columns[0]

    @property
    def agreed_sql(self) -> str:
        """SQL for whether a session's row says that its person agreed; a row that doesn't say so says no."""
        words = ", ".join(literal(word) for word in sorted(_AGREED))
        parts = [f"lower(trim(CAST({identifier(name)} AS VARCHAR))) IN ({words})" for name in self.consent]
        return f"coalesce({' AND '.join(parts)}, false)"


def unread_of(columns: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return which columns of a file that nothing was read of hold contacts, and which hold consent.

    Values within records are known by the last part of their names (``properties.email``).
    """
    contacts, consent = [], []
    for name in columns:
        heading = plain(name.rpartition(".")[2])
        if _FIELDS.get(heading) in REACHED_BY:
            contacts.append(name)
        elif heading in _CONSENT:
            consent.append(name)
    return tuple(contacts), tuple(consent)


def contacts_of(columns: Iterable[str]) -> Contacts:
    """Return what columns hold of a person, by their headings."""
    fields: dict[str, list[str]] = {}
    consent = []
    for name in columns:
        heading = plain(name.removeprefix("file_"))
        if heading in _FIELDS:
            fields.setdefault(_FIELDS[heading], []).append(name)
        elif heading in _CONSENT:
            consent.append(name)
    return Contacts(fields={name: tuple(found) for name, found in fields.items()}, consent=tuple(consent))
