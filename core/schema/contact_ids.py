"""E-mail addresses and phone numbers as ad platforms ask for them before they are hashed.

Google and Meta match people by hashes, so both sides have to spell an address alike:

- e-mail: trimmed, in lower case; Google also takes dots and what follows a plus off Gmail's local part, as
  its own `datamanager-util` does, while Meta (`facebook-business`) keeps them.
- phone: E.164. Both platforms' own tools only strip signs, and keep the 0 of "+49 (0)171" and of
  "0171", so numbers are read by `phonenumbers` with the shop's country first. Google wants the plus, Meta
  digits alone.

Whatever is neither is trimmed and in lower case.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, get_args

Platform = Literal["google", "meta"]
PLATFORMS: tuple[str, ...] = get_args(Platform)
#: Domains of which Google reads one mailbox whatever the dots.
_GMAIL = frozenset({"gmail.com", "googlemail.com"})
_PHONE = re.compile(r"[+(]?\d[\d\s().\-/]{5,24}")


def contact_id(raw: str, platform: str, country: str) -> str:
    """Return an id as a platform asks for it before it is hashed.

    Parameters
    ----------
    platform
        One of ``PLATFORMS``.
    country
        ISO code of the country phone numbers are of that name none.
    """
    plain = raw.strip().lower()
    if "@" in plain:
        return google_email(plain) if platform == "google" else plain
    number = phone_number(plain, country)
    if number is None:
        return plain
    return number if platform == "google" else number.removeprefix("+")


def google_email(plain: str) -> str:
    """Return an address in lower case as Google tells it from others."""
    local, _, domain = plain.rpartition("@")
    if domain not in _GMAIL:
        return plain
    return f"{local.partition('+')[0].replace('.', '')}@{domain}"


def phone_number(plain: str, country: str) -> str | None:
    """Return a phone number in E.164, with its plus; None where it is none anybody could be called by.

    ``country`` is the ISO code of the country it is of where it names none.
    """
    return _e164(plain, country.upper()) if _PHONE.fullmatch(plain) else None


@lru_cache(maxsize=4096)
def _e164(plain: str, country: str) -> str | None:
    """Return a number in E.164; None where it is none anybody could be called by."""
    # Heavy, and of use for lists of phone numbers alone.
    import phonenumbers

    forms = [(plain, country)]
    if plain[0] not in "+(0":
        # Written without its plus, "4915112345678" would pass for a number within Germany as well.
        abroad = (f"+{plain}", country)
        calls_home = plain.startswith(str(phonenumbers.country_code_for_region(country)))
        forms = [abroad, *forms] if calls_home else [*forms, abroad]
    for text, region in forms:
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None
