"""The far end of outgoing mail: takes every mail, and fails where and how a test says.

async with SmtpSink() as sink:
    sink.fail(Step.DOT, Die())          # it has the mail, and the 250 never comes
    ...
    [mail] = await sink.wait_for(1)
"""

from __future__ import annotations

import asyncio
import base64
import email
import email.policy
import itertools
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self


class Step(StrEnum):
    """Where a dialogue can fail, in its order. BODY is in the middle of the data, DOT after the final dot."""

    BANNER = "banner"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"
    DOT = "dot"
    QUIT = "quit"


@dataclass(frozen=True, slots=True)
class Refuse:
    """Say no: 4xx for later, 5xx for never. At DOT the mail is not kept."""

    code: int = 451
    text: str = "4.3.0 Not now"


@dataclass(frozen=True, slots=True)
class Die:
    """Cut the connection without a word. At DOT the mail is kept: the client cannot know."""


@dataclass(frozen=True, slots=True)
class Hang:
    """Stay connected and say nothing, until the sink closes. At DOT the mail is kept."""


@dataclass(frozen=True, slots=True)
class Delay:
    """Go on after a while."""

    seconds: float


Fault = Refuse | Die | Hang | Delay


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as it came; `raw` without the dots of transparency."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    helo: str
    options: str = ""
    secured: bool = False
    user: str | None = None

    @property
    def parsed(self) -> EmailMessage:
        return email.message_from_bytes(self.raw, policy=email.policy.default)


@dataclass(slots=True)
class Plan:
    """One thing that shall go wrong: at which step, how often, and for which command line."""

    step: Step
    fault: Fault
    times: int | None
    when: Callable[[str], bool]

    def strikes(self, step: Step, line: str) -> bool:
        if step is not self.step or self.times == 0 or not self.when(line):
            return False
        if self.times is not None:
            self.times -= 1
        return True


