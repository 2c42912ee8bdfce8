"""Starts the provider, tells it who there is, and signs in at it as a browser would."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest

from tests.conftest import ROOT
from tests.serving import free_port, wait_until

SCRIPT = Path(__file__).with_name("provider.mjs")
CLIENT = {"oidc_client_id": "dashboard", "oidc_client_secret": "dashboard-secret"}
_ACTION = re.compile(r'<form[^>]* action="([^"]+)"')
_XSRF = re.compile(r'name="xsrf" value="(\w+)"')
_PROMPT = re.compile(r'name="prompt" value="(\w+)"')


@dataclass(frozen=True, slots=True)
class RealProvider:
    """A running provider."""

    issuer: str

    def knows(self, **people: dict[str, Any]) -> None:
        """Say who there is, by login: what the provider says of each."""
        httpx.put(f"{self.issuer}/test/people", json=people).raise_for_status()

    def errs(self, **faults: Any) -> None:
        """Say what is wrong with its ID tokens; nothing, without any."""
        httpx.put(f"{self.issuer}/test/faults", json=faults).raise_for_status()

    def sign_in(self, url: str, login: str, cookies: httpx.Cookies | None = None) -> str:
        """Sign in at the address the dashboard has sent a browser to; return where it is sent back to.

        ``cookies`` become those of the provider's own session.
        """
        with httpx.Client() as browser:
            answer = browser.get(url)
            while True:
                if answer.is_redirect:
                    url = urljoin(str(answer.url), answer.headers["location"])
                    if not url.startswith(self.issuer):
                        if cookies is not None:
                            cookies.update(browser.cookies)
                        return url
                    answer = browser.get(url)
                    continue
                action, prompt = _ACTION.search(answer.text), _PROMPT.search(answer.text)
                assert action and prompt, answer.text[:2000]
                fields = {"prompt": prompt[1], "login": login, "password": "any"}
                answer = browser.post(urljoin(str(answer.url), unescape(action[1])), data=fields)

    def sign_out(self, cookies: httpx.Cookies) -> None:
        """Sign out there alone, in the browser that has these cookies."""
        with httpx.Client(base_url=self.issuer, cookies=cookies) as browser:
            page = browser.get("/session/end")
            action, xsrf = _ACTION.search(page.text), _XSRF.search(page.text)
            assert action and xsrf, page.text[:2000]
            browser.post(unescape(action[1]), data={"xsrf": xsrf[1], "logout": "yes"})

    @property
    def logout_tokens(self) -> list[str]:
        """The logout tokens that it has sent, in turn."""
        sent: list[str] = httpx.get(f"{self.issuer}/test/logouts").json()
        return sent

    def signs(self, claims: dict[str, Any], **how: Any) -> str:
        """Return a token of it that says this; ``header`` and ``signed_by`` say what is wrong with it."""
        return httpx.post(f"{self.issuer}/test/signed", json={"claims": claims, **how}).text


@contextmanager
def running_provider(origin: str = "http://localhost", port: int | None = None) -> Iterator[RealProvider]:
    """Run a provider that sends browsers back to ``origin``, until the block ends."""
    if shutil.which("node") is None or not (ROOT / "node_modules" / "oidc-provider").is_dir():
        pytest.skip("the provider needs Node and its package: npm ci")
    port = port or free_port()
    process = subprocess.Popen(
        ["node", str(SCRIPT), str(port), origin],
        cwd=ROOT,
        env={**os.environ, "NODE_NO_WARNINGS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        provider = RealProvider(f"http://127.0.0.1:{port}")
        wait_until(lambda: _answers(provider, process), what="the provider to start", seconds=60)
        yield provider
    finally:
        process.terminate()
        process.wait(timeout=20)
        if process.stdout:
            process.stdout.close()


def _answers(provider: RealProvider, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "the provider stopped"
    try:
        return httpx.get(f"{provider.issuer}/.well-known/openid-configuration").is_success
    except httpx.TransportError:
        return False
