"""A mail server for tests: it speaks SMTP on a port of its own and keeps what it is handed."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import cast


@dataclass
class MailServer:
    """What the server does, and what it got.

    :param answer: to every recipient.
    :param certificate: offers STARTTLS with it.
    """

    answer: str = "250 ok"
    certificate: Path | None = None
    received: list[EmailMessage] = field(default_factory=list)
    in_clear: list[bool] = field(default_factory=list)
    port: int = 0


class _Conversation(StreamRequestHandler):
    def handle(self) -> None:
        """Answer one client until it leaves."""
        known = cast("_Server", self.server).known
        self._say("220 mail server of the tests")
        is_clear = True
        while line := self.rfile.readline():
            word = line.decode("ascii").strip().upper()
            if word.startswith("EHLO"):
                self._say(
                    "250-here", "250 STARTTLS" if known.certificate and is_clear else "250 ok"
                )
            elif word == "STARTTLS":
                self._say("220 go on")
                if not self._secure(known.certificate):
                    return
                is_clear = False
            elif word.startswith("RCPT"):
                self._say(known.answer)
            elif word == "DATA":
                self._say("354 go on")
                known.received.append(self._message())
                known.in_clear.append(is_clear)
                self._say("250 taken")
            else:
                self._say("221 bye" if word == "QUIT" else "250 ok")
                if word == "QUIT":
                    return

    def finish(self) -> None:
        """Close what was put over the connection, too."""
        super().finish()
        self.connection.close()

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())

    def _message(self) -> EmailMessage:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line)
        return message_from_bytes(b"".join(lines), policy=default)

    def _secure(self, certificate: Path | None) -> bool:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(str(certificate))
        try:
            self.connection = context.wrap_socket(self.connection, server_side=True)
        except ssl.SSLError:  # the client does not trust the certificate and hangs up
            return False
        self.rfile = self.connection.makefile("rb")
        self.wfile = cast("object", self.connection.makefile("wb", buffering=0))  # type: ignore[assignment]
        return True


class _Server(ThreadingTCPServer):
    daemon_threads = True
    known: MailServer


@contextmanager
def mail_server(**known: object) -> Iterator[MailServer]:
    """Run a server for as long as the block lasts."""
    with _Server(("127.0.0.1", 0), _Conversation) as server:
        server.known = MailServer(**known)  # type: ignore[arg-type]
        server.known.port = server.server_address[1]
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.known
        finally:
            server.shutdown()
            thread.join()
