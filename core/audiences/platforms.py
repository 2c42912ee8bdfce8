"""Lists for ad platforms: which columns each takes, in which order, and how each spells and hashes them.

Whoever matches people by hashes has to spell alike, and the platforms don't: the same phone number becomes
three of them. What is written here follows each platform's own page, named in ``help``; where its software
departs from that page, the tests say so (``tests/core/audiences/test_platforms.py``).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from core.base.errors import AudienceError
from core.base.formulas import FORMULA_STARTS
from core.schema.contact_ids import google_email, phone_number
from core.schema.countries import country_code

#: A value in lower case and trimmed, and the ISO code of its row's country: as a platform wants it, or None
#: where it is of no use.
Spell = Callable[[str, str], str | None]

_HASH = re.compile(r"[0-9a-f]{64}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_DEVICE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NO_DEVICE = "00000000-0000-0000-0000-000000000000"


def is_email(value: str) -> bool:
    """Tell whether a value in lower case is an e-mail address."""
    return _EMAIL.fullmatch(value) is not None


def _email(value: str, _country: str) -> str | None:
    return value if is_email(value) else None


def _google_email(value: str, _country: str) -> str | None:
    spelt = google_email(value)
    return spelt if is_email(spelt) else None


def _phone_digits(value: str, country: str) -> str | None:
    number = phone_number(value, country)
    return number.removeprefix("+") if number else None


def _device(value: str, _country: str) -> str | None:
    # Somebody who doesn't want to be followed has only zeros.
    return value if _DEVICE.fullmatch(value) and value != _NO_DEVICE else None


def _as_it_is(value: str, _country: str) -> str | None:
    return value or None


def _letters(value: str, _country: str) -> str | None:
    return re.sub(r"[^\w\s]|_", "", value).strip() or None


def _place(value: str, _country: str) -> str | None:
    return re.sub(r"[\W\d_]", "", value) or None


def _meta_postcode(value: str, country: str) -> str | None:
    plain = re.sub(r"[\s-]", "", value)
    return (plain[:5] if country == "US" else plain) or None


def _country(value: str, _country: str) -> str | None:
    code = country_code(value)
    return code.lower() if code else None


def _country_capitals(value: str, _country: str) -> str | None:
    return country_code(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a platform's file: its heading, what of a person it holds, and how that is spelt.

    ``is_hashed`` is whether SHA-256 is made of it; ``is_written_out`` keeps the letters' case; ``most`` is
    how many characters may stand in it.
    """

    heading: str
    field: str
    spell: Spell = _as_it_is
    is_hashed: bool = True
    is_written_out: bool = False
    most: int | None = None

    def cell(self, value: str | None, country: str) -> str:
        """Return what stands in the file for a value of a person in a country (ISO code); empty for none."""
        kept = (value or "").strip()
        plain = kept.lower()
        if self.is_hashed and _HASH.fullmatch(plain):
            # Hashed where the export comes from.
            return plain
        if self.is_written_out:
            return kept.lstrip("".join(FORMULA_STARTS)).strip()[: self.most]
        spelt = self.spell(plain, country)
        if not spelt:
            return ""
        return hashlib.sha256(spelt.encode()).hexdigest() if self.is_hashed else spelt


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """How a platform wants its file.

    ``needs`` are the sets of fields of which one must be there for a row to be of use; ``least`` and ``most``
    are how many rows it takes. Where ``has_headings`` is false, each id stands in a line of its own.
    ``upload`` says where the file goes.
    """

    key: str
    name: str
    columns: tuple[Column, ...]
    needs: tuple[frozenset[str], ...]
    upload: str
    help: str
    has_headings: bool = True
    least: int = 0
    most: int | None = None

    @property
    def headings(self) -> tuple[str, ...]:
        """The first line of the file; empty where it has none."""
        return tuple(column.heading for column in self.columns) if self.has_headings else ()


def _any(*sets: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(one.split()) for one in sets)


