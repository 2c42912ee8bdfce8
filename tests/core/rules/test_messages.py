"""A message by Apprise, to a real mail server: what the team reads, and a server that takes nothing."""

from __future__ import annotations

import email
import email.policy
import socketserver
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

import pytest

from core.base.errors import RuleError
from core.base.written import percent
from core.rules.rule import Action, Conditions
from tests.core.rules.conftest import RuledShop, ruled
from tests.core.rules.test_webhooks import given_up
from tests.serving import answering, wait_until

CART = Conditions(steps=("cart",))


@dataclass
class MailServer:
    """A mail server on this machine; ``takes`` says whether it takes letters."""

    port: int
    takes: bool = True
    refused: int = 0
    letters: list[EmailMessage] = field(default_factory=list)

    def action(self) -> Action:
        """Return what writes to it."""
        url = f"mailto://127.0.0.1:{self.port}?from=shop@example.com&to=team@example.com&mode=insecure"
        return Action(kind="message", url=url, content="Call them now")


@pytest.fixture
def mail() -> Iterator[MailServer]:
    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.say("220 ready")
            while line := self.rfile.readline():
                command = line[:4].upper()
                if command == b"MAIL" and not made.takes:
                    made.refused += 1
                    self.say("451 later")
                elif command == b"DATA":
                    self.say("354 go on")
                    text = b"".join(iter(self.rfile.readline, b".\r\n"))
                    made.letters.append(email.message_from_bytes(text, policy=email.policy.default))
                    self.say("250 taken")
                elif command == b"QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("250 fine")

        def say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Handler)
    made = MailServer(server.server_address[1])
    with answering(server):
        yield made


def test_the_team_gets_a_letter_once_the_mail_server_takes_it(sending: RuledShop, mail: MailServer) -> None:
    mail.takes = False
    sending.rule(name="Hesitating", action=mail.action(), conditions=CART)
    sending.shop("v1", "page_view", "cart_add")
    wait_until(lambda: mail.refused, what="the first attempt")
    mail.takes = True
    wait_until(lambda: sending.firings() == [("v1", "sent")], what="the letter")

    [letter] = mail.letters
    assert (letter["subject"], letter["to"]) == ("Hesitating", "team@example.com")
    text = letter.get_content()
    assert text.startswith("Call them now")
    assert "Visitor v1, 2 events, step: cart" in text
    assert f"Probability of a purchase: {percent(sending.visitor('v1')['probability'], 0)}" in text


def test_a_mail_server_that_never_takes_it_ends_as_a_dead_letter(tmp_path: Path, mail: MailServer) -> None:
    mail.takes = False
    for shop in ruled(tmp_path, sends=True, webhook_hours=0.1 / 3600):
        letter = given_up(shop, shop.rule(action=mail.action(), conditions=CART).id)
        assert letter.problem == "The message was not taken. Check its address and password."


@pytest.mark.parametrize("url", ["json://127.0.0.1/hook", "file:///etc/passwd", "mailto://", "nonsense"])
def test_other_addresses_are_refused_and_not_repeated(tmp_path: Path, url: str) -> None:
    for shop in ruled(tmp_path):
        with pytest.raises(RuleError) as refused:
            shop.rule(action=Action(kind="message", url=url), conditions=CART)
        assert url not in str(refused.value)
