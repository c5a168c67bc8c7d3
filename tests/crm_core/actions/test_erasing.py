"""Somebody is forgotten: nothing of them is left in the record, their matters stay, the chain holds."""

from __future__ import annotations

from typing import Any

import pytest

from crm_core.actions import erasing, holding, indexing, joining, lifecycle, people, relations, reply
from crm_core.model.actor import Actor
from crm_core.model.errors import BadInput, Forbidden, NotAllowedNow
from crm_core.model.ids import TicketId
from crm_core.model.privacy import Erasure, ErasureReason, Stage
from crm_core.model.relation import RelationKind
from crm_core.model.ticket import Status
from crm_core.queries import chain, privacy
from crm_core.queries import indexing as index
from crm_core.queries import ticket as tickets
from crm_core.rules import audit
from crm_core.store import personal
from gateway.workers.archivist import ARCHIVIST
from gateway.workers.indexer import INDEXER, _prepared
from tests.world import ADA, ANNA, BEN, SUE, World

OPERATOR = Actor.worker("operator")


async def test_no_table_holds_a_word_of_somebody_who_was_forgotten(world: World) -> None:
    ticket = await planted(world)
    await indexed(world)
    assert await found(world, "Zhang", "wei@example.org", "xylophone", "Quince"), "nothing was planted"
    await erase(world, ticket)
    await indexed(world)
    assert await found(world, "Zhang", "wei@example.org", "xylophone", "Quince") == []


async def test_the_matter_stays_without_its_person(world: World) -> None:
    ticket = await planted(world)
    before = await world.ticket(ticket)
    await erase(world, ticket)
    after = await world.ticket(ticket)
    assert (after.subject, after.customer_name, after.snippet) == ("", "", "")
    assert after.erased_at is not None
    assert after.status is Status.CLOSED
    kept = ("id", "number", "service", "queue", "customer", "created_at", "channel", "priority", "first_answered_at")
    assert [getattr(after, name) for name in kept] == [getattr(before, name) for name in kept]
    page = await world.ask(ADA, tickets.timeline, ticket, limit=50, before=1 << 40)
    assert {one.flags for one in page.items if hasattr(one, "flags")} == {("erased",)}


async def test_the_chain_holds_before_and_after(world: World) -> None:
    ticket = await planted(world)
    before = await verified(world)
    await erase(world, ticket)
    after = await verified(world)
    assert after.events > before.events


async def test_whoever_wrote_much_is_forgotten_in_portions(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasing, "PORTION", 3)
    ticket = await planted(world)
    for number in range(8):
        await world.do(ANNA, reply.note, ticket, f"Zhang again {number}")
    made = await erase(world, ticket)
    assert made.stage is not Stage.DONE
    portions = 0
    while await world.desk.do(ARCHIVIST, erasing.erase_some, made.id):
        portions += 1
    assert portions >= 2
    assert await world.desk.ask(ARCHIVIST, privacy.running) is None
    assert await found(world, "Zhang", "wei@example.org") == []
    assert (await verified(world)).events > 0


async def test_what_they_wrote_in_a_matter_of_somebody_else_goes_and_the_matter_goes_on(world: World) -> None:
    ticket = await planted(world)
    other = await world.mail("I am the neighbour.", sender="omar@example.org", sender_name="Omar Haddad")
    await world.do(ANNA, lifecycle.merge, ticket, into=other.ticket, house=world.house)
    await erase(world, ticket)
    left = await world.ticket(other.ticket)
    assert left.customer_name == "Omar Haddad"
    assert left.erased_at is None
    assert await found(world, "Zhang", "wei@example.org", "xylophone") == []
    assert await found(world, "I am the neighbour.")


async def test_two_matters_of_one_person_that_were_merged_are_each_told_once_and_newer(world: World) -> None:
    """Told twice at one version, a screen would keep the first telling."""
    ticket = await planted(world)
    second = await world.mail("More of the same.")
    await world.do(ANNA, lifecycle.merge, ticket, into=second.ticket, house=world.house)
    before = {id: (await world.ticket(id)).version for id in (ticket, TicketId(second.ticket))}
    await erase(world, ticket)
    told = [event for event in await world.events() if event.type == "ticket.erased"]
    assert sorted(event.ticket or "" for event in told) == sorted(before)
    for event in told:
        assert event.at_version == before[TicketId(event.ticket or "")] + 1
        assert event.personal["row"]["subject"] == ""


async def test_a_legal_hold_on_the_person_or_a_matter_refuses_it_and_says_so(world: World) -> None:
    ticket = await planted(world)
    whose = (await world.ticket(ticket)).customer
    for named in (None, ticket):
        held = await world.do(SUE, holding.hold, whose, reason="Court file 12", ticket=named)
        with pytest.raises(NotAllowedNow, match="legal hold"):
            await erase(world, ticket)
        assert (await world.ticket(ticket)).subject != ""
        with pytest.raises(Forbidden):
            await world.do(SUE, holding.lift, whose, held.id)
        await world.do(ADA, holding.lift, whose, held.id)
    await erase(world, ticket)
    assert (await world.ticket(ticket)).subject == ""
    assert await found(world, "Court file 12") == []


