"""A mail server for tests: a real one, which can be told to refuse, to be silent or to hang up."""

from __future__ import annotations

import asyncio
import email
import socket
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default as whole
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class MailServer:
    """What it received, and what it does next: each of `next_replies` once, "take" when there are none.

    "take", "450 …" or "550 …" to answer so, "hang" to be silent, "drop" to take the message and hang up unanswered.
    """

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []
        self.next_replies: deque[str] = deque()
        self.recipients: list[str] = []
        self.refused_recipients: dict[str, str] = {}

    async def handle_RCPT(  # noqa: N802 - aiosmtpd names it
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refused_recipients:
            return self.refused_recipients[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        reply = self.next_replies.popleft() if self.next_replies else "take"
        if reply == "hang":
            await asyncio.sleep(2)
            return "450 too late"
        if reply[:1].isdigit():
            return reply
        content = cast("bytes", envelope.content)
        self.received.append(cast("EmailMessage", email.message_from_bytes(content, policy=whole)))
        self.recipients += envelope.rcpt_tos
        if reply == "drop":
            cast("Any", server.transport).abort()
        return "250 taken"


@contextmanager
def mail_server(**options: Any) -> Iterator[tuple[MailServer, int]]:
    """A running mail server and its port on 127.0.0.1; `options` are aiosmtpd's."""
    server = MailServer()
    port = _free_port()
    controller = Controller(server, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield server, port
    finally:
        controller.stop()


def _free_port() -> int:
    # The controller looks whether its server answers at the port it was given, which 0 is not.
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])
