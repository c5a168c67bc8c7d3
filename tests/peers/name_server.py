"""A DNS server of ours on loopback, UDP and TCP, that answers, is silent, or lies, as a test says."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import dns.asyncresolver
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

Zone = dict[tuple[str, str], list[str]]


@dataclass
class NameServer:
    """`zone`: (name, type) → records as a zone file writes them. A name in `silent` is never answered.

    What is longer than 512 bytes is cut off over UDP, so that the asker has to come by TCP.
    """

    zone: Zone = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_tcp: int = 0
    port: int = 0

    def text(self, name: str, *texts: str) -> None:
        """TXT records of a name; each is cut into pieces of 200 as a zone file must."""
        self.zone[name, "TXT"] = [
            " ".join(f'"{text[at : at + 200]}"' for at in range(0, len(text), 200)) for text in texts
        ]

    def resolver(self) -> dns.asyncresolver.Resolver:
        """One that asks only here."""
        made = dns.asyncresolver.Resolver(configure=False)
        made.nameservers, made.port = ["127.0.0.1"], self.port
        return made

    def answer(self, wire: bytes) -> dns.message.Message | None:
        """What is said to a question; None: nothing, ever."""
        question = dns.message.from_wire(wire)
        name = question.question[0].name
        kind = dns.rdatatype.to_text(question.question[0].rdtype)
        text = name.to_text(omit_final_dot=True).casefold()
        self.asked[text, kind] += 1
        if text in self.silent:
            return None
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.RA
        for _ in range(20):
            if (text, kind) in self.zone:
                answer.answer.append(dns.rrset.from_text_list(name, 300, "IN", kind, self.zone[text, kind]))
                break
            if (text, "CNAME") not in self.zone:
                break
            answer.answer.append(dns.rrset.from_text_list(name, 300, "IN", "CNAME", self.zone[text, "CNAME"]))
            name = dns.name.from_text(self.zone[text, "CNAME"][0])
            text = name.to_text(omit_final_dot=True).casefold()
        if not answer.answer and not any(known == text for known, _ in self.zone):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer

    async def by_stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One question over TCP."""
        length = int.from_bytes(await reader.readexactly(2), "big")
        answer = self.answer(await reader.readexactly(length))
        self.by_tcp += 1
        if answer is not None:
            wire = answer.to_wire()
            writer.write(len(wire).to_bytes(2, "big") + wire)
        writer.close()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: NameServer) -> None:
        self._server = server

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        answer = self._server.answer(data)
        if answer is None:
            return
        wire = answer.to_wire(max_size=65_535)
        if len(wire) > 512:
            answer.answer.clear()
            answer.flags |= dns.flags.TC
            wire = answer.to_wire()
        self._transport.sendto(wire, address)


@asynccontextmanager
async def name_server() -> AsyncIterator[NameServer]:
    """Open until the block ends."""
    server = NameServer()
    tcp = await asyncio.start_server(server.by_stream, "127.0.0.1", 0)
    server.port = tcp.sockets[0].getsockname()[1]
    loop = asyncio.get_running_loop()
    udp, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(server), local_addr=("127.0.0.1", server.port))
    try:
        yield server
    finally:
        udp.close()
        tcp.close()
        await tcp.wait_closed()
