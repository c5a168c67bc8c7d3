"""A person is forgotten: thirty traces planted by real doors, and not a byte of one found afterwards."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from config.settings import load
from crm_core.actions import keeping, unread
from crm_core.model.actor import Actor
from crm_core.model.blob import Blob
from crm_core.model.ids import InboxId
from crm_core.rules import salvage
from gateway.wiring import open_record
from tests.peers.postgres import Postgres, program
from tests.peers.redis import RedisServer
from tests.peers.smtp_sink import Refuse, SmtpSink, Step
from tests.stories.conftest import Install
from tests.stories.face import HELLO, Api, Json, letter, post, token_for
from tests.stories.service import Service
from tests.stories.test_no_words_in_logs import Canaries

MAIL = InboxId("i-mail")
FAR = datetime(2027, 3, 1, tzinfo=UTC).isoformat()


async def test_thirty_traces_of_a_person_are_gone_from_every_byte_and_the_chain_holds(
    database: str, install: Install, smtp_sink: SmtpSink, redis_server: RedisServer, request: pytest.FixtureRequest
) -> None:
    more = {"ONESTOP_REDIS_URL": redis_server.url} if database == "postgres" else {}
    service = install(database, ONESTOP_SMTP_RELAY=smtp_sink.url, **more)
    token = await token_for(service, "ada@larkhaven.example")
    birds = Canaries()
    await asyncio.to_thread(service.start)
    async with Api.open(service, token) as ada, ada.screen() as screen:
        customer = await _planted(service, ada, birds, smtp_sink)
        neighbour = (await ada.tickets())[0]
        assert service.run("backup", str(service.folder / "before.tar.gz")).returncode == 0
        assert len(birds.planted) >= 30
        before = _everywhere(service, database, request)
        missing = [place for place in birds.planted if place not in _found(birds, before)]
        assert missing == [], "planted, and yet the search cannot see it: it would prove nothing"
        unread = await ada.get("/quarantine", q=birds["quarantine in base64"])
        assert len(unread["items"]) == 1, "what stands in base64 is not found in the quarantine"
        counts = await _counts(ada)
        refused = await _status(ada, f"/customers/{customer}/erasures", {"reason": "asked"})
        assert refused == 409, "a legal hold was not heeded"
        [held] = (await ada.get(f"/customers/{customer}/held"))["holds"]
        async with ada.http.delete(f"{ada.url}/api/v1/customers/{customer}/holds/{held['id']}") as answer:
            assert answer.status == 200
        made = await ada.post(f"/customers/{customer}/erasures", {"reason": "asked", "reference": "F-2026/7"})
        await screen.sees(lambda event: event["type"] == "erasure.ended")
        told = await screen.sees(lambda event: event["type"] == "ticket.erased")
        assert told["personal"]["row"]["subject"] == ""
        await _nobody_reads_them(ada, birds)
        assert (await ada.get("/quarantine"))["items"] == []
        assert await _counts(ada) == counts, "a matter got lost with its person"
        assert neighbour["id"] in {one["id"] for one in await ada.tickets()}
        finished = await asyncio.to_thread(service.run, "erase", "--finish")
        assert finished.returncode == 0, finished.stderr
        assert "before.tar.gz" in finished.stdout
        assert made["id"] in finished.stdout
    verified = await asyncio.to_thread(service.run, "verify")
    assert verified.returncode == 0, verified.stdout
    await asyncio.to_thread(service.stop)
    (service.folder / "before.tar.gz").unlink()
    after = _everywhere(service, database, request)
    assert _found(birds, after) == {}
    assert list((service.folder / "var" / "exports").glob("*")) == [], "an export of them lies there still"
    assert _found(birds, [("redis", await _redis(redis_server))]) == {}


async def _planted(service: Service, ada: Api, birds: Canaries, sink: SmtpSink) -> str:
    """Everything that anybody may ever have said of one person; their customer's id."""
    await post(service, _mail(birds), by=f"{birds['envelope']}@example.org")
    await post(service, letter("I live next door.", sender="Omar <omar@example.org>", subject="Next door"))
    ticket = next(one for one in await ada.tickets() if birds["subject"] in one["subject"])
    path, customer = f"/tickets/{ticket['id']}", str(ticket["customer"])
    await _answers(ada, path, birds, sink)
    await ada.post(f"{path}/notes", {"text": f"{birds['note']} {birds.phone('phone in a note')}"})
    await _profile(ada, customer, birds)
    form = {"service": "permit", "name": birds["name on a form"], "email": f"{birds['sender']}@example.org"}
    async with ada.http.post(
        f"{ada.url}/api/v1/contacts", json={**form, "text": birds["form"]}, headers={"Idempotency-Key": birds["key"]}
    ) as answer:
        assert answer.status == 202
    birds.planted.pop("key")
    await _unreadable(service, birds)
    await _exported(ada, customer)
    await ada.post(f"/customers/{customer}/holds", {"reason": f"Court file {birds['hold']}"})
    return customer


