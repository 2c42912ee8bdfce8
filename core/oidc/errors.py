"""Why somebody doesn't come in by the provider; each is a page of its own, so it says what to do."""

from __future__ import annotations

from core.base.errors import CoreError


class SignInRefusedError(CoreError):
    """The provider, or we, let somebody not in. ``code`` is what the audit log says.

    ``passing``: whether it may go well at a next try, though nobody has changed anything.
    """

    code = "refused"
    status = 403
    passing = True


class ProviderAwayError(SignInRefusedError):
    """The provider doesn't answer, or not with what it should."""

    code = "provider_away"
    status = 503

    def __init__(
        self,
        message: str = "The sign-in service doesn't answer.",
        *,
        where: str | None = None,
        remedy: str | None = "Try again in a minute. If it goes on, tell your administrator.",
    ) -> None:
        super().__init__(message, where=where, remedy=remedy)


class UntrustedAnswerError(SignInRefusedError):
    """The provider's answer doesn't prove who it is."""

    code = "untrusted"
    status = 400

    def __init__(
        self,
        message: str = "The answer of the sign-in service doesn't prove who you are.",
        *,
        where: str | None = None,
        remedy: str | None = "Start again. If this happens again, tell your administrator.",
    ) -> None:
        super().__init__(message, where=where, remedy=remedy)
