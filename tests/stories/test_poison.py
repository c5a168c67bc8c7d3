"""Poison among good mail, on both databases: nothing good is lost, what cannot be read is kept, the house stands."""

from __future__ import annotations

import asyncio
import smtplib
from collections import Counter
from pathlib import Path

from tests.channels.email.letters import SAMPLES
from tests.peers.bombs import HEAD, bomb, bombs
from tests.scale import LONG, grows
from tests.stories.conftest import Install
from tests.stories.counting import counts, subjects
from tests.stories.face import HELLO, Api, post, token_for
from tests.stories.pushing import Pusher
from tests.stories.service import Service

SIZE = 10_000_000 if LONG else 1_500_000
GOOD = 10_000 if LONG else 200
EMPTY = b"\r\n"
GROWTH = 300
"""Megabytes that the serving process may grow by; a reader of 10 MB in its own process has its own limit."""


@grows
async def test_bombs_among_good_mail_lose_nothing_and_each_is_kept(database: str, install: Install) -> None:
    service = install(database)
    tokens = [await token_for(service, f"{name}@larkhaven.example") for name in ("ada", "anna")]
    await asyncio.to_thread(service.start)
    assert service.process is not None
    await post(service, _good("warm"))
    before = _resident(service)
    pusher = Pusher(service.smtp_port, clients=2)
    pushing = asyncio.create_task(pusher.run())
    poison = {**bombs(size=_size(database)), "ten": bomb("text-large", size=10_000_000), "empty": EMPTY, **_odd()}
    replies = await asyncio.to_thread(_push, service, poison)
    while len(pusher.acknowledged) < GOOD:
        await asyncio.sleep(0.05)
    pusher.stop()
    await pushing
    grown = _resident(service) - before
    assert {name: reply for name, reply in replies.items() if not reply.startswith("250")} == {}
    assert service.process.poll() is None, "the house fell"
    found = Counter(subject for subject in await subjects(service) if subject.startswith("k-"))
    assert found == Counter(pusher.acknowledged), "a good mail was lost or doubled"
    assert pusher.refused == []
    kept = await counts(service)
    print(f"{database}: {len(poison)} bombs among {len(pusher.acknowledged)} good mails, {kept}, {grown} MB more")
    assert kept.messages + kept.quarantined >= len(poison) - len(_odd()) + len(pusher.acknowledged)
    assert grown < GROWTH
    async with Api.open(service, tokens[0]) as ada, Api.open(service, tokens[1]) as anna:
        await _each_is_there_for_an_admin(ada, anna, poison, expected=kept.quarantined)
    assert "Traceback" not in service.log()


async def _each_is_there_for_an_admin(ada: Api, anna: Api, poison: dict[str, bytes], *, expected: int) -> None:
    """Every wire in quarantine can be fetched as it came, by an admin and nobody else."""
    wires = (await ada.get("/quarantine", limit=100))["items"]
    assert len(wires) == expected > 0, "nothing was too much: the bombs are duds"
    known = {content.rstrip() for content in poison.values()}
    for wire in wires:
        async with ada.http.get(f"{ada.url}/api/v1/quarantine/{wire['id']}/raw") as answer:
            assert answer.status == 200
            assert answer.headers["Content-Disposition"].startswith("attachment")
            assert (await answer.read()).rstrip() in known
        async with anna.http.get(f"{anna.url}/api/v1/quarantine/{wire['id']}/raw") as answer:
            assert answer.status in (403, 404)


def _size(database: str) -> int:
    """Reading is the same on both: on the second, in the everyday run, what is stored of it is tried, not its size."""
    return SIZE if LONG or database == "sqlite" else 300_000


def _odd() -> dict[str, bytes]:
    """Real odd mails too; the broken ones of flanker."""
    paths = sorted((SAMPLES / "mail").glob("flanker-*"))
    assert paths, f"the samples are missing: {SAMPLES}"
    return {path.name: path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") for path in paths}


def _good(name: str) -> bytes:
    return f"{HEAD.format(name=name)}\r\nA good mail.\r\n".encode()


def _push(service: Service, mails: dict[str, bytes]) -> dict[str, str]:
    """Over one connection each: a bomb must not decide over the next."""
    said = {}
    for name, mail in mails.items():
        with smtplib.SMTP("127.0.0.1", service.smtp_port, local_hostname="bomb.example", timeout=300) as smtp:
            smtp.ehlo()
            smtp.docmd("MAIL FROM:<bomb@bomb.example>")
            smtp.docmd(f"RCPT TO:<{HELLO}>")
            smtp.docmd("DATA")
            smtp.send(b"\r\n".join(b"." + line if line[:1] == b"." else line for line in mail.split(b"\r\n")))
            smtp.send(b"\r\n.\r\n")
            code, text = smtp.getreply()
            said[name] = f"{code} {text.decode()}"
    return said


def _resident(service: Service) -> int:
    """Megabytes in memory of the serving process (proc(5))."""
    assert service.process is not None
    status = Path(f"/proc/{service.process.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) // 1024