async def _exported(ada: Api, customer: str) -> None:
    """An archive of everything about them lies ready."""
    await ada.post(f"/customers/{customer}/exports", {})
    async with asyncio.timeout(60):
        while (await ada.get(f"/customers/{customer}/held"))["exports"][0]["state"] != "ready":
            await asyncio.sleep(0.05)


def _mail(birds: Canaries) -> bytes:
    mail = EmailMessage()
    mail["From"] = f"{birds['name']} <{birds['sender']}@example.org>"
    mail["To"] = HELLO
    mail["Cc"] = f"{birds['cc name']} <{birds['cc']}@example.org>"
    mail["Reply-To"] = f"{birds['reply to']}@example.org"
    mail["Subject"] = f"Broken {birds['subject']}"
    mail["Message-ID"] = f"<{birds['message id']}@example.org>"
    mail["X-Origin"] = birds["header"]
    mail.set_content(f"{birds['text']}, call {birds.phone('phone')}\n\n> {birds['quoted text']}\n")
    mail.add_alternative(f"<p>{birds['text']} <b>{birds['html']}</b></p>", subtype="html")
    mail.add_attachment(birds["file"].encode(), maintype="text", subtype="plain", filename=f"{birds['file name']}.txt")
    large = (birds["large file"] + "\n").encode() * 20_000
    mail.add_attachment(large, maintype="text", subtype="plain", filename=f"{birds['large name']}.txt", cte="8bit")
    return mail.as_bytes().replace(b"\n", b"\r\n")


async def _answers(ada: Api, path: str, birds: Canaries, sink: SmtpSink) -> None:
    """One arrives, one is refused with their address in the reason, one waits in the outbox."""
    sink.fail(Step.RCPT, Refuse(550, f"5.1.1 {birds['bounce']} does not live here"), times=1)
    async with ada.http.put(f"{ada.url}/api/v1/inboxes/{MAIL}/asking", json={"asks": True}) as answer:
        assert answer.status == 200, await answer.text()
    for words, state, more in (("refused reply", "failed", {}), ("reply", "sent", {"status": "solved"})):
        made = await ada.post(f"{path}/replies", {"text": f"Dear {birds[words]}", **more})
        await ada.reaches(made["id"], state)
    await _feedback(ada, birds, sink)
    sink.fail(Step.RCPT, Refuse(450, "later"), times=50)
    await ada.post(f"{path}/replies", {"text": birds["outbox"]})
    await ada.post(f"{path}/subjects", {"subject": f"Better {birds['better subject']}"})


async def _feedback(ada: Api, birds: Canaries, sink: SmtpSink) -> None:
    """By the link below the answer that solved it."""
    links = [re.search(r"/feedback/[0-9a-z]{51}", mail.parsed.get_content()) for mail in sink.mails]
    [link] = [found[0] for found in links if found]
    async with ada.http.post(ada.url + link, data={"score": "2", "comment": birds["feedback"]}) as answer:
        assert answer.status == 200, await answer.text()


