"""Files for ad platforms: their layouts, their spelling, and the hashes of the platforms' own software."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.audiences.platforms import PLATFORMS

PEOPLE = [
    {"email": " First.Last+shop@Gmail.com ", "phone": "0171 1234567", "first_name": " Zoë ",
     "last_name": "Pérez", "country": "Germany", "postcode": "01067", "city": "Köln", "state": "NRW"},
    {"email": "jo@Example.co.uk", "phone": "+44 (0)20 7946 0018", "first_name": "Jo", "last_name": "Doe",
     "country": "GB", "postcode": "SW1A 1AA", "city": "London", "state": ""},
    {"email": "ann@example.com", "phone": "(800) 555-0102", "first_name": "ANN", "last_name": "Smith",
     "country": "us", "postcode": "94016-1234", "city": "San Francisco", "state": "CA"},
]  # fmt: skip
COUNTRIES = ["DE", "GB", "US"]
#: E.164 by hand: each number is one of its country.
NUMBERS = ["+491711234567", "+442079460018", "+18005550102"]

#: What the platforms' own software makes of the same people, of numbers in E.164.
THEIR_OWN = """
import json, sys
from unittest.mock import MagicMock
# Encrypting is a part of Google's that isn't asked for, and its library is large.
sys.modules["google.ads.datamanager_util.encrypt"] = MagicMock()
from facebook_business.adobjects.serverside.normalize import Normalize
from google.ads.datamanager_util import Formatter
people, google = json.load(sys.stdin), Formatter()
hashed = lambda text: google.hex_encode(google.hash_string(text))
print(json.dumps([{
    "google": [hashed(google.format_email_address(one["email"])),
               hashed(google.format_phone_number(one["e164"])),
               hashed(google.format_given_name(one["first_name"])),
               hashed(google.format_family_name(one["last_name"])),
               google.format_region_code(one["iso"]), google.format_postal_code(one["postcode"])],
    "meta": [Normalize.normalize("em", one["email"], True), Normalize.normalize("ph", one["e164"], True), "",
             Normalize.normalize("fn", one["first_name"], True),
             Normalize.normalize("ln", one["last_name"], True),
             Normalize.normalize("zp", one["postcode"], True), Normalize.normalize("ct", one["city"], True),
             Normalize.normalize("st", one["state"], True) or "",
             Normalize.normalize("country", one["iso"], True)],
} for one in people]))
"""


def line(platform: str, person: dict[str, str], country: str) -> list[str]:
    return [column.cell(person.get(column.field), country) for column in PLATFORMS[platform].columns]


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture(scope="session")
def their_software(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of its own with the platforms' software: much of it, of which a page is needed."""
    folder = tmp_path_factory.mktemp("platforms")
    wanted = ["facebook-business==26.0.3", "google-ads-datamanager-util==0.4.0"]
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(folder), *wanted]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("the platforms' own software can't be had here")
    return folder


def test_hashes_are_those_of_the_platforms_own_software(their_software: Path) -> None:
    told = [
        {**person, "e164": number, "iso": country}
        for person, number, country in zip(PEOPLE, NUMBERS, COUNTRIES, strict=True)
    ]
    answer = subprocess.run(
        [sys.executable, "-c", THEIR_OWN],
        env={**os.environ, "PYTHONPATH": str(their_software)},
        input=json.dumps(told),
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    for person, country, theirs in zip(PEOPLE, COUNTRIES, json.loads(answer.stdout), strict=True):
        assert line("google", person, country) == theirs["google"]
        assert line("meta", person, country) == theirs["meta"]


def test_one_number_is_spelt_three_ways() -> None:
    person = {"phone": "0171 1234567"}
    hashes = {key: sha(spelt) for key, spelt in (("google", "+491711234567"), ("meta", "491711234567"))}
    for platform, place in (("google", 1), ("meta", 1)):
        assert line(platform, person, "DE")[place] == hashes[platform]
    assert line("tiktok", person, "DE")[1] == hashes["google"]
    assert line("google", {"phone": "12345"}, "DE")[1] == ""


def test_where_a_platforms_page_and_its_software_differ_the_page_counts() -> None:
    # Meta's software makes "00" of Warsaw's 00-950 and keeps punctuation in names; its page asks for neither.
    meta = line("meta", {"postcode": "00-950", "first_name": "O'Neil"}, "PL")
    assert (meta[5], meta[3]) == (sha("00950"), sha("oneil"))
    # TikTok and Meta take an address as it is, whose dots and tag Google leaves out.
    address = {"email": "first.last+shop@gmail.com"}
    assert line("tiktok", address, "DE")[0] == line("meta", address, "DE")[0] == sha(address["email"])
    assert line("google", address, "DE")[0] == sha("firstlast@gmail.com")


def test_what_is_hashed_already_and_what_can_not_be_used() -> None:
    assert line("meta", {"email": sha("a@b.de").upper()}, "DE")[0] == sha("a@b.de")
    assert line("google", {"email": "nobody", "country": "Atlantis"}, "DE") == [""] * 6
    zeros = "00000000-0000-0000-0000-000000000000"
    assert line("tiktok", {"device": zeros}, "DE")[2] == ""
    assert line("meta", {"device": "AECE52E7-03EE-455A-B3C4-E57283966239"}, "DE")[2].startswith("aece52e7-")


def test_linkedins_names_are_written_out_and_run_nothing() -> None:
    made = line(
        "linkedin", {"first_name": "=Anna " + "x" * 40, "company": "ACME", "country": "Germany"}, "DE"
    )
    assert made[1] == ("Anna " + "x" * 40)[:35]
    assert made[4:6] == ["ACME", "DE"]
