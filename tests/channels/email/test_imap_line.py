"""A line to a mail server, in the clear and under TLS: what came in one breath with another line is not waited for."""

from __future__ import annotations

import socket
import ssl
import threading

import pytest

from channels.email.imap import Client, Place
from tests.peers.certificates import Certificate


def speak(sock: socket.socket, *, tls: ssl.SSLContext | None, afterwards: bytes) -> None:
    """A server of three sentences: a greeting, what it can, and that it is listening."""
    line = sock if tls is None else tls.wrap_socket(sock, server_side=True)
    with line, line.makefile("rb") as asked:
        line.sendall(b"* OK here\r\n")
        tag = asked.readline().split()[0]
        line.sendall(b"* CAPABILITY IMAP4rev1 IDLE\r\n" + tag + b" OK done\r\n")
        asked.readline()
        line.sendall(b"+ idling\r\n" + afterwards)
        asked.readline()


@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize(("afterwards", "more"), [(b"", False), (b"* 5 EXISTS\r\n", True)])
def test_what_came_with_i_am_listening_is_seen_before_the_wait(
    certificate: Certificate, monkeypatch: pytest.MonkeyPatch, secure: bool, afterwards: bytes, more: bool
) -> None:
    ours, theirs = socket.socketpair()
    ours.settimeout(10)
    trusting = certificate.for_client()
    monkeypatch.setattr(ssl, "create_default_context", lambda: trusting)
    tls = certificate.for_server() if secure else None
    server = threading.Thread(target=speak, args=(theirs,), kwargs={"tls": tls, "afterwards": afterwards})
    server.start()
    client = Client(ours, Place("localhost", 0, secure, "town", "pw", "INBOX"))
    client.idle()
    assert client.line.has_more() is more
    client.shutdown()
    server.join(10)
    assert not server.is_alive()
