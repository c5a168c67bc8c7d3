"""Every odd mail and every bounce that we have, by SMTP into a served house: taken, and stored or quarantined."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import smtplib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from channels.email.envelope import Envelope
from channels.email.reading import external_id
from channels.email.smtp import Receiver
from channels.shared.mime import parse
from tests.channels.email.letters import SAMPLES
from tests.stories.conftest import Install
from tests.stories.counting import Counts, counts, external_ids, quarantined_digests
from tests.stories.face import HELLO, inside
from tests.stories.service import Service


def samples() -> list[Path]:
    """The files of both folders."""
    return sorted(path for folder in ("mail", "bounces") for path in (SAMPLES / folder).rglob("*") if path.is_file())


async def test_every_sample_is_taken_and_is_a_message_or_in_quarantine(
    database: str, install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    mails = [(path, on_the_wire(path.read_bytes())) for path in samples()]
    assert len(mails) >= 350, "the samples are not there"
    with _measured(monkeypatch) as spent:
        service = install(database)
        async with inside(service):
            replies = await asyncio.to_thread(_push, service, mails)
            assert {path.name: reply for path, reply in replies if not reply.startswith("250")} == {}
        found = await counts(service)
    read, kept = await external_ids(service), await quarantined_digests(service)
    lost = [path.name for path, mail in mails if _id(mail) not in read and hashlib.sha256(mail).hexdigest() not in kept]
    print(f"{database}: {len(mails)} samples, {found}, the slowest took {1000 * max(spent):.0f} ms of processor time")
    assert len(spent) == len(mails)
    assert lost == []
    assert found == Counts(len(read), len(kept)), "a sample is there twice"
    assert len(read | kept) == len({_id(mail) for _, mail in mails}), "something is there that is no sample"
    assert found.quarantined <= len(mails) // 100, "a sample is a mail somebody wrote: nearly all are read"
    assert max(spent) < 1


def _id(mail: bytes) -> str:
    return external_id(parse(mail), mail)


def on_the_wire(raw: bytes) -> bytes:
    """The bytes as a mail program would hand them in: lines end with CR LF, nothing else changed."""
    return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n").rstrip(b"\r\n") + b"\r\n"


def _push(service: Service, mails: list[tuple[Path, bytes]]) -> list[tuple[Path, str]]:
    """Over one connection, what was answered to each."""
    said = []
    with smtplib.SMTP("127.0.0.1", service.smtp_port, local_hostname="tests.example", timeout=120) as smtp:
        smtp.ehlo()
        for path, mail in mails:
            smtp.docmd("MAIL FROM:<samples@example.org>")
            smtp.docmd(f"RCPT TO:<{HELLO}>")
            code, _ = smtp.docmd("DATA")
            assert code == 354
            smtp.send(
                b"\r\n".join(b"." + line if line[:1] == b"." else line for line in mail.split(b"\r\n")) + b".\r\n"
            )
            code, text = smtp.getreply()
            said.append((path, f"{code} {text.decode()}"))
    return said


@contextlib.contextmanager
def _measured(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """Processor seconds of this process while the receiver had each mail: a busy machine does not add to them.

    The mails come one after another: with several in its hands, one whose commit waited for the disk would be charged
    for all that its neighbours did meanwhile. What follows a mail (routing, numbering) is charged to the next: an
    upper bound.
    """
    spent: list[float] = []
    usual = Receiver.receive

    async def receive(self: Receiver, envelope: Envelope) -> str:
        began = time.process_time()
        try:
            return await usual(self, envelope)
        finally:
            spent.append(time.process_time() - began)

    monkeypatch.setattr(Receiver, "receive", receive)
    yield spent
