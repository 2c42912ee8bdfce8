"""Pages that stand alone, without Dash: sign-in, errors, the list of routes."""

from __future__ import annotations

from core.base.html import render

TITLE = "Smart Customer Session Predictor"


def plain_page(template: str, *, title: str, width: str = "400px", **context: object) -> str:
    """Return a whole HTML page.

    Parameters
    ----------
    template
        Its path from the project's root; it extends ``core/security/templates/plain.html``.
    width
        How wide its box may become, in CSS.
    context
        What the template says; all of it is escaped.
    """
    return render(template, title=title, product=TITLE, width=width, **context)


def message_page(
    *,
    title: str,
    text: str,
    href: str = "/",
    label: str = "Go to the start page",
    retry: str | None = None,
) -> str:
    """Return a page that says one thing and leads on, back to the dashboard where nothing else is said.

    ``retry`` is the address where the same may go well at another try.
    """
    return plain_page(
        "core/security/templates/message.html",
        title=title,
        text=text,
        href=href,
        label=label,
        retry=retry,
        width="480px",
    )


def moving_page(*, url: str, text: str) -> str:
    """Return a page that leads on to another site by itself.

    In place of a redirect: browsers don't let what a form sends end on another site (``form-action``).
    """
    return plain_page("core/security/templates/moving.html", title="One moment", text=text, url=url)
