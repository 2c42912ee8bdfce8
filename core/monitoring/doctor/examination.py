"""All checks, one after the other; one that fails itself is a finding too."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

from core.base.errors import CoreError, SettingsError
from core.base.settings import Settings
from core.database.opening import NotUpgradedError, only_looking
from core.monitoring.doctor import data, program, services
from core.monitoring.doctor.finding import Finding
from core.monitoring.doctor.single_sign_on import single_sign_on

log = logging.getLogger(__name__)

Check = Callable[[Settings], Iterator[Finding]]
#: What can be looked at without any setting.
BARE: tuple[Callable[[], Iterator[Finding]], ...] = (program.python, program.packages, program.misspelt)
CHECKS: dict[str, Check] = {
    "optional parts": program.optional_parts,
    "data folder": data.data_folder,
    "secrets": data.secrets,
    "disk": data.disk,
    "clock": data.clock,
    "database": services.database,
    "live database": services.live_database,
    "models": services.models,
    "worker": services.worker,
    "web server": services.web_server,
    "sign-in": services.sign_in,
    "single sign-on": single_sign_on,
}


def examine(read: Callable[[], Settings]) -> list[Finding]:
    """Return what every check has found; ``read`` gives the settings, or says what is wrong with them."""
    findings = [finding for check in BARE for finding in check()]
    try:
        settings = read()
    except SettingsError as error:
        return [*findings, _of(error, "settings")]
    findings.append(Finding("settings", "ok", "The settings can be read."))
    for part, check in CHECKS.items():
        try:
            with only_looking():
                findings += check(settings)
        except NotUpgradedError as error:
            findings.append(Finding(part, "warning", error.message))
        except CoreError as error:
            findings.append(_of(error, part))
        except Exception as error:
            log.debug("the check of %s failed", part, exc_info=True)
            findings.append(
                Finding(part, "wrong", f"It can't be looked at: {type(error).__name__}: {error}.")
            )
    return findings


def _of(error: CoreError, part: str) -> Finding:
    where = f"{error.where}: " if error.where else ""
    return Finding(part, "wrong", f"{where}{error.message}", error.remedy or "")
