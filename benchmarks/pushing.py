"""Load on the doors, from outside: mails by SMTP and contacts by HTTP, and how long each answer took."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from benchmarks import machine
from benchmarks.corpus import TO

SMTP_CLIENTS = 10


@dataclass
class Pushed:
    """What was acknowledged, how long each took, and what was refused."""

    seconds: float = 0.0
    took: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return len(self.took) / self.seconds if self.seconds else 0.0

    def told(self) -> dict[str, Any]:
        """For the document; the first refusals in their own words."""
        rate = {"acknowledged": len(self.took), "per_s": round(self.per_second, 1), **machine.milliseconds(self.took)}
        return rate | ({"refused": len(self.refused), "because": self.refused[:3]} if self.refused else {})


async def mails(port: int, corpus: Iterable[bytes], *, seconds: float, clients: int = SMTP_CLIENTS) -> Pushed:
    """Every mail once, flat out over some connections, until all are in or the time is over."""
    pushed, left = Pushed(), iter(corpus)
    began = perf_counter()
    await asyncio.gather(*(_mailer(port, left, pushed, until=began + seconds) for _ in range(clients)))
    pushed.seconds = perf_counter() - began
    return pushed


async def _mailer(port: int, left: Iterator[bytes], pushed: Pushed, *, until: float) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await _say(reader, writer, b"")
    await _say(reader, writer, b"EHLO bench.example\r\n")
    for mail in left:
        if perf_counter() > until:
            break
        began = perf_counter()
        await _say(reader, writer, b"MAIL FROM:<sender@mail.example.org>\r\n")
        await _say(reader, writer, f"RCPT TO:<{TO}>\r\n".encode())
        await _say(reader, writer, b"DATA\r\n")
        stuffed = mail.replace(b"\r\n.", b"\r\n..")
        end = b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n"
        _note(await _say(reader, writer, stuffed + end), pushed, took=perf_counter() - began)
    writer.close()


async def _say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, words: bytes) -> str:
    if words:
        writer.write(words)
    while True:
        line = await reader.readline()
        if line[3:4] != b"-":
            return line.decode().strip()


def _note(answer: str, pushed: Pushed, *, took: float) -> None:
    if answer.startswith("250"):
        pushed.took.append(took)
    else:
        pushed.refused.append(answer)


async def contacts(
    port: int, *, seconds: float, clients: int, service: Any, per_second: float | None = None, name: str = "run"
) -> Pushed:
    """Contacts by JSON over some connections: flat out, or as many a second as offered.

    With a rate, a contact's time begins when it was due, so that a stall is not hidden.
    """
    pushed = Pushed()
    began = perf_counter()
    await asyncio.gather(
        *(
            _caller(
                port,
                pushed,
                until=began + seconds,
                service=service,
                name=f"{name}-{client}",
                every=clients / per_second if per_second else None,
                first=began + client / (per_second or 1.0),
            )
            for client in range(clients)
        )
    )
    pushed.seconds = perf_counter() - began
    return pushed


async def _caller(
    port: int, pushed: Pushed, *, until: float, service: Any, name: str, every: float | None, first: float
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    number = 0
    while True:
        due = perf_counter() if every is None else first + number * every
        if max(due, perf_counter()) > until:
            break
        await asyncio.sleep(max(0.0, due - perf_counter()))
        writer.write(contact(f"{name}-{number}", service=service(number)))
        status = await _status(reader)
        took = perf_counter() - due
        if status == 202:
            pushed.took.append(took)
        else:
            pushed.refused.append(str(status))
        number += 1
    writer.close()


def contact(name: str, *, service: str) -> bytes:
    """A whole request: somebody new writes three lines."""
    body = json.dumps(
        {
            "service": service,
            "name": f"Citizen {name}",
            "email": f"{name}@mail.example.org",
            "text": f"{name}: the lamp at the corner has been dark since Monday. " * 6,
        }
    ).encode()
    head = f"POST /api/v1/contacts HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def _status(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        (int(line.partition(b":")[2]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
    )
    await reader.readexactly(length)
    return int(head.split(b" ", 2)[1])
