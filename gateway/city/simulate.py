"""Live traffic through the real doors: citizens write mails, fill in forms and chat, and answer answers; colleagues take it.

It stands outside: mail goes in by SMTP, forms by HTTP, chats by the line that visitors' pages
have, and what agents answered is read from the citizens' mailbox that `serve --sample`
keeps. One line for each act.
"""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr
from pathlib import Path
from typing import Any

import aiohttp
import aiosmtplib

from config.settings import Place, Settings
from gateway.city.arrivals import Arrivals, next_turn, their_turns
from gateway.city.books import Turn
from gateway.city.citizens import Citizen
from gateway.city.colleagues import colleagues
from gateway.city.dice import Dice
from gateway.city.drafts import Draft
from gateway.city.files import sheets
from gateway.city.pages import Filling, NotTaken, fill_in
from gateway.city.ready import until_ready
from gateway.city.visitors import Visitors
from gateway.city.wording import Wording
from gateway.wiring import open_record

LOOKS_EVERY = 1.0
"""Seconds between two looks into the citizens' mailbox."""

READS = 4.0
"""Seconds that a citizen reads their answers once more before sending them."""

_ANSWERS = 0.8
_BY_PROGRAM = 0.25
_CHATS = 0.4
"""Of those who come; the rest writes."""

_GIVES_UP = 15.0

Say = Callable[[str], None]


@dataclass(slots=True)
class _Thread:
    """A citizen's side of a matter: what they still want to say, and whether they answered before."""

    draft: Draft
    wording: Wording
    ahead: list[Turn]
    fresh: bool = True


class Town:
    """The citizens while the simulation runs."""

    def __init__(self, *, smtp: Place, web: str, mailbox: Path, seed: int, say: Say, reading: float = READS) -> None:
        self._smtp, self._web, self._mailbox, self._say = smtp, web.rstrip("/"), mailbox, say
        self._reading = reading
        self._dice = Dice(seed, "simulate")
        self._arrivals = Arrivals("smtp", "form", seed=seed)
        self._threads: dict[str, _Thread] = {}
        self.accepted = 0

    async def write(self) -> None:
        """Somebody has a new matter."""
        draft = self._arrivals.drawn()
        wording, turns = Wording(draft, dice=self._dice), their_turns(draft)
        service = self._arrivals.services[draft.matter.service]
        body, words = wording.first(turns[0], service=service)
        thread = _Thread(draft, wording, turns[1:])
        if draft.sample.page["door"] == "form":
            self._threads[draft.citizen.mail.value] = thread
            by_program = self._dice.chance(_BY_PROGRAM)
            await (self._hand_in(thread, words) if by_program else self._fill_in(thread, words))
            return
        mail = _mail(draft.citizen, to=draft.inbox.address or "", subject=wording.subject, body=body)
        _attach(mail, turns[0], language=draft.matter.language)
        self._threads[mail["Message-ID"]] = thread
        await self._send(mail, what="mail  ", who=draft.citizen)

    async def hear(self) -> None:
        """Read what came back from the city; most answers are answered once."""
        for path in await asyncio.to_thread(_waiting, self._mailbox):
            reply = message_from_bytes(await asyncio.to_thread(_take, path), policy=policy.default)
            assert isinstance(reply, EmailMessage)
            if reply.get("Auto-Submitted", "no") == "no":
                await self._answer(reply)

    async def _answer(self, reply: EmailMessage) -> None:
        thread = self._thread_of(reply)
        if thread is None or not self._dice.chance(_ANSWERS if thread.ahead or thread.fresh else _ANSWERS / 2):
            return
        thread.fresh = False
        language = thread.draft.matter.language
        turn = next_turn(thread.ahead, language=language)
        agent = parseaddr(str(reply["From"]))[0] or "Larkhaven"
        body = f"{thread.wording.live(turn, agent=agent)}\n\n{_quoted(reply)}"
        to = parseaddr(str(reply["Reply-To"] or reply["From"]))[1]
        mail = _mail(thread.draft.citizen, to=to, subject=_answering(str(reply["Subject"] or "")), body=body)
        mail["In-Reply-To"] = reply["Message-ID"]
        mail["References"] = " ".join([*str(reply["References"] or "").split(), str(reply["Message-ID"])])
        _attach(mail, turn, language=language)
        self._threads[mail["Message-ID"]] = thread
        await self._send(mail, what="answer", who=thread.draft.citizen)

    def _thread_of(self, reply: EmailMessage) -> _Thread | None:
        """By what it answers; a form has no mail of its own, so also by whom it is for."""
        answered = str(reply["References"] or "").split() + str(reply["In-Reply-To"] or "").split()
        for reference in reversed(answered):
            if reference in self._threads:
                return self._threads[reference]
        address = parseaddr(str(reply["To"]))[1].casefold()
        known = self._threads.get(address)
        return known or self._stranger(address)

    def _stranger(self, address: str) -> _Thread | None:
        """Somebody who wrote before this run: all they still say is thank you."""
        citizen = next((one for one in self._arrivals.citizens if one.mail.value == address), None)
        if citizen is None:
            return None
        draft = self._arrivals.drawn([citizen])
        return _Thread(draft, Wording(draft, dice=self._dice), [])

    async def _fill_in(self, thread: _Thread, words: str) -> None:
        """By the form's own pages."""
        citizen, matter = thread.draft.citizen, thread.draft.matter
        service = self._arrivals.services[matter.service]
        filling = Filling(
            answers=thread.wording.answers(service),
            words=words,
            name=citizen.customer.name,
            mail=citizen.mail.value,
            day=thread.draft.opened.date(),
            language=matter.language,
        )
        try:
            number = await fill_in(self._web, service.slug, filling, reading=self._reading)
            self._tell("form  ", citizen, matter.service, number, ok=True)
        except (NotTaken, aiohttp.ClientError, TimeoutError, ValueError) as why:
            self._tell("form  ", citizen, matter.service, f"{why!r}", ok=False)

    async def _hand_in(self, thread: _Thread, words: str) -> None:
        """By another program that asks in their name: a form on somebody else's site."""
        citizen, service = thread.draft.citizen, thread.draft.matter.service
        form = {"service": service, "name": citizen.customer.name, "email": citizen.mail.value, "text": words}
        try:
            timeout = aiohttp.ClientTimeout(total=_GIVES_UP)
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(f"{self._web}/api/v1/contacts", json=form) as response,
            ):
                page = await response.json(content_type=None)
                told = page.get("number") or page.get("detail") or response.status
                self._tell("api   ", citizen, service, f"{told}", ok=response.status == 202)
        except (aiohttp.ClientError, TimeoutError, ValueError) as why:
            self._tell("api   ", citizen, service, f"{why!r}", ok=False)

    async def _send(self, mail: EmailMessage, *, what: str, who: Citizen) -> None:
        try:
            await aiosmtplib.send(
                mail, hostname=self._smtp.host, port=self._smtp.port, timeout=_GIVES_UP, start_tls=False
            )
            self._tell(what, who, str(mail["Subject"]), "accepted", ok=True)
        except (aiosmtplib.SMTPException, OSError) as why:
            self._tell(what, who, str(mail["Subject"]), str(why), ok=False)

    def _tell(self, what: str, who: Citizen, about: str, outcome: str, *, ok: bool) -> None:
        self.accepted += ok
        mark = "" if ok else "NOT TAKEN: "
        self._say(f"{datetime.now(UTC):%H:%M:%S}  {what}  {who.customer.name}: {about}  {mark}{outcome}")


