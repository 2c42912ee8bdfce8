"""Where a shop's own model is: in the result's folder while that comes about, then in the models folder.

A job that is stopped or killed on the way leaves nothing in the models folder.
"""

from __future__ import annotations

import logging
import shutil
from dataclasses import replace
from pathlib import Path

from core.base.errors import AlarmError, RegistryError
from core.base.settings import Settings
from core.bundle.models_folder import alone, writing
from core.bundle.registry import LOCK, delete_bundle, promote
from core.bundle.repository import MANIFEST_FILE
from core.scoring.model_names import free_name
from core.scoring.own_model import HELD_OUT, WORK, is_own, model_in_use
from core.storage import Basis, Contest, Dataset, Result

log = logging.getLogger(__name__)

#: Who promotes a shop's first model, for the record.
WHO = "First own model"
#: Ends the name of a model's folder while it is copied, one at a time.
COPYING = "00000000"


def settings_with(result: Result, settings: Settings) -> Settings:
    """Return the settings by which a result's model is found: in its own folder until it is put in place."""
    work = result.folder / WORK
    return settings.model_copy(update={"models_dir": work}) if (work / result.bundle).is_dir() else settings


def held_out_path(result: Result) -> Path:
    """Return where predictions by models that hadn't seen a session's visitor are kept meanwhile."""
    return result.folder / WORK / HELD_OUT


def settle(result: Result, dataset: Dataset, settings: Settings) -> dict[str, object]:
    """Put a result's own model in place and to work; return the columns of the result that say so."""
    basis = result.basis
    if basis is None:
        return {}
    if basis.kind == "in_use":
        return {"basis": with_contest(basis, settings).to_dict()}
    work = result.folder / WORK
    if basis.kind not in ("own", "none") or not (work / result.bundle).is_dir():
        return {}
    name = put_in_place(work, result.bundle, dataset.name, settings)
    if basis.kind == "none":
        return {"bundle": name}
    promoted = use_first(name, dataset, settings)
    return {"bundle": name, "basis": replace(basis, promoted=promoted).to_dict()}


def take_back(result: Result, settings: Settings) -> None:
    """Delete the model of a result that came to nothing; one that is in use stays."""
    made = result.folder / WORK / result.bundle
    if _is_same(made, settings.models_dir / result.bundle):
        try:
            delete_bundle(result.bundle, settings)
        except RegistryError:
            log.warning("%s is in use already and stays", result.bundle)


def put_in_place(work: Path, name: str, export: str, settings: Settings) -> str:
    """Copy a trained model into the models folder, and return what it is called there."""
    with alone(settings, LOCK), writing(settings):
        if _is_same(work / name, settings.models_dir / name):
            return name
        final = name
        if (settings.models_dir / name).exists():
            final = free_name(export, lambda other: (settings.models_dir / other).exists())
        building = settings.models_dir / f".{final}-{COPYING}"
        shutil.rmtree(building, ignore_errors=True)
        # The data folder may be on another disk: copied first, then there at once.
        shutil.copytree(work / name, building)
        building.rename(settings.models_dir / final)
    return final


def use_first(name: str, dataset: Dataset, settings: Settings) -> bool:
    """Put a shop's first own model to work; tell whether it is in use now.

    A model that something may give the outcome away to isn't, and no model of the shop is taken away.
    """
    used = model_in_use(settings)
    if used is not None and is_own(used):
        return False
    try:
        promote(name, who=WHO, note=f"Trained on “{dataset.name}” when it was uploaded.", settings=settings)
    except AlarmError:
        return False
    return True


def with_contest(basis: Basis, settings: Settings) -> Basis:
    """Return the basis of a result of the model in use, with a comparison to come where one can be made."""
    used = model_in_use(settings)
    enough = (basis.buyers or 0) >= settings.own_model_buyers and used is not None and is_own(used)
    return replace(basis, contest=Contest(outcome="pending")) if enough and settings.own_models else basis


def _is_same(made: Path, there: Path) -> bool:
    """Tell whether a model in the models folder is a copy of one that a result has made."""
    manifests = [folder / MANIFEST_FILE for folder in (made, there)]
    return all(path.is_file() for path in manifests) and len({path.read_bytes() for path in manifests}) == 1
