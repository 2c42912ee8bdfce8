"""A provider that answers what a test says, however odd: no real one can be made to."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jws
from joserfc.jwk import RSAKey

from tests.serving import answering

#: What is sent at an address; or what sends it by itself.
Said = bytes | dict[str, Any] | Callable[[BaseHTTPRequestHandler], None]
DISCOVERY, KEYS, TOKEN, USERINFO = "/.well-known/openid-configuration", "/jwks", "/token", "/me"


@cache
def usual_key() -> RSAKey:
    """Return the key all of them sign with at first: to make one takes longer than to sign in."""
    return new_key()


def new_key(kid: str = "own") -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"}, private=True)


class ScriptedProvider:
    """Says what is in ``says``, by path; an ID token is made of ``claims`` and signed by ``key``."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self.key = usual_key()
        self.claims: dict[str, Any] = {}
        self.leaves_out_empty = False
        self._answer: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}{TOKEN}",
            "jwks_uri": f"{self.issuer}{KEYS}",
            "userinfo_endpoint": f"{self.issuer}{USERINFO}",
        }
        self.says: dict[str, Said] = {DISCOVERY: self.metadata}
        self.publish(self.key.as_dict(private=False))

    def publish(self, *keys: dict[str, Any]) -> None:
        """Publish these keys."""
        self.says[KEYS] = {"keys": list(keys)}

    def lets_in(self, url: str, **header: str) -> dict[str, str]:
        """Say yes at the address a browser was sent to; return the query it comes back with."""
        sent = {name: value[0] for name, value in parse_qs(urlsplit(url).query).items()}
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": sent["client_id"], "sub": "anna", "exp": now + 60, "iat": now,
            "nonce": sent["nonce"], "email": "anna@shop.example", "email_verified": True, "name": "Anna",
        } | self.claims  # fmt: skip
        if self.leaves_out_empty:
            claims = {name: said for name, said in claims.items() if said is not None}
        # Not by ``jwt.encode``, which takes no lone surrogates.
        protected, payload = {"alg": "RS256", "kid": "own", **header}, json.dumps(claims).encode()
        if self.says.get(TOKEN, self._answer) is self._answer:
            token = jws.serialize_compact(protected, payload, self.key)
            self._answer = {"access_token": "one", "token_type": "Bearer", "id_token": token}
            self.says[TOKEN] = self._answer
        return {"code": "one", "state": sent["state"]}


@contextmanager
def scripted_provider() -> Iterator[ScriptedProvider]:
    """Run one until the block ends."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            said = provider.says[urlsplit(self.path).path]
            if callable(said):
                said(self)
                return
            body = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Say nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.daemon_threads = True
    provider = ScriptedProvider(server.server_port)
    with answering(server):
        yield provider