@dataclass(slots=True)
class SmtpSink:
    """A server on a loopback port; with `directory` each mail is a file too."""

    port: int = 0
    directory: Path | None = None
    tls: ssl.SSLContext | None = None
    implicit_tls: bool = False
    login: tuple[str, str] | None = None
    extensions: Sequence[str] = ("8BITMIME", "SMTPUTF8", "PIPELINING", "SIZE 52428800")
    mails: list[Mail] = field(default_factory=list)
    connections: int = 0
    lines: list[str] = field(default_factory=list)
    _plans: list[Plan] = field(default_factory=list)
    _arrived: asyncio.Condition = field(default_factory=asyncio.Condition)
    _talks: set[asyncio.Task[None]] = field(default_factory=set)
    _server: asyncio.Server | None = None
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    @property
    def url(self) -> str:
        """As for ONESTOP_SMTP_RELAY."""
        scheme = "smtps" if self.implicit_tls else "smtp"
        user = f"{self.login[0]}:{self.login[1]}@" if self.login else ""
        return f"{scheme}://{user}127.0.0.1:{self.port}"

    def fail(
        self, step: Step, fault: Fault, *, times: int | None = None, when: Callable[[str], bool] = lambda _: True
    ) -> None:
        """Let it go wrong at `step`: always or so many `times`, for all command lines or some."""
        self._plans.append(Plan(step, fault, times, when))

    def heal(self) -> None:
        self._plans.clear()

    async def wait_for(self, count: int, *, seconds: float = 5) -> list[Mail]:
        """The mails, as soon as there are that many."""
        async with asyncio.timeout(seconds), self._arrived:
            await self._arrived.wait_for(lambda: len(self.mails) >= count)
        return list(self.mails)

    async def __aenter__(self) -> Self:
        context = self.tls if self.implicit_tls else None
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", self.port, ssl=context, limit=2**22)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server:
            self._server.close()
        for talk in list(self._talks):
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    def fault_at(self, step: Step, line: str) -> Fault | None:
        return next((plan.fault for plan in self._plans if plan.strikes(step, line)), None)

    async def keep(self, mail: Mail) -> None:
        if self.directory:
            (self.directory / f"{next(self._numbers):06}.eml").write_bytes(mail.raw)
        async with self._arrived:
            self.mails.append(mail)
            self._arrived.notify_all()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.current_task()
        assert talk
        self._talks.add(talk)
        self.connections += 1
        try:
            await Dialogue(self, reader, writer, secured=self.implicit_tls).run()
        except (ConnectionError, asyncio.IncompleteReadError, _Over, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            self._talks.discard(talk)
            writer.close()


class _Over(Exception):
    """The connection ends here."""


@dataclass(slots=True)
class Dialogue:
    """One client's connection."""

    sink: SmtpSink
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    secured: bool
    helo: str = ""
    user: str | None = None
    sender: str | None = None
    options: str = ""
    recipients: list[str] = field(default_factory=list)

    async def run(self) -> None:
        if await self.passes(Step.BANNER, ""):
            await self.say("220 sink ESMTP")
        while line := await self.reader.readline():
            await self.obey(line.decode("utf-8", "surrogateescape").rstrip("\r\n"))

    async def obey(self, line: str) -> None:
        self.sink.lines.append(line)
        verbs = {
            "EHLO": self.ehlo,
            "HELO": self.ehlo,
            "STARTTLS": self.starttls,
            "AUTH": self.auth,
            "MAIL": self.mail,
            "RCPT": self.rcpt,
            "DATA": self.data,
            "QUIT": self.quit,
            "RSET": self.reset,
            "NOOP": self.noop,
        }
        verb = verbs.get(line.partition(" ")[0].upper())
        await (verb(line) if verb else self.say("502 5.5.1 Not known here"))

    async def passes(self, step: Step, line: str) -> bool:
        """Nothing is planned here, or only a delay; else do what is planned."""
        match self.sink.fault_at(step, line):
            case Refuse(code, text):
                await self.say(f"{code} {text}")
                return False
            case Die():
                raise _Over
            case Hang():
                await asyncio.Event().wait()
            case Delay(seconds):
                await asyncio.sleep(seconds)
        return True

    async def ehlo(self, line: str) -> None:
        if not await self.passes(Step.EHLO, line):
            return
        self.helo = line.partition(" ")[2]
        offers = ["sink", *self.sink.extensions]
        if self.sink.tls and not self.secured:
            offers.append("STARTTLS")
        if self.sink.login:
            offers.append("AUTH PLAIN LOGIN")
        await self.say(*(f"250-{offer}" for offer in offers[:-1]), f"250 {offers[-1]}")

    async def starttls(self, line: str) -> None:
        if not self.sink.tls:
            await self.say("502 5.5.1 No TLS here")
        elif await self.passes(Step.STARTTLS, line):
            await self.say("220 2.0.0 Go ahead")
            await self.writer.start_tls(self.sink.tls)
            self.secured = True

    async def auth(self, line: str) -> None:
        if not await self.passes(Step.AUTH, line):
            return
        _, mechanism, *rest = line.split(" ")
        told = await (self.plain(rest) if mechanism.upper() == "PLAIN" else self.login(rest))
        if told == self.sink.login:
            self.user = told[0]
            await self.say("235 2.7.0 Welcome")
        else:
            await self.say("535 5.7.8 Wrong user or password")

    async def plain(self, initial: Sequence[str]) -> tuple[str, str]:
        words = (initial[0] if initial else await self.ask("334 ")).encode()
        _, user, password = base64.b64decode(words).decode().split("\0")
        return user, password

    async def login(self, initial: Sequence[str]) -> tuple[str, str]:
        user = initial[0] if initial else await self.ask("334 VXNlcm5hbWU6")
        password = await self.ask("334 UGFzc3dvcmQ6")
        return base64.b64decode(user).decode(), base64.b64decode(password).decode()

    async def mail(self, line: str) -> None:
        if self.sink.login and not self.user:
            await self.say("530 5.7.0 Who are you?")
        elif await self.passes(Step.MAIL, line):
            self.sender, self.options = _path(line), line.partition(">")[2].strip()
            self.recipients = []
            await self.say("250 2.1.0 OK")

    async def rcpt(self, line: str) -> None:
        if self.sender is None:
            await self.say("503 5.5.1 MAIL first")
        elif await self.passes(Step.RCPT, line):
            self.recipients.append(_path(line))
            await self.say("250 2.1.5 OK")

    async def data(self, line: str) -> None:
        if not self.recipients:
            await self.say("503 5.5.1 RCPT first")
            return
        if not await self.passes(Step.DATA, line):
            return
        await self.say("354 Go ahead")
        mail = Mail(
            self.sender or "",
            tuple(self.recipients),
            await self.body(),
            self.helo,
            options=self.options,
            secured=self.secured,
            user=self.user,
        )
        await self.after_the_dot(mail)
        self.sender, self.recipients = None, []

    async def body(self) -> bytes:
        """Up to the line with a single dot; planned faults strike after the first line."""
        lines: list[bytes] = []
        while (line := await self.reader.readline()) != b".\r\n":
            if not line:
                raise _Over
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
            if len(lines) == 1 and not await self.passes(Step.BODY, ""):
                raise _Over
        return b"".join(lines)

    async def after_the_dot(self, mail: Mail) -> None:
        fault = self.sink.fault_at(Step.DOT, ",".join(mail.recipients))
        if isinstance(fault, Refuse):
            await self.say(f"{fault.code} {fault.text}")
            return
        await self.sink.keep(mail)
        if isinstance(fault, Die):
            raise _Over
        if isinstance(fault, Hang):
            await asyncio.Event().wait()
        if isinstance(fault, Delay):
            await asyncio.sleep(fault.seconds)
        await self.say("250 2.0.0 Kept")

    async def quit(self, line: str) -> None:
        if await self.passes(Step.QUIT, line):
            await self.say("221 2.0.0 Bye")
        raise _Over

    async def reset(self, _line: str) -> None:
        self.sender, self.recipients = None, []
        await self.say("250 2.0.0 OK")

    async def noop(self, _line: str) -> None:
        await self.say("250 2.0.0 OK")

    async def ask(self, words: str) -> str:
        await self.say(words)
        return (await self.reader.readline()).decode().strip()

    async def say(self, *lines: str) -> None:
        self.writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await self.writer.drain()


def _path(line: str) -> str:
    return line.partition("<")[2].partition(">")[0]
