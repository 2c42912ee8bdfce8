"""Audiences that are kept, with who was in them: made from a result, applied to it again or to another."""

from __future__ import annotations

import json
from contextlib import suppress

from core.audiences.definition import Definition
from core.audiences.figures import figures
from core.audiences.members import EACH, Members, write
from core.audiences.selection import Selection, select
from core.base.errors import AudienceError, CoreError, NotFoundError
from core.base.requester import requester
from core.results.sources import find_source
from core.storage import Audience, get_store


def make(result_id: str, *, name: str, definition: Definition) -> Audience:
    """Apply a definition to a result and keep it under a name, with what it is now.

    Raises
    ------
    AudienceError
        If it has no name, nobody is in it, or it can't be applied.
    NotFoundError
        If there is no such result, or it isn't finished.
    """
    result = get_store().result(result_id)
    selection = select(find_source(result.id), definition)
    if not selection.n:
        raise AudienceError(
            "Nobody is in this audience.", remedy="Include more people, or remove some filters."
        )
    made = get_store().add_audience(
        name=name,
        definition=selection.definition.to_dict(),
        result=result,
        figures=figures(selection).to_dict(),
        who=requester(),
    )
    try:
        keep_members(made, selection)
    except CoreError:
        get_store().delete_audience(made.id)
        raise
    return made


def definition_of(audience: Audience) -> Definition:
    """Return who is meant to be in an audience that was kept."""
    return Definition.from_dict(audience.definition)


def keep_members(audience: Audience, selection: Selection) -> Members:
    """Keep who is in an audience, so that outcomes can be read without the result.

    Raises
    ------
    StorageError
        If there is no room for it.
    """
    store = get_store()
    store.ensure_room(EACH * selection.n)
    return write(selection, store.members_path(audience.id, selection.source.id))


def members_of(audience: Audience, result_id: str | None = None) -> Members:
    """Return who is, or was, in an audience, by the result it was made from or another one.

    Raises
    ------
    AudienceError
        If the sessions don't tell what it needs.
    NotFoundError
        If the result is gone, and it was not kept who was in the audience.
    """
    kept = kept_members(audience, result_id)
    if kept is not None:
        return kept
    try:
        return keep_members(audience, applied(audience, result_id))
    except NotFoundError as error:
        raise NotFoundError(
            f"This audience's groups weren't saved: {error.message}",
            remedy="Apply its definition to another result and measure the campaign there.",
        ) from error


def kept_members(audience: Audience, result_id: str | None = None) -> Members | None:
    """Return who was in an audience if that was kept."""
    try:
        return Members.read(get_store().members_path(audience.id, result_id or audience.result_id))
    except (FileNotFoundError, NotFoundError):
        return None


def applied(audience: Audience, result_id: str | None = None) -> Selection:
    """Apply an audience to the result it was made from, or to another one.

    Raises
    ------
    AudienceError
        If the sessions don't tell what it needs.
    NotFoundError
        If the result is gone, or isn't finished.
    """
    try:
        source = find_source(result_id or audience.result_id)
    except NotFoundError as error:
        if result_id:
            raise
        raise NotFoundError(
            f"The result “{audience.result_name}” this audience was made from was deleted.",
            remedy="Apply its definition to another result.",
        ) from error
    return select(source, definition_of(audience))


def readable(audience: Audience, result_id: str | None = None) -> bool:
    """Tell whether outcomes can be read: who is in it was kept, or its result is there."""
    if kept_members(audience, result_id) is not None:
        return True
    try:
        find_source(result_id or audience.result_id)
    except CoreError:
        return False
    return True


def kept_lists(audience: Audience) -> tuple[Members, ...]:
    """Return who was in an audience in each result for which that was kept, latest first."""
    return tuple(Members.read(path) for path in get_store().kept_members(audience.id))


def keep_before_deleting(dataset_id: str) -> dict[str, bool]:
    """Return the names of audiences made of a dataset's results, and whether who is in them is kept.

    It is kept as soon as one is made; those of older versions of this program come to it here.
    """
    store = get_store()
    kept: dict[str, bool] = {}
    for result in store.results(dataset_id, limit=10_000):
        for audience in store.audiences(limit=10_000, result_id=result.id):
            with suppress(CoreError):
                members_of(audience)
            kept[audience.name] = kept.get(audience.name, True) and kept_members(audience) is not None
    return kept


def definition_file(audience: Audience) -> str:
    """Return an audience's definition as the content of a JSON file, with where it comes from."""
    told = {
        "name": audience.name,
        **definition_of(audience).to_dict(),
        "made_from": audience.result_name,
        "made_at": audience.created_at.isoformat(timespec="seconds"),
    }
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"
