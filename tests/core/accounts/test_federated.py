"""Whose account an identity at a provider is, where several come at once, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from core.accounts import Person, links, people, person_of
from core.accounts.federated import NotConnectedError, NotInvitedError, connected_people, person_for
from core.accounts.people import add_person, remove_person, set_role
from core.audit import verify
from core.base.errors import AccountError
from core.base.settings import Settings
from core.oidc import ProvenIdentity
from tests.core.accounts.conftest import PASSWORD
from tests.core.accounts.test_accounts import settings as databases

ANNA = ProvenIdentity(
    issuer="https://login.shop.example",
    subject="anna",
    email="anna@shop.example",
    email_verified=True,
    name="Anna",
    groups=(),
    hosted="",
    id_token="",
)
settings = databases
AT_ONCE = 6


def at_once(calls: Sequence[Callable[[], object]]) -> list[object]:
    """Call all of them in the same moment; return what each returned, or the AccountError it ended with."""
    ready = Barrier(len(calls))

    def one(call: Callable[[], object]) -> object:
        ready.wait()
        try:
            return call()
        except AccountError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(one, calls))


def strangers(settings: Settings) -> Settings:
    about = {"oidc_issuer": ANNA.issuer, "oidc_new_people": "viewer"}
    return settings.model_copy(update=about)


def test_somebody_new_in_many_windows_is_one_person(settings: Settings) -> None:
    allowed = strangers(settings)
    found = at_once([lambda: person_for(ANNA, allowed)] * AT_ONCE)
    assert len({one.id for one in found if isinstance(one, Person)}) == 1
    assert len(people(settings)) == 1
    assert verify(settings=settings).entries == 1, "and is said to have joined once"


def test_two_accounts_at_the_provider_do_not_share_one_here(settings: Settings) -> None:
    allowed = strangers(settings)
    anna = person_for(ANNA, allowed)
    ben = person_for(replace(ANNA, subject="ben", email="ben@shop.example", name="  "), allowed)
    assert (anna.name, ben.name) == ("Anna", "ben")
    assert connected_people(settings) == {anna.id, ben.id}


@pytest.mark.parametrize("name", ["", "\u202eevil", "A" * 300, "A\0B", "Ann\n Other"])
def test_whatever_a_provider_calls_somebody_they_have_a_name(settings: Settings, name: str) -> None:
    claims = {"iss": ANNA.issuer, "sub": "x", "email": ANNA.email, "email_verified": True, "name": name}
    person = person_for(ProvenIdentity.of(claims, "", settings), strangers(settings))
    assert person.name.isprintable()
    assert 0 < len(person.name) <= 80


def test_of_two_administrators_who_remove_each_other_one_stays(settings: Settings) -> None:
    """Whoever counts administrators waits for the others: else both are removed, and nobody can come in."""
    for attempt in range(5):
        two = [
            add_person(
                email=f"{n}@{attempt}.example", name="A", role="admin", password=None, settings=settings
            )
            for n in range(2)
        ]
        for one in people(settings):
            if one.role == "admin" and one.id not in {two[0].id, two[1].id}:
                set_role(one.id, "viewer", settings)
        ended = at_once([lambda one=one: remove_person(one.id, settings) for one in two])
        assert sum(isinstance(one, AccountError) for one in ended) == 1
        assert [one.role for one in people(settings)].count("admin") == 1


def test_somebody_removed_needs_an_account_and_a_link_to_come_in_again(settings: Settings) -> None:
    allowed = strangers(settings)
    person_for(ANNA, allowed)
    remove_person(person_of(ANNA.email, settings).id, settings)
    with pytest.raises(NotInvitedError, match="removed"):
        person_for(ANNA, allowed)
    again = add_person(email=ANNA.email, name="Anna", role="analyst", password=PASSWORD, settings=settings)
    with pytest.raises(NotConnectedError):
        person_for(ANNA, allowed)
    links.reset(again.id, settings)
    assert person_for(ANNA, allowed).id == again.id
    assert person_for(ANNA, allowed).id == again.id