async def test_a_matter_of_somebody_else_under_hold_keeps_every_word(world: World) -> None:
    ticket = await planted(world)
    other = await world.mail("I am the neighbour.", sender="omar@example.org", sender_name="Omar Haddad")
    await world.do(ANNA, lifecycle.merge, ticket, into=other.ticket, house=world.house)
    omar = (await world.ticket(other.ticket)).customer
    await world.do(SUE, holding.hold, omar, reason="Court file 12")
    made = await erase(world, ticket)
    assert made.stage is Stage.DONE
    assert await found(world, "xylophone")


async def test_only_an_admin_may_and_the_file_number_names_nobody(world: World) -> None:
    ticket = await planted(world)
    whose = (await world.ticket(ticket)).customer
    for who in (ANNA, SUE):
        with pytest.raises(Forbidden):
            await world.do(who, erasing.erase, whose, reason=ErasureReason.ASKED)
    with pytest.raises(BadInput):
        await world.do(ADA, erasing.erase, whose, reason=ErasureReason.ASKED, reference="wei@example.org")
    await world.do(ADA, erasing.erase, whose, reason=ErasureReason.ASKED, reference="F-2026/7")
    with pytest.raises(NotAllowedNow):
        await world.do(ADA, erasing.erase, whose, reason=ErasureReason.ASKED)


async def test_all_records_of_a_merged_person_go_together(world: World) -> None:
    ticket = await planted(world)
    second = await world.mail("From my office.", sender="zhang@office.example", sender_name="W. Zhang")
    whose, again = (await world.ticket(ticket)).customer, (await world.ticket(second.ticket)).customer
    await world.do(SUE, joining.merge_people, again, into=whose, why="Zhang said so")
    await erase(world, second.ticket)
    assert await found(world, "Zhang", "zhang@office.example", "wei@example.org", "From my office") == []


async def test_who_writes_again_is_somebody_new(world: World) -> None:
    ticket = await planted(world)
    before = await world.ticket(ticket)
    await erase(world, ticket)
    again = await world.mail("It is me again.")
    after = await world.ticket(again.ticket)
    assert after.id != before.id
    assert after.customer != before.customer
    assert after.related is None


async def test_what_the_indexer_had_read_before_is_not_written_after(world: World) -> None:
    ticket = await planted(world)
    await world.number()
    news = await world.desk.ask(INDEXER, index.news)
    assert news is not None
    await world.desk.do(INDEXER, indexing.index_some, _prepared(news))
    await world.mail("More about the xylophone", references=())
    await world.number()
    late = await world.desk.ask(INDEXER, index.news)
    assert late is not None
    await erase(world, ticket)
    assert await world.desk.do(INDEXER, indexing.index_some, _prepared(late)) is False
    await indexed(world)
    assert await found(world, "xylophone") == []


async def planted(world: World) -> TicketId:
    """A matter full of its person: mail, note, answer, a better subject, a profile, somebody related."""
    received = await world.mail("The xylophone of Wei Zhang is broken.", subject="Xylophone of Zhang")
    ticket = received.ticket
    whose = (await world.ticket(ticket)).customer
    await world.do(ANNA, reply.note, ticket, "Zhang called from wei@example.org")
    await world.do(ANNA, reply.reply, ticket, reply.Draft(text="Dear Wei Zhang, come by."), house=world.house)
    await world.do(ANNA, lifecycle.rename, ticket, subject="Zhang: xylophone")
    await world.do(ANNA, people.change_person, whose, people.Profile(name="Wei Zhang", street="5 Quince Lane"))
    other = await world.do(BEN, people.add_person, people.Profile(name="Iris Other"))
    tie = relations.Tie(kind=RelationKind.HOUSEHOLD, other=whose, role="daughter of Zhang")
    await world.do(SUE, relations.relate, other.id, tie)
    return ticket


async def erase(world: World, ticket: TicketId) -> Erasure:
    whose = (await world.ticket(ticket)).customer
    made: Erasure = await world.do(ADA, erasing.erase, whose, reason=ErasureReason.ASKED)
    return made


async def indexed(world: World) -> None:
    await world.number()
    while (news := await world.desk.ask(INDEXER, index.news)) is not None:
        await world.desk.do(INDEXER, indexing.index_some, _prepared(news))


async def verified(world: World) -> audit.Sound:
    await world.number()
    verdict = audit.verify(await world.desk.ask(OPERATOR, chain.links, after=0, limit=10_000))
    assert isinstance(verdict, audit.Sound), verdict
    return verdict


async def found(world: World, *words: str) -> list[str]:
    """Which tables of the record hold one of these words, whatever its case."""
    hits = []
    for name in personal.inventory():
        rows = await world.desk.ask(OPERATOR, _whole, name)
        text = "\n".join(str(value) for row in rows for value in row).casefold()
        hits += [f"{name}: {word}" for word in words if word.casefold() in text]
    return hits


async def _whole(read: Any, name: str) -> list[Any]:
    rows: list[Any] = await read.all(_SELECTS[name])
    return [
        [bytes(value).decode("utf-8", "replace") if isinstance(value, bytes) else value for value in row]
        for row in rows
    ]


_SELECTS = {name: held.table.select() for name, held in personal.inventory().items()}
