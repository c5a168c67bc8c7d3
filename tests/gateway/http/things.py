"""Real things of Anna's team, for the matrix of permissions: each made anew, so that one cell never spoils the next."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from aiohttp import web

from crm_core.actions import (
    accounts,
    addresses,
    app_keys,
    assign,
    bringing,
    checking,
    delivery,
    drifts,
    duty,
    holding,
    importing,
    intake,
    joining,
    keeping,
    lending,
    lifecycle,
    offers,
    proving,
    relations,
    reply,
    splits,
    suspecting,
    unread,
    uploads,
    working,
)
from crm_core.actions.accounts import NewSession, NewToken
from crm_core.actions.reply import Draft as Reply
from crm_core.actions.suspecting import Wanted
from crm_core.model.actor import Actor
from crm_core.model.address import Address
from crm_core.model.agent import Capacity, Duty
from crm_core.model.blob import Blob, digest
from crm_core.model.check import Judged, Verdict
from crm_core.model.drift import Share
from crm_core.model.event import TicketRenamed
from crm_core.model.ids import (
    AgentId,
    CustomerId,
    ExportId,
    InboxId,
    ServiceId,
    SweepId,
    TeamId,
    TicketId,
)
from crm_core.model.message import Delivery, File, Receipt
from crm_core.model.privacy import Export, ExportState
from crm_core.model.proof import ProofKind
from crm_core.model.relation import RelationKind
from crm_core.model.retention import Kept, Sweep, SweepState
from crm_core.model.suspicion import BlockKind
from crm_core.queries.reports.drifts import lasting
from crm_core.rules import lifecycle as rule
from crm_core.rules import sheets
from crm_core.store.tables import ticket_readers
from gateway.house import GATEWAY
from gateway.http import who
from gateway.http.portal import tokens
from gateway.http.portal.drafts import Draft, DraftFile, Sent
from gateway.http.portal.front import Front
from gateway.http.portal.tokens import Mark
from tests.gateway.http import things_of_calls as calls
from tests.gateway.http import things_of_live_work as live
from tests.gateway.http import things_of_talks as talks
from tests.gateway.http import things_of_the_catalogue as services
from tests.gateway.http import things_of_the_library as library
from tests.gateway.http import things_of_the_rules as rules
from tests.gateway.http import things_on_paper as paper
from tests.gateway.http.site import OPERATOR, Site
from tests.world import ADA, ANNA, BEN, FORM, HOUSING, IMPORTER, SUE, inbound

_count = itertools.count(1000)


async def make(site: Site, kind: str) -> str:
    """The id of a new thing of this kind."""
    found: str = await _maker(kind)(site)
    await site.settled()
    return found


def _maker(kind: str) -> Callable[[Site], Awaitable[str]]:
    made: Callable[[Site], Awaitable[str]] = globals().get(f"_{kind}") or next(
        getattr(shelf, kind) for shelf in (library, services, rules, talks, paper, live, calls) if hasattr(shelf, kind)
    )
    return made


async def nothing(_request: web.Request) -> web.Response:
    """The handler of routes that are only planted."""
    return web.Response()


SUBMISSION = "the-citizens-own-form-0001"


def marks(site: Site) -> dict[str, str]:
    """What our own pages would sign into their forms: one that fills in, one that sends the citizen's."""
    keys, now = Front(site).keys, site.clock()
    return {
        "@mark": tokens.sign(keys, Mark("permit", "", now)),
        "@sending": tokens.sign(keys, Mark("permit", SUBMISSION, now)),
    }


async def _draft(site: Site) -> str:
    """A form that a citizen has filled in and not sent; another citizen fills in another one."""
    drafts, began_at = Front(site).drafts, site.clock() - timedelta(minutes=5)
    answers = {"own_words": "The lamp is dark.", "your_name": "Wei Zhang", "your_email": "wei@example.org"}
    for role, slug, submission in (
        ("citizen", "permit", SUBMISSION),
        ("other_citizen", "repair", "another-form-000001"),
    ):
        site.visitors[role] = drafts.new_token()  # a new browser each time: one cell never spoils the next
        drafts.keep(site.visitors[role], Draft(slug, submission, began_at, answers if slug == "permit" else {}))
    return SUBMISSION


async def _draft_file(site: Site) -> str:
    await _draft(site)
    drafts, token = Front(site).drafts, site.visitors["citizen"]
    draft = drafts.draft(token, slug="permit")
    assert draft is not None
    file = DraftFile("0123456789abcdef", "own_words", "lamp.png", "image/png", 8)
    drafts.keep(token, drafts.add_file(token, draft, file=file, content=b"\x89PNG\r\n\x1a\n"))
    return file.slot


async def _sent(site: Site) -> str:
    """A form that the citizen sent: the number of its ticket."""
    await _draft(site)
    front, number = Front(site), await _number(site)
    draft = front.drafts.draft(site.visitors["citizen"], slug="permit")
    assert draft is not None
    sent = Sent(number, draft.submission, "permit", "wei@example.org", None)
    front.drafts.sent(site.visitors["citizen"], draft, sent=sent)
    return number


