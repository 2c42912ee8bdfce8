"""What the page of settings shows and changes: the shop, and the recipes exports are read by."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from core.audit import record
from core.base.errors import MappingError, NotFoundError
from core.base.settings import Settings
from core.ingest.base.given import read_mapping
from core.ingest.base.rule_texts import read_internal, read_rates
from core.storage import Recipe, get_store

_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


def shop() -> Settings:
    """Return what holds now."""
    return get_store().settings


def change(values: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Set what the form says; ``rates`` and ``internal`` are texts of one rule a line.

    Returns
    -------
    dict
        What has changed: what held before, and what holds now.

    Raises
    ------
    SettingsError, MappingError
        If something can't be so; nothing is changed then.
    """
    read = dict(values)
    read["rates"] = read_rates(values.get("rates"))
    read["internal"] = read_internal(values.get("internal"))
    return get_store().set_shop(read)


def recipes(settings: Settings | None = None) -> tuple[Recipe, ...]:
    """Return the recipes there are, by name."""
    return get_store(settings).recipes()


def recipe_of(fingerprint: str, settings: Settings | None = None) -> Recipe:
    """Return the recipe for the columns with a fingerprint.

    Raises
    ------
    NotFoundError
        If there is none (any more).
    """
    found = get_store(settings).recipe(fingerprint)
    if found is None:
        raise NotFoundError("This recipe doesn't exist or was deleted.", remedy="Choose one from the list.")
    return found


def rename_recipe(fingerprint: str, name: str) -> None:
    """Give a recipe another name; an empty one changes nothing."""
    if name.strip():
        get_store().rename_recipe(fingerprint, name)


def delete_recipe(fingerprint: str, settings: Settings | None = None) -> None:
    """Read exports with these columns as they are recognised again; one that is gone stays so."""
    store = get_store(settings)
    recipe = store.recipe(fingerprint)
    if recipe is not None:
        store.forget_recipe(fingerprint)
        record("deleted", recipe.name, settings=settings, kind="recipe")


def recipe_file(recipe: Recipe) -> dict[str, Any]:
    """Return a recipe as the JSON of its file: it says which columns it is for."""
    return {"name": recipe.name, "fingerprint": recipe.fingerprint, "mapping": recipe.mapping.to_dict()}


def import_recipe(text: bytes) -> str:
    """Keep the recipe of a file; return its name.

    Raises
    ------
    MappingError
        If the file is none, or only a mapping, which doesn't say for which columns it is.
    """
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MappingError(
            f"The recipe can't be read: {error}.", remedy="Choose a file that was downloaded as a recipe."
        ) from error
    if not isinstance(told, Mapping) or not _FINGERPRINT.fullmatch(str(told.get("fingerprint"))):
        raise MappingError(
            "This file doesn't name the columns it is for.",
            remedy="Download the recipe from this page, or use the file in the mapping step of an export.",
        )
    name = str(told.get("name") or "").strip() or "Imported recipe"
    get_store().keep_recipe(str(told["fingerprint"]), name=name, mapping=read_mapping(told))
    return name