async def simulate(settings: Settings, *, rate: float, minutes: float, seed: int) -> int:
    """Drive traffic at `rate` new matters a minute; 0 if the doors took anything, 1 if nothing."""
    if settings.smtp is None:
        _print("ONESTOP_SMTP is empty: there is no door for mail. Set it as for `serve`.")
        return 2
    web = settings.public_url or f"http://{settings.http}"
    town = Town(smtp=settings.smtp, web=web, mailbox=settings.data_dir / "citizens", seed=seed, say=_print)
    visitors = Visitors(web=web, seed=seed, say=_print)
    lasts = timedelta(minutes=minutes)
    await until_ready(settings)
    async with open_record(settings) as desk, colleagues(desk, web=web, seed=seed, say=_print, lasts=lasts):
        await run(town, rate=rate, minutes=minutes, seed=seed, visitors=visitors)
        await visitors.close()
    return 0 if town.accepted + visitors.accepted else 1


async def run(town: Town, *, rate: float, minutes: float, seed: int, visitors: Visitors | None = None) -> None:
    """Contacts at random moments, as calls and mails come (Poisson), and a look for answers each second."""

    def somebody() -> Coroutine[Any, Any, None]:
        return visitors.chat() if visitors is not None and dice.chance(_CHATS) else town.write()

    loop, dice = asyncio.get_running_loop(), Dice(seed, "pace")
    ends = loop.time() + minutes * 60
    next_contact = loop.time()
    async with asyncio.TaskGroup() as writing:  # who fills in a form takes their time; others do not wait
        while loop.time() < ends:
            await town.hear()
            while next_contact <= loop.time():
                writing.create_task(somebody())
                next_contact += dice.waiting(60 / rate) if rate > 0 else minutes * 60
            await asyncio.sleep(max(0.0, min(LOOKS_EVERY, next_contact - loop.time(), ends - loop.time())))


def _mail(citizen: Citizen, *, to: str, subject: str, body: str) -> EmailMessage:
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = f"{citizen.latin} <{citizen.mail.value}>"
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = formatdate(localtime=False)
    mail["Message-ID"] = make_msgid(domain=citizen.mail.value.partition("@")[2])
    mail.set_content(body)
    return mail


def _attach(mail: EmailMessage, turn: Turn, *, language: str) -> None:
    for kind in turn.files:
        sheet = sheets()[kind]
        main, _, sub = sheet.type.partition("/")
        mail.add_attachment(sheet.content, maintype=main, subtype=sub, filename=sheet.names[language])


def _quoted(reply: EmailMessage) -> str:
    part = reply.get_body(("plain",))
    text = part.get_content() if part is not None else ""
    return "\n".join(f"> {line}".rstrip() for line in str(text).splitlines())


def _answering(subject: str) -> str:
    return subject if subject.casefold().startswith("re:") else f"Re: {subject}"


def _waiting(mailbox: Path) -> list[Path]:
    """Mails nobody has read yet, the oldest first."""
    if not mailbox.is_dir():
        return []
    return sorted(mailbox.glob("*.eml"), key=lambda path: (path.stat().st_mtime, path.name))


def _take(path: Path) -> bytes:
    """A mail's bytes; from now on it lies among those that were read."""
    read = path.parent / "read"
    read.mkdir(exist_ok=True)
    return path.rename(read / path.name).read_bytes()


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