async def _ticket(site: Site) -> TicketId:
    number = next(_count)
    contact = inbound("My permit ran out.", number=number, html="<p>My permit <b>ran out</b>.</p>")
    contact = replace(contact, sender=Address.mail(f"wei{number}@example.org"))
    return (await site.world.receive(contact)).ticket


async def _another(site: Site) -> TicketId:
    return await _ticket(site)


async def _housing(site: Site) -> TicketId:
    ticket = await _ticket(site)
    await site.world.do(SUE, assign.transfer, ticket, to=HOUSING, house=site.world.house)
    return ticket


async def _number(site: Site) -> str:
    return (await site.world.ticket(await _ticket(site))).number


async def _solved(site: Site) -> TicketId:
    ticket = await _ticket(site)
    await site.world.do(ANNA, lifecycle.solve, ticket, house=site.world.house)
    return ticket


async def _confidential(site: Site) -> TicketId:
    id = await _ticket(site)
    await site.world.do(SUE, assign.overload, id, to=ANNA)
    await site.world.do(SUE, confide, id)
    return id


async def confide(tx: Any, id: TicketId) -> None:
    """For Anna alone: whoever said so is not here any more."""
    before = await tx.ticket(id, to="confide")
    after = rule.confide(before, readers=frozenset({ANNA}), at=tx.now)
    await tx.save(after)
    if ANNA not in before.readers:
        tx.insert(ticket_readers, agent=ANNA, ticket=id)
    tx.emit(TicketRenamed(ticket=after, before=before))


async def _customer(site: Site) -> str:
    return (await site.world.ticket(await _ticket(site))).customer


async def _somebody(site: Site) -> str:
    return await _customer(site)


async def _person_address(site: Site) -> str:
    customer = await _customer(site)
    claimed = await site.world.do(ANNA, addresses.claim_address, customer, Address.phone(f"+1555{next(_count)}000"))
    return f"{customer}/addresses/{claimed.id}"


async def _person_proof(site: Site) -> str:
    customer = await _customer(site)
    wanted = proving.Wanted(Address.mail(f"proof{next(_count)}@example.org"), ProofKind.CODE)
    made = await site.world.do(ANNA, proving.ask_proof, customer, wanted, house=site.world.house)
    return f"{customer}/proofs/{made.id}"


async def _person_merge(site: Site) -> str:
    source, target = await _customer(site), await _customer(site)
    merged = await site.world.do(ANNA, joining.merge_people, source, into=target)
    return f"{target}/merges/{merged.id}"


async def _hold(site: Site) -> str:
    customer = await _customer(site)
    made = await site.world.do(ADA, holding.hold, customer, reason="A court asked")
    return f"{customer}/holds/{made.id}"


async def _export(site: Site) -> str:
    whose, at = CustomerId(await _customer(site)), site.clock()
    over = Export(ExportId(f"export-{next(_count)}"), whose, ADA, at, ExportState.READY, 1, at - timedelta(days=1))
    await site.world.desk.do(IMPORTER, importing.import_values, [over])
    return over.id


async def _table(site: Site) -> str:
    content = f"name,email\nRow {next(_count)},row@example.org\n".encode()
    blob = Blob(hashlib.sha256(content).hexdigest(), len(content), content)
    made = await site.world.do(ADA, bringing.add_import, bringing.File(blob, "people.csv", sheets.look(content)))
    return str(made.id)


async def _sweep(site: Site) -> str:
    asks = Sweep(SweepId(f"sweep-{next(_count)}"), site.clock(), "archivist", SweepState.ASKS, {}, {Kept.WIRES: 900})
    await site.world.desk.do(IMPORTER, importing.import_values, [asks])
    return asks.id


async def _person_relation(site: Site) -> str:
    customer, other = await _customer(site), await _customer(site)
    tie = relations.Tie(kind=RelationKind.HOUSEHOLD, other=CustomerId(other))
    made = await site.world.do(ANNA, relations.relate, customer, tie)
    return f"{customer}/relations/{made.id}"


async def _message(site: Site) -> str:
    contact = inbound("Words", number=next(_count), html="<p>Words</p>")
    return (await site.world.receive(contact)).message


async def _failed(site: Site) -> str:
    ticket = await _ticket(site)
    sent = await site.world.do(ANNA, reply.reply, ticket, Reply(text="Hello"), house=site.world.house)
    sender = Actor.worker("sender")
    failure = Receipt(Delivery.FAILED, "no such mailbox")
    await site.desk.do(sender, delivery.record, sent.id, failure, house=site.world.house)
    return str(sent.id)


async def _held(site: Site) -> str:
    """An answer that is to leave tomorrow."""
    draft = Reply(text="Hello", at=site.clock() + timedelta(days=1))
    return str((await site.world.do(ANNA, reply.reply, await _ticket(site), draft, house=site.world.house)).id)


