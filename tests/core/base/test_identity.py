"""Roles hold one another, keys are narrower than roles, and what is refused is said."""

from __future__ import annotations

from itertools import pairwise
from typing import get_args

import pytest

from core.base.identity import (
    ALLOWS,
    GRANTED,
    ROLES,
    ForbiddenError,
    Identity,
    Permission,
    acting_as,
    identity,
    may,
    require,
)


def test_each_role_may_do_what_the_one_before_may_and_more() -> None:
    for lower, higher in pairwise(ROLES):
        assert GRANTED[lower] < GRANTED[higher]
    assert GRANTED["admin"] == set(get_args(Permission)) == set(ALLOWS)


def test_a_viewer_sees_no_ids() -> None:
    viewer = Identity(role="viewer", via="account")
    assert viewer.may("results.read")
    assert not viewer.may("ids.read")


def test_a_key_may_do_no_more_than_its_scopes_and_its_role() -> None:
    key = Identity(role="analyst", via="key", scopes=frozenset({"results.read", "people.write"}))
    assert key.may("results.read")
    assert not key.may("uploads.write")
    assert not key.may("people.write")


def test_a_program_may_do_everything_and_a_request_only_what_its_role_allows() -> None:
    require("privacy.write")
    with acting_as(Identity(id="a1", name="Ada", role="viewer", via="account")):
        assert identity().name == "Ada"
        assert not may("ids.read")
        with pytest.raises(ForbiddenError, match="role of viewer: see and download ids") as refused:
            require("ids.read")
        assert refused.value.status == 403
    assert identity() == Identity()