async def _profile(ada: Api, customer: str, birds: Canaries) -> None:
    said = {
        "street": f"5 {birds['street']} Lane",
        "place": birds["place"],
        "needs": [{"code": "interpreter", "detail": birds["need"]}],
        "safety": {"reason": birds["warning"], "until": FAR},
    }
    async with ada.http.patch(f"{ada.url}/api/v1/customers/{customer}", json=said) as answer:
        assert answer.status == 200, await answer.text()
    await ada.post(f"/customers/{customer}/addresses", {"address": f"{birds['claimed']}@example.org"})
    await ada.post(f"/customers/{customer}/proofs", {"address": f"{birds['claimed']}@example.org"})
    other = await ada.post("/customers", {"name": "Iris Other"})
    tie = {"kind": "acts_for", "other": customer, "role": birds["role"], "consent": birds["consent"]}
    await ada.post(f"/customers/{other['id']}/relations", {**tie, "consented_at": "2026-11-01T00:00:00Z"})
    twin = await ada.post("/customers", {"name": birds["name of a twin"]})
    await ada.post(f"/customers/{twin['id']}/merges", {"into": customer, "why": f"They said {birds['why one']}"})


async def _unreadable(service: Service, birds: Canaries) -> None:
    """Raw input in quarantine that names their address: as it is, and where only who decodes it can see it."""
    plain = f"From: {birds['sender']}@example.org {birds['quarantine']}".encode()
    hidden = f"My address is {birds['sender']}@example.org, {birds['quarantine in base64']}".encode()
    mail = b"From: someone@example.org\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(hidden)
    assert birds["sender"].encode() not in mail
    async with open_record(load(service.environment)) as desk:
        for body in (plain, mail):
            wire = keeping.RawWire(datetime.now(UTC), {}, Blob(hashlib.sha256(body).hexdigest(), len(body), body))
            terms = salvage.terms(body, around={})
            await desk.do(
                Actor.inbox(MAIL), unread.quarantine, wire, inbox=MAIL, why="nobody can read it", found_by=terms
            )


async def _nobody_reads_them(ada: Api, birds: Canaries) -> None:
    for word in (birds["name"], birds["text"], birds["subject"], birds["note"]):
        assert (await ada.get("/search", q=word))["items"] == []
        assert (await ada.get("/customers", q=word))["items"] == []
    for ticket in await ada.tickets():
        said = await ada.get(f"/tickets/{ticket['id']}/timeline", limit=100)
        assert birds.found_in(f"{ticket}\n{said}") == {}


async def _counts(ada: Api) -> Json:
    tickets = await ada.tickets()
    return {one["id"]: (one["number"], one["service"], one["created_at"], one["customer"]) for one in tickets}


async def _status(ada: Api, path: str, body: Json) -> int:
    async with ada.http.post(f"{ada.url}/api/v1{path}", json=body) as answer:
        return answer.status


def _everywhere(service: Service, database: str, request: pytest.FixtureRequest) -> list[tuple[str, bytes]]:
    """Every byte there is: the data directory and the log; of PostgreSQL its dump and the files of its tables."""
    found = [(str(path), path.read_bytes()) for path in _files(service.folder)]
    if database == "postgres":
        postgres: Postgres = request.getfixturevalue("postgres")
        name = service.database_url.rpartition("/")[2]
        dump = subprocess.run([program("pg_dump"), service.database_url], capture_output=True, check=True).stdout
        postgres.sql("CHECKPOINT")
        there = postgres.sql(
            f"SELECT current_setting('data_directory') || '/base/' || oid FROM pg_database WHERE datname = '{name}'"
        )
        found += [("dump", dump), *((str(path), path.read_bytes()) for path in _files(Path(there)))]
    return found


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".gz")


def _found(birds: Canaries, everything: list[tuple[str, bytes]]) -> dict[str, list[str]]:
    """Which trace stands where, whatever its case; numbers are sought by their digits."""
    hits: dict[str, list[str]] = {}
    for name, content in everything:
        folded = content.lower()
        for place, word in birds.planted.items():
            if re.sub(r"^\+", "", word).lower().encode() in folded:
                hits.setdefault(place, []).append(name)
    return hits


async def _redis(server: RedisServer) -> bytes:
    """Everything that Redis holds: it is a bus, and remembers nobody."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"KEYS *\r\n")
    held = await reader.readline()
    writer.close()
    assert held == b"*0\r\n", "Redis holds keys now: look into them here"
    return held