async def _blocked_file(site: Site) -> str:
    content = f"%PDF-1.7 {next(_count)}".encode()
    id = await _file(site, content=content)
    verdict = Verdict(digest(content), Judged.BLOCKED, "Test.Signature")
    await site.desk.do(Actor.worker("examiner"), checking.keep_verdict, verdict, version="ClamAV")
    await site.desk.do(Actor.worker("examiner"), checking.settle, verdict.digest)
    return id


async def _file(site: Site, *, content: bytes = b"%PDF-1.7 x") -> str:
    number = next(_count)
    contact = inbound("With a file", number=number, files=(File("permit.pdf", "application/pdf", content),))
    blobs = (site.files.keep(content),)
    received = await site.desk.do(
        Actor.inbox(InboxId("i-mail")),
        intake.receive,
        intake.Contact(contact, blobs, None),
        inbox=site.world.house.inboxes[InboxId("i-mail")],
        house=site.world.house,
        reopen_window=timedelta(days=14),
    )
    anna = await site.person(ANNA)
    items = (await anna.get(f"tickets/{received.ticket}/timeline")).body["items"]
    return str(next(item for item in items if item["type"] == "message")["attachments"][0]["id"])


async def _upload(site: Site) -> str:
    blob: Blob = site.files.keep(b"hello")
    return str((await site.world.do(ANNA, uploads.upload, blob, name="a.txt", type="text/plain")).id)


async def _bens_upload(site: Site) -> str:
    blob: Blob = site.files.keep(b"hello")
    return str((await site.world.do(BEN, uploads.upload, blob, name="b.txt", type="text/plain")).id)


async def _offer(site: Site) -> str:
    await site.desk.do(OPERATOR, accounts.change_user, ANNA, accounts.Changes(capacity=Capacity(1000, {})))
    ticket = await _ticket(site)
    work = await site.desk.do(Actor.agent(SUE), _work, ticket)
    until = site.world.clock() + timedelta(minutes=2)
    _, offer = await site.desk.do(Actor.worker("router"), offers.make_offer, work, to=ANNA, until=until, why="idle")
    return str(offer.id)


async def _work(tx: Any, ticket: TicketId) -> Any:
    found = await working.open_work(tx, await tx.ticket(ticket, to="see"))
    assert found is not None
    return found.id


async def _session(site: Site) -> str:
    digest = who.digest(who.secret())
    opened = await site.desk.do(GATEWAY, accounts.open_session, ANNA, NewSession(digest, "x"))
    return str(opened.ref)


async def _link(site: Site) -> str:
    secret = who.secret()
    await site.desk.do(OPERATOR, accounts.make_link, ANNA, digest=who.digest(secret), lasts=timedelta(hours=1))
    return secret


async def _token(site: Site) -> str:
    new = NewToken(digest=who.digest(who.secret()), agent=ANNA, name="another")
    return str((await site.desk.do(OPERATOR, accounts.make_token, new)).id)


async def _colleague(site: Site) -> str:
    new = accounts.Newcomer(email=f"colleague{next(_count)}@larkhaven.example", name="Kim")
    return str((await site.desk.do(OPERATOR, accounts.add_user, new)).id)


async def _loan(site: Site) -> str:
    id = AgentId(await _colleague(site))
    await site.world.do(SUE, duty.set_duty, to=Duty.BREAK, of=id)
    await site.world.do(SUE, lending.lend, id, team=TeamId("t-housing"))
    return id


async def _inbox(site: Site) -> str:
    return FORM


async def _app_key(site: Site) -> str:
    digest = who.digest(who.secret())
    return str((await site.desk.do(OPERATOR, app_keys.make_key, FORM, name="An app", digest=digest)).id)


async def _hook(site: Site) -> str:
    return await paper.opened(site, "post", address=f"+1555{next(_count)}")


async def _wire(site: Site) -> str:
    hook = InboxId(await _hook(site))
    body = site.files.keep(f"good|wei@example.org|again {next(_count)}".encode())
    raw = keeping.RawWire(site.world.clock(), {"headers": {}, "url": ""}, body)
    return str(
        await site.desk.do(Actor.inbox(hook), unread.quarantine, raw, inbox=hook, why="for the test", found_by=())
    )


async def _part(site: Site) -> str:
    parts = [splits.Part("One of them", ServiceId("s-permit"))]
    made = await site.world.do(ANNA, splits.split, await _ticket(site), parts, house=site.world.house)
    return str(made[0].id)


async def _spam(site: Site) -> str:
    id = await _ticket(site)
    await site.world.do(ANNA, suspecting.call_spam, id, why="sells pills")
    return id


async def _block(site: Site) -> str:
    wanted = Wanted(BlockKind.DOMAIN, f"x{next(_count)}.example", "floods us", 7)
    return str((await site.world.do(SUE, suspecting.add_block, wanted)).id)


async def _drift(site: Site) -> str:
    share = Share(ServiceId("s-permit"), f"door {next(_count)}", kept=1, of=100)
    await site.world.desk.do(Actor.worker("steward"), drifts.watch_promises, [share])
    found = await site.world.ask(SUE, lasting)
    return str(next(one.id for one in found if one.channel == share.channel))
