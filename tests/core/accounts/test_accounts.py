"""Accounts, sessions, links and the second factor, in a real database."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import select

from core.accounts import any_people, find_person, links, people, person_of, sessions, tables, totp
from core.accounts.passwords import problem_of
from core.accounts.people import add_person, first_person, remove_person, set_name, set_password, set_role
from core.accounts.signing_in import by_password
from core.audit import entries
from core.base.errors import AccountError, NotFoundError
from core.base.settings import Settings
from core.database import get_engine
from tests.core.accounts.conftest import PASSWORD

ANNA = {"email": "Anna@Shop.example ", "name": "  Anna   Berg ", "password": PASSWORD}


@pytest.fixture
def settings(database_url: str | None, tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, DATABASE_URL=database_url)


@pytest.fixture
def anna(settings: Settings) -> str:
    return first_person(**ANNA, settings=settings).id


@pytest.fixture
def ben(settings: Settings, anna: str) -> str:
    told = {"email": "ben@shop.example", "name": "Ben", "role": "viewer", "password": PASSWORD}
    return add_person(**told, settings=settings).id


def signed_in(person: str, settings: Settings) -> str:
    return sessions.begin(person, address="192.0.2.1", device="Firefox", settings=settings)


def test_the_first_person_is_the_administrator_and_there_is_one_first(settings: Settings) -> None:
    assert not any_people(settings)
    made = first_person(**ANNA, settings=settings)
    assert (made.email, made.name, made.role) == ("anna@shop.example", "Anna Berg", "admin")
    assert any_people(settings)
    with pytest.raises(AccountError, match="already"):
        first_person(email="eve@shop.example", name="Eve", password=PASSWORD, settings=settings)


def test_no_password_and_no_secret_of_a_session_or_link_is_kept(settings: Settings, anna: str) -> None:
    token = signed_in(anna, settings)
    link = links.invite("ben@shop.example", "viewer", settings)
    with get_engine(settings).connect() as connection:
        every = (tables.people, tables.person_sessions, tables.links)
        kept = str([row for table in every for row in connection.execute(select(table))])
    assert "$argon2id$" in kept
    for secret in (PASSWORD, token, link):
        assert secret not in kept


@pytest.mark.parametrize("email", ["anna", "a b@shop.example", "@shop.example", "a@b@c", "", "a@\u200b"])
def test_what_is_no_address_is_refused(settings: Settings, email: str) -> None:
    with pytest.raises(AccountError, match="e-mail address"):
        add_person(email=email, name="A", role="viewer", password=PASSWORD, settings=settings)


@pytest.mark.parametrize(
    "password", ["", "elevenchars", "passwordpassword", "123456789012", "qwertyuiopas", "anna@shop.example"]
)
def test_short_and_common_passwords_are_refused(password: str) -> None:
    assert problem_of(password, ("Anna Berg", "anna@shop.example")) is not None


@pytest.mark.parametrize(
    "password", [PASSWORD, "all lower case words here", "ключ под ковриком", "x" * 3 + "9!kQ" * 300]
)
def test_nothing_else_is_asked_of_a_password(password: str) -> None:
    assert (problem_of(password) is None) == (len(password) <= 1000)


def test_an_address_has_one_account_however_it_is_written(settings: Settings, anna: str) -> None:
    with pytest.raises(AccountError, match="already"):
        add_person(email="ANNA@shop.example", name="A", role="viewer", password=PASSWORD, settings=settings)
    assert person_of(" ANNA@shop.example", settings).id == anna


def test_a_wrong_password_and_an_unknown_address_are_the_same(settings: Settings, anna: str) -> None:
    found = by_password("anna@shop.example", PASSWORD, settings)
    assert found is not None
    assert found.id == anna
    assert by_password("anna@shop.example", PASSWORD + "x", settings) is None
    assert by_password("nobody@shop.example", "nobody has this password", settings) is None
    assert by_password("anna@shop.example", "x" * 5000, settings) is None


def test_a_session_is_somebody_s_until_it_is_ended(settings: Settings, anna: str) -> None:
    token, other = signed_in(anna, settings), signed_in(anna, settings)
    who = sessions.resolve(token, "192.0.2.9", settings)
    assert who is not None
    assert (who.id, who.name, who.role, who.via, who.address) == (
        anna,
        "Anna Berg",
        "admin",
        "account",
        "192.0.2.9",
    )
    assert sessions.resolve(token[:-1], "", settings) is None
    assert {one.device for one in sessions.sessions_of(anna, settings)} == {"Firefox"}

    sessions.end(token, settings)
    assert sessions.resolve(token, "", settings) is None
    assert sessions.resolve(other, "", settings) is not None
    sessions.end_all(anna, settings=settings)
    assert sessions.resolve(other, "", settings) is None


@pytest.mark.parametrize("limit", ["IDLE", "LONGEST"])
def test_a_session_runs_out(
    settings: Settings, anna: str, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = signed_in(anna, settings)
    monkeypatch.setattr(sessions, limit, timedelta(seconds=-1))
    assert sessions.resolve(token, "", settings) is None
    assert sessions.sessions_of(anna, settings) == []


def test_what_changes_a_person_ends_their_sessions_at_once(settings: Settings, ben: str) -> None:
    token = signed_in(ben, settings)
    set_role(ben, "analyst", settings)
    assert sessions.resolve(token, "", settings) is None

    token, own = signed_in(ben, settings), signed_in(ben, settings)
    set_password(ben, "eight blue umbrellas", keep=sessions.session_id(own), settings=settings)
    assert sessions.resolve(token, "", settings) is None
    kept = sessions.resolve(own, "", settings)
    assert kept is not None
    assert kept.role == "analyst"
    assert by_password("ben@shop.example", PASSWORD, settings) is None

    remove_person(ben, settings)
    assert sessions.resolve(own, "", settings) is None
    with pytest.raises(NotFoundError):
        find_person(ben, settings)


def test_an_administrator_is_always_left(settings: Settings, anna: str, ben: str) -> None:
    for change in (lambda: set_role(anna, "manager", settings), lambda: remove_person(anna, settings)):
        with pytest.raises(AccountError, match="only administrator"):
            change()
    set_role(ben, "admin", settings)
    remove_person(anna, settings)
    assert [one.id for one in people(settings)] == [ben]


def test_an_invitation_is_good_once(settings: Settings, anna: str) -> None:
    token = links.invite("Carla@shop.example", "analyst", settings)
    assert links.find_link(token, settings).role == "analyst"
    with pytest.raises(AccountError, match="at least 12"):
        links.accept(token, name="Carla", password="short", settings=settings)
    made = links.accept(token, name="Carla", password=PASSWORD, settings=settings)
    assert find_person(made, settings).role == "analyst"
    for use in (lambda: links.find_link(token, settings),
                lambda: links.accept(token, name="Eve", password=PASSWORD, settings=settings)):  # fmt: skip
        with pytest.raises(AccountError, match="used or is too old"):
            use()
    with pytest.raises(AccountError, match="already"):
        links.invite("carla@shop.example", "admin", settings)


def test_an_invitation_ends_by_time_by_hand_and_by_a_newer_one(
    settings: Settings, anna: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = links.invite("carla@shop.example", "viewer", settings)
    newer = links.invite("carla@shop.example", "viewer", settings)
    with pytest.raises(AccountError):
        links.find_link(older, settings)
    (open_one,) = links.invitations(settings)
    links.withdraw(open_one.id, settings)
    with pytest.raises(AccountError):
        links.accept(newer, name="C", password=PASSWORD, settings=settings)
    monkeypatch.setattr(links, "INVITED_FOR", timedelta(seconds=-1))
    late = links.invite("carla@shop.example", "viewer", settings)
    with pytest.raises(AccountError):
        links.find_link(late, settings)
    assert links.invitations(settings) == []


def test_a_reset_changes_the_password_ends_sessions_and_drops_the_second_factor(
    settings: Settings, anna: str
) -> None:
    secret = totp.new_secret()
    totp.switch_on(anna, secret, pyotp.TOTP(secret).now(), settings)
    session, link = signed_in(anna, settings), links.reset(anna, settings)
    assert by_password("anna@shop.example", PASSWORD, settings), "until it is used, nothing changes"

    assert links.accept(link, name="ignored", password="nine red umbrellas", settings=settings) == anna
    assert sessions.resolve(session, "", settings) is None
    changed = by_password("anna@shop.example", "nine red umbrellas", settings)
    assert changed is not None
    assert not changed.has_totp
    assert changed.name == "Anna Berg"


def test_a_code_and_a_recovery_code_are_taken_once(settings: Settings, anna: str) -> None:
    secret = totp.new_secret()
    with pytest.raises(AccountError, match="code"):
        totp.switch_on(anna, secret, "000000" if pyotp.TOTP(secret).now() != "000000" else "1", settings)
    used = pyotp.TOTP(secret).now()
    codes = totp.switch_on(anna, secret, used, settings)
    assert not totp.is_code(anna, used, settings), "it was used to switch it on"
    later = pyotp.TOTP(secret).at(time.time() + totp.PERIOD)
    assert totp.is_code(anna, f"{later[:3]} {later[3:]}", settings)
    assert not totp.is_code(anna, later, settings)

    assert totp.is_code(anna, codes[0].upper(), settings)
    assert not totp.is_code(anna, codes[0], settings)
    assert find_person(anna, settings).recovery_left == totp.RECOVERY_CODES - 1
    assert not totp.is_code(anna, "", settings)
    with get_engine(settings).connect() as connection:
        kept = connection.scalar(select(tables.people.c.recovery))
    assert codes[1] not in kept


def test_changes_are_in_the_audit_log(settings: Settings, ben: str) -> None:
    set_name(ben, "Benjamin", settings)
    set_role(ben, "analyst", settings)
    links.invite("carla@shop.example", "viewer", settings)
    remove_person(ben, settings)
    said = [(entry.action, entry.subject) for entry in entries(settings=settings)]
    assert said[:4] == [
        ("person_removed", "ben@shop.example"),
        ("person_invited", "carla@shop.example"),
        ("person_changed", "ben@shop.example"),
        ("person_changed", "ben@shop.example"),
    ]