_PLATFORMS = (
    Platform(
        key="google",
        name="Google Customer Match",
        columns=(
            Column(heading="Email", field="email", spell=_google_email),
            Column(heading="Phone", field="phone", spell=phone_number),
            Column(heading="First Name", field="first_name"),
            Column(heading="Last Name", field="last_name"),
            Column(heading="Country", field="country", spell=_country_capitals, is_hashed=False),
            Column(heading="Zip", field="postcode", is_hashed=False, is_written_out=True),
        ),
        needs=_any("email", "phone", "first_name last_name country postcode"),
        upload="Google Ads: Tools, Audience manager, Customer list; choose “hashed”",
        help="https://support.google.com/google-ads/answer/7659867",
    ),
    Platform(
        key="meta",
        name="Meta Custom Audiences",
        columns=(
            Column(heading="email", field="email", spell=_email),
            Column(heading="phone", field="phone", spell=_phone_digits),
            Column(heading="madid", field="device", spell=_device, is_hashed=False),
            Column(heading="fn", field="first_name", spell=_letters),
            Column(heading="ln", field="last_name", spell=_letters),
            Column(heading="zip", field="postcode", spell=_meta_postcode),
            Column(heading="ct", field="city", spell=_place),
            Column(heading="st", field="state", spell=_place),
            Column(heading="country", field="country", spell=_country),
        ),
        needs=_any("email", "phone", "device", "first_name last_name postcode", "first_name last_name city"),
        upload="Meta Ads Manager: Audiences, Create audience, Customer list",
        help="https://www.facebook.com/business/help/2082575038703844",
        least=100,
    ),
    Platform(
        key="tiktok",
        name="TikTok Custom Audiences",
        columns=(
            Column(heading="Email_SHA256", field="email", spell=_email),
            Column(heading="Phone_SHA256", field="phone", spell=phone_number),
            Column(heading="MAID_SHA256", field="device", spell=_device),
        ),
        needs=_any("email", "phone", "device"),
        upload="TikTok Ads Manager: Tools, Audience Manager, Custom Audience, Customer File",
        help="https://ads.tiktok.com/help/article/list-of-supported-ids-and-formats-for-a-customer-file",
        least=1000,
    ),
    Platform(
        key="pinterest",
        name="Pinterest customer list",
        columns=(
            Column(heading="E-mail", field="email", spell=_email),
            Column(heading="Advertising id", field="device", spell=_device),
        ),
        needs=_any("email", "device"),
        upload="Pinterest Ads: Audiences, Create audience, A list of customers",
        help="https://help.pinterest.com/en/business/article/audience-targeting",
        has_headings=False,
        least=100,
    ),
    Platform(
        # Its template for contact lists, LinkedIn_Ads_Contact_Match_Template.csv, has these headings in this
        # order; "changing or removing template headers will cause an error".
        key="linkedin",
        name="LinkedIn Matched Audiences",
        columns=(
            Column(heading="email", field="email", spell=_email),
            Column(heading="firstname", field="first_name", is_hashed=False, is_written_out=True, most=35),
            Column(heading="lastname", field="last_name", is_hashed=False, is_written_out=True, most=35),
            Column(heading="jobtitle", field="job_title", is_hashed=False, is_written_out=True, most=50),
            Column(heading="employeecompany", field="company", is_hashed=False, is_written_out=True, most=50),
            Column(heading="country", field="country", spell=_country_capitals, is_hashed=False),
            Column(heading="googleaid", field="device", spell=_device, is_hashed=False),
        ),
        needs=_any("email", "first_name last_name company", "device"),
        upload="LinkedIn Campaign Manager: Plan, Audiences, Create audience, Upload a list, Contact",
        help="https://www.linkedin.com/help/lms/answer/a1489764",
        least=300,
        most=300_000,
    ),
)
PLATFORMS: dict[str, Platform] = {platform.key: platform for platform in _PLATFORMS}


def platform_of(key: str) -> Platform:
    """Return a platform by its key.

    Raises
    ------
    AudienceError
        If there is no such platform.
    """
    if key not in PLATFORMS:
        raise AudienceError(f"“{key[:40]}” isn't a platform.", remedy=f"Use one of {', '.join(PLATFORMS)}.")
    return PLATFORMS[key]
