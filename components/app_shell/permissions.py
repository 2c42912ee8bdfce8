"""Which permission each page and each callback needs, in one table; what isn't in it is refused.

A callback is named by its module and function. Those that a shared function registers are named by the first
element they fill: ``results-dialog.stop``. The routes are in ``core/api/base/permissions.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dash import page_registry
from dash.development.base_component import Component

from components.app_shell.other_project import address_of, in_other_project
from components.base.layout import empty_state, page
from core.api.base.permissions import IDS, READ, RULES, Need, check
from core.base.errors import CoreError
from core.base.identity import ForbiddenError, identity
from core.base.settings import installation_settings
from core.services.elsewhere import project_with

UPLOAD: Need = ("uploads.write",)
AUDIENCES: Need = ("audiences.write",)
MODELS: Need = ("models.write",)
SCENARIOS: Need = ("scenarios.write",)
SCHEDULES: Need = ("schedules.write",)
PRIVACY: Need = ("privacy.write",)
SETTINGS: Need = ("settings.write",)
DELETE: Need = ("results.delete",)
PEOPLE: Need = ("people.write",)

PAGES: dict[str, Need] = {
    "pages.home": READ,
    "pages.help": "signed_in",
    "pages.not_found_404": "signed_in",
    "pages.results": READ,
    "pages.results_drift": READ,
    "pages.results_why": READ,
    "pages.session": IDS,
    "pages.compare": READ,
    "pages.clusters": READ,
    "pages.journeys": READ,
    "pages.whatif": READ,
    "pages.what_if.journey": READ,
    "pages.what_if.saved": READ,
    "pages.models": READ,
    "pages.model": READ,
    "pages.live": READ,
    "pages.live_rules": RULES,
    "pages.upload": UPLOAD,
    "pages.upload_dataset": UPLOAD,
    "pages.train": UPLOAD,
    "pages.training": UPLOAD,
    "pages.audiences": AUDIENCES,
    "pages.audiences_new": AUDIENCES,
    "pages.audience": AUDIENCES,
    "pages.audience_outcomes": AUDIENCES,
    "pages.schedules.all": READ,
    "pages.schedules.one": READ,
    "pages.schedules.form": SCHEDULES,
    "pages.settings": SETTINGS,
    "pages.privacy": PRIVACY,
    "pages.administration.account": "signed_in",
    "pages.administration.people": PEOPLE,
    "pages.administration.projects": PEOPLE,
    "pages.administration.audit": ("audit.read",),
    "pages.administration.keys": ("keys.write",),
}


def _named(module: str, names: str, need: Need) -> dict[str, Need]:
    return {f"{module}.{name}": need for name in names.split()}


CALLBACKS: dict[str, Need] = {
    # Dash's own, which shows the page of an address: pages are looked at one by one.
    "_pages_content.update": "signed_in",
    **_named("pages.home", "refresh choose_days", READ),
    **_named("pages.results", "change show keep", READ),
    **_named("components.results.table_callbacks", "change_by_table keep_table rows", READ),
    "components.results.list_callbacks.renew": READ,
    **_named("results-status", "watch", READ),
    **_named("results-place", "finish", READ),
    **_named("results-dialog", "ask stop", UPLOAD),
    "components.results.list_callbacks.stop_listed": UPLOAD,
    "pages.results.use_new": MODELS,
    **_named("pages.results_why", "show choose show_feature keep", READ),
    **_named("pages.compare", "choose reopen", READ),
    **_named("pages.clusters", "change_source open_cluster select show change keep", READ),
    "pages.clusters.rename": UPLOAD,
    **_named("pages.journeys", "change_source change show", READ),
    # A kept scenario's name is part of the address: nothing is saved.
    **_named("pages.whatif", "update more search switch rename", READ),
    **_named("pages.whatif", "save ask_name", SCENARIOS),
    **_named("whatif-saved-dialog", "ask answer", SCENARIOS),
    "pages.what_if.journey.edit": READ,
    "pages.model.move": READ,
    "pages.model.save": MODELS,
    **_named("pages.models", "ask allow answer", MODELS),
    **_named("pages.live", "refresh turn", READ),
    "pages.live.play": RULES,
    "components.live.setup_callbacks.add": UPLOAD,
    **_named("components.live.setup_callbacks", "make revoke make_first clear", RULES),
    **_named("pages.live_rules", "keep dry_run turn remove resend", RULES),
    **_named("pages.upload", "add_uploaded refresh try_sample answer", UPLOAD),
    **_named("upload-dialog", "ask", UPLOAD),
    **_named("components.upload.source_callbacks", "look count choose_all take", UPLOAD),
    **_named(
        "pages.upload_dataset",
        "follow switch_kind show_words show_preview score_mapped take_recipe score_again",
        UPLOAD,
    ),
    **_named(
        "pages.train",
        "choose score_first watch renew ask_money tell_break_even ask_names start score_again",
        UPLOAD,
    ),
    **_named("training-status", "watch", UPLOAD),
    **_named("training-place", "finish", UPLOAD),
    **_named("training-dialog", "ask stop", UPLOAD),
    **_named("pages.training", "allow use go_back", MODELS),
    "pages.audiences.open_file": AUDIENCES,
    **_named("pages.audiences_new", "update leave", AUDIENCES),
    **_named("pages.audience", "apply rename show_platform", AUDIENCES),
    "pages.audience.delete": DELETE,
    "pages.audience_outcomes.bring": AUDIENCES,
    **_named("pages.audience_outcomes", "reckon forget", AUDIENCES),
    "pages.schedules.one.renew": READ,
    "pages.schedules.one.act": SCHEDULES,
    **_named("pages.schedules.form", "save show_parts", SCHEDULES),
    **_named("pages.administration.account", "rename change_password change_factor end", "signed_in"),
    **_named("pages.administration.people", "invite change ask remove", PEOPLE),
    **_named("pages.administration.projects", "make change delete", PEOPLE),
    "pages.administration.audit.change": ("audit.read",),
    **_named("pages.administration.keys", "make revoke", ("keys.write",)),
    **_named("pages.privacy", "look download delete again save", PRIVACY),
    **_named("pages.settings", "save take", SETTINGS),
    **_named("settings-dialog", "ask answer", SETTINGS),
}


def callback_name(output: str, entry: Mapping[str, Any]) -> str | None:
    """Return what a callback is called in the table; None for one that runs in the browser."""
    function = entry.get("callback")
    if function is None:
        return None
    name = str(function.__qualname__)
    if "<locals>" not in name:
        return f"{function.__module__}.{name}"
    return f"{output.strip('.').partition('.')[0]}.{name.rpartition('.')[2]}"


def check_callback(output: str, entry: Mapping[str, Any]) -> None:
    """Check that whoever asks may run this callback.

    Raises
    ------
    ForbiddenError
        If they may not, or nothing is said of it.
    """
    check(CALLBACKS.get(callback_name(output, entry) or ""))


def protect_pages() -> None:
    """Have every page look who asks before it is made; call it once all are registered."""
    for entry in page_registry.values():
        entry["layout"] = _guarded(entry["layout"], PAGES.get(entry["module"]), entry)


def may_open(entry: Mapping[str, Any]) -> bool:
    """Whether whoever asks may open a page of the registry."""
    try:
        check(PAGES.get(entry["module"]))
    except CoreError:
        return False
    return True


def _guarded(
    layout: Any,  # noqa: ANN401 - a page's layout
    need: Need | None,
    entry: Mapping[str, Any],
) -> Callable[..., Component]:
    def guarded(**arguments: Any) -> Component:  # noqa: ANN401
        try:
            check(need)
        except ForbiddenError:
            return not_for_you()
        there = project_with(arguments, identity(), installation_settings())
        if there is not None:
            return in_other_project(there, address_of(entry, arguments))
        return layout(**arguments) if callable(layout) else layout

    return guarded


def not_for_you() -> Component:
    """Return what stands in place of a page that one's role doesn't allow."""
    text = "Ask an administrator for another role if you need it."
    return page(empty_state(f"Your role is {identity().role}", text), title="You can’t open this page")
