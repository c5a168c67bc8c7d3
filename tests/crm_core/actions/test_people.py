"""People: proven equality joins, anything weaker suggests; a merge is a pointer that can be taken away."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_core.actions import addresses, joining, people, proving, relations, reply
from crm_core.actions.people import Profile
from crm_core.actions.proving import Wanted
from crm_core.actions.relations import Tie
from crm_core.model.address import Address
from crm_core.model.customer import Customer, CustomerKind, Identity
from crm_core.model.errors import BadInput, NotAllowedNow, NotFound, Stale
from crm_core.model.ids import CustomerId, IdentityId, TicketId
from crm_core.model.merge import Merge
from crm_core.model.message import Message
from crm_core.model.preferences import Contacting, DoNot, Need
from crm_core.model.proof import Proof, ProofKind
from crm_core.model.relation import RelationKind
from crm_core.model.ticket import Status
from crm_core.queries import customer, inbox_list, past
from crm_core.queries import people as look_up
from crm_core.queries.inbox_list import Wanted as ListWanted
from crm_core.rules import proving as proving_rule
from crm_core.rules import signs
from crm_core.store.tables import conversations
from tests.world import ANNA, BEN, IMPORTER, SUE, World

WEI, WORK, SHARED = "wei@example.org", "wei@work.example", Address.phone("+15550142")


async def whose(world: World, ticket: TicketId) -> CustomerId:
    return (await world.ticket(ticket)).customer


async def known(world: World, id: CustomerId) -> customer.Known:
    found: customer.Known = await world.ask(SUE, customer.customer, id)
    return found


async def by_code(world: World, id: CustomerId, address: Address, **changes: Any) -> proving.Judged:
    """An agent sends a code there, and it is read out."""
    made: Proof = await world.do(ANNA, proving.ask_proof, id, Wanted(address, ProofKind.CODE), house=world.house)
    code = proving_rule.secret(world.house.keys[0], made.id, kind=made.kind)
    judged: proving.Judged = await world.do(ANNA, proving.answer_proof, id, made.id, code, house=world.house)
    return judged


# ---------------------------------------------------------------- wishes and needs


async def test_what_somebody_told_us_is_written_down_and_seen_with_their_next_ticket(world: World) -> None:
    id = await whose(world, (await world.mail(sender=WEI)).ticket)
    wishes = Profile(
        language="zh",
        needs=(Need("interpreter", "yue"),),
        do_not=(DoNot(Contacting.CALLS, after=1080),),
        street="  18  Orchard Street ",
    )
    await world.do(ANNA, people.change_person, id, wishes)
    again = await known(world, await whose(world, (await world.mail(sender=WEI)).ticket))
    assert (again.customer.street, again.wishes.language) == ("18 Orchard Street", "zh")
    assert [need.code for need in again.wishes.needs] == ["interpreter"]


async def test_what_cannot_be_kept_is_refused_and_so_is_an_old_screen(world: World) -> None:
    id = await whose(world, (await world.mail(sender=WEI)).ticket)
    with pytest.raises(BadInput):
        await world.do(ANNA, people.change_person, id, Profile(needs=(Need("telepathy"),)))
    await world.do(ANNA, people.change_person, id, Profile(language="zh"), seen_version=1)
    with pytest.raises(Stale):
        await world.do(ANNA, people.change_person, id, Profile(language="en"), seen_version=1)


async def test_a_colleague_of_another_team_neither_sees_nor_changes_them(world: World) -> None:
    id = await whose(world, (await world.mail(sender=WEI)).ticket)
    for act in (
        world.do(BEN, people.change_person, id, Profile(language="zh")),
        world.do(BEN, addresses.claim_address, id, SHARED),
        world.ask(BEN, customer.customer, id),
        world.ask(BEN, customer.suggestions, id),
    ):
        with pytest.raises(NotFound):
            await act
    assert (await world.ask(BEN, look_up.find, "wei")).items == []


async def test_needs_and_addresses_stand_in_no_fact_and_reach_only_who_may_see_them(world: World) -> None:
    id = await whose(world, (await world.mail(sender=WEI)).ticket)
    await world.do(ANNA, people.change_person, id, Profile(needs=(Need("braille", "grade two"),)))
    await world.do(ANNA, addresses.claim_address, id, SHARED)
    told = [event for event in await world.events() if event.type.startswith(("person.", "address."))]
    assert [event.type for event in told] == ["person.changed", "address.added"]
    assert all("staff" not in event.audience and "q:q-parking" in event.audience for event in told)
    assert "grade two" not in str([(event.facts, event.personal) for event in told])
    assert "15550142" not in str([event.facts for event in told])


# ---------------------------------------------------------------- addresses and proofs


async def test_mail_form_and_mail_from_another_address_are_one_history_once_the_second_is_proven(world: World) -> None:
    first = await world.mail("first", sender=WEI)
    id = await whose(world, first.ticket)
    form = await world.mail("by the form", sender=WEI)
    judged = await by_code(world, id, Address.mail(WORK))
    assert judged.right
    last = await world.mail("from work", sender=WORK)
    assert await whose(world, last.ticket) == id
    history = await world.ask(ANNA, past.history, id, limit=50, cursor=None)
    said = [item.text for item in history.items if isinstance(item, Message) and not item.flags]
    assert said == ["from work", "by the form", "first"]
    assert form.ticket != first.ticket


async def test_a_claim_gives_nothing_and_a_proof_that_both_gave_makes_them_one(world: World) -> None:
    wei = await whose(world, (await world.mail(sender=WEI)).ticket)
    work = await whose(world, (await world.mail(sender=WORK, proven="dmarc")).ticket)
    claimed: Identity = await world.do(ANNA, addresses.claim_address, wei, Address.mail(WORK))
    assert not claimed.held
    assert await whose(world, (await world.mail(sender=WORK)).ticket) == work, "a claim moved somebody's mail"
    assert (await by_code(world, wei, Address.mail(WORK))).right
    joined = await known(world, work)
    assert {record.id for record in joined.records} == {wei, work}
    assert joined.merges[0][0].why == "both showed that they read this address"


async def test_a_family_phone_is_suggested_and_never_joins(world: World) -> None:
    ana = await whose(world, (await world.mail(sender="ana@example.org", sender_name="Ana")).ticket)
    bo = await whose(world, (await world.mail(sender="bo@example.org", sender_name="Bo")).ticket)
    held: Identity = await world.do(ANNA, addresses.claim_address, ana, SHARED)
    await world.do(ANNA, addresses.share_address, ana, held.id, shared=True)
    await world.do(ANNA, addresses.claim_address, bo, SHARED)
    await prove_quietly(world, ana, held)
    judged = await prove_quietly(world, bo, held)
    assert judged.proven
    for one, other in ((ana, bo), (bo, ana)):
        assert [record.id for record in (await known(world, one)).records] == [one]
        found = await world.ask(ANNA, customer.suggestions, one)
        assert [(item.other.customer.id, [reason.words for reason in item.reasons]) for item in found] == [
            (other, ["the same telephone number, which several people use"])
        ]


async def prove_quietly(world: World, id: CustomerId, identity: Identity) -> Identity:
    """As a code that came back, where no inbox of the small house can write to a telephone."""

    async def act(tx: Any) -> Identity:
        person = await tx.person(id, to="identify")
        return await addresses.file_address(tx, person, identity.address, evidence="code")

    filed: Identity = await world.do(ANNA, act)
    return filed


async def test_a_hundred_guesses_at_once_count_as_a_hundred(world: World) -> None:
    id = await whose(world, (await world.mail(sender=WEI)).ticket)
    made: Proof = await world.do(
        ANNA, proving.ask_proof, id, Wanted(Address.mail(WORK), ProofKind.CODE), house=world.house
    )
    right = proving_rule.secret(world.house.keys[0], made.id, kind=made.kind)
    guesses = [f"{(int(right) + number) % 1_000_000:06}" for number in range(1, 101)]
    judged = await asyncio.gather(
        *(world.do(ANNA, proving.answer_proof, id, made.id, guess, house=world.house) for guess in guesses)
    )
    assert not any(one.right for one in judged)
    kept = await world.desk.ask(IMPORTER, _get, Proof, made.id)
    assert kept.attempts == proving_rule.MOST_ATTEMPTS
    late = await world.do(ANNA, proving.answer_proof, id, made.id, right, house=world.house)
    assert not late.right, "the right code was taken after the guesses were used up"


async def test_a_code_works_once_runs_out_and_belongs_to_one_person(world: World) -> None:
    wei = await whose(world, (await world.mail(sender=WEI)).ticket)
    bo = await whose(world, (await world.mail(sender="bo@example.org")).ticket)
    wanted = Wanted(Address.mail(WORK), ProofKind.CODE)
    made: Proof = await world.do(ANNA, proving.ask_proof, wei, wanted, house=world.house)
    code = proving_rule.secret(world.house.keys[0], made.id, kind=made.kind)
    with pytest.raises(NotFound):
        await world.do(ANNA, proving.answer_proof, bo, made.id, code, house=world.house)
    assert (await world.do(ANNA, proving.answer_proof, wei, made.id, code, house=world.house)).right
    assert not (await world.do(ANNA, proving.answer_proof, wei, made.id, code, house=world.house)).right
    late: Proof = await world.do(ANNA, proving.ask_proof, wei, wanted, house=world.house)
    world.clock.pass_(minutes=16)
    code = proving_rule.secret(world.house.keys[0], late.id, kind=late.kind)
    assert not (await world.do(ANNA, proving.answer_proof, wei, late.id, code, house=world.house)).right


async def test_the_record_holds_no_code_and_nobody_is_bombed_with_them(world: World) -> None:
    id = await whose(world, (await world.mail(sender=WEI, subject="About my illness")).ticket)
    wanted = Wanted(Address.mail(WORK), ProofKind.CODE)
    made: Proof = await world.do(ANNA, proving.ask_proof, id, wanted, house=world.house)
    code = proving_rule.secret(world.house.keys[0], made.id, kind=made.kind)
    sent = [event for event in await world.events() if event.type == "message.queued"][-1]
    words = str(sent.personal["message"])
    assert code not in str((sent.facts, sent.personal, made))
    assert "illness" not in words, "the words go to an address that may be a stranger's"
    assert "Wei" not in words
    for _ in range(proving_rule.MOST_AN_HOUR - 1):
        await world.do(ANNA, proving.ask_proof, id, wanted, house=world.house)
    with pytest.raises(NotAllowedNow):
        await world.do(ANNA, proving.ask_proof, id, wanted, house=world.house)


async def test_an_address_that_got_a_code_takes_no_part_in_the_matter(world: World) -> None:
    """Our signed Message-ID of the code's mail comes back from a stranger: it is a new ticket."""
    first = await world.mail(sender=WEI)
    id = await whose(world, first.ticket)
    await world.do(ANNA, proving.ask_proof, id, Wanted(Address.mail(WORK), ProofKind.CODE), house=world.house)
    sent = [event for event in await world.events() if event.type == "message.queued"][-1]
    ours = signs.message_id(world.house.keys[0], sent.facts["message"]["id"], domain="larkhaven.example")
    back = await world.mail("who are you?", sender=WORK, references=(ours,))
    assert back.ticket != first.ticket
    answer: Message = await world.do(ANNA, reply.reply, first.ticket, reply.Draft(text="Hello"), house=world.house)
    assert str(answer.address) == f"mailto:{WEI}", "an answer went to an address that nobody proved"


async def test_a_removed_address_leaves_its_mail_and_whoever_else_claims_it_holds_it(world: World) -> None:
    wei = await whose(world, (first := await world.mail(sender=WEI)).ticket)
    bo = await whose(world, (await world.mail(sender="bo@example.org")).ticket)
    await world.do(ANNA, addresses.claim_address, bo, Address.mail(WEI))
    own = (await known(world, wei)).identities[0]
    await world.do(ANNA, addresses.remove_address, wei, own.id)
    assert await whose(world, first.ticket) == wei
    assert await whose(world, (await world.mail(sender=WEI)).ticket) == bo
    with pytest.raises(NotFound):
        await world.do(ANNA, addresses.remove_address, wei, own.id)


async def test_a_moved_address_is_a_claim_until_it_is_proven_again(world: World) -> None:
    wei = await whose(world, (await world.mail(sender=WEI, proven="dmarc")).ticket)
    bo = await whose(world, (await world.mail(sender="bo@example.org")).ticket)
    own = (await known(world, wei)).identities[0]
    moved: Identity = await world.do(ANNA, addresses.move_address, wei, IdentityId(own.id), to=bo)
    assert (moved.customer, moved.proven) == (bo, False)
    assert await whose(world, (await world.mail(sender=WEI, proven="dmarc")).ticket) == bo
    assert (await known(world, bo)).identities[0].proven or (await known(world, bo)).identities[1].proven


# ---------------------------------------------------------------- one person, and two again


async def test_a_merge_is_a_pointer_that_every_question_follows(world: World) -> None:
    wei = await whose(world, (one := await world.mail("one", sender=WEI)).ticket)
    work = await whose(world, (two := await world.mail("two", sender=WORK)).ticket)
    last = await whose(world, (three := await world.mail("three", sender="w@third.example")).ticket)
    await world.do(ANNA, joining.merge_people, work, into=wei)
    await world.do(ANNA, joining.merge_people, wei, into=last)
    for id in (wei, work, last):
        assert (await known(world, id)).customer.id == last
        found = await world.ask(ANNA, inbox_list.page, list_of(id))
        assert {ticket.id for ticket in found.items} == {one.ticket, two.ticket, three.ticket}
        history = await world.ask(ANNA, past.history, id, limit=50, cursor=None)
        said = [item.text for item in history.items if isinstance(item, Message)]
        assert said == ["three", "two", "one"]
    assert await whose(world, one.ticket) == wei, "a merge rewrote a ticket"
    assert [person.id for person, _ in (await world.ask(ANNA, look_up.find, WORK)).items] == [last]


def list_of(id: CustomerId) -> ListWanted:
    return ListWanted(statuses=tuple(Status), customer=id, sort="-created_at")


async def test_two_merges_of_the_same_two_at_once_make_no_circle(world: World) -> None:
    wei = await whose(world, (await world.mail(sender=WEI)).ticket)
    work = await whose(world, (await world.mail(sender=WORK)).ticket)
    done = await asyncio.gather(
        world.do(ANNA, joining.merge_people, wei, into=work),
        world.do(SUE, joining.merge_people, work, into=wei),
        return_exceptions=True,
    )
    assert len([one for one in done if isinstance(one, Merge)]) == 1
    assert len((await known(world, wei)).records) == 2


async def test_what_came_by_no_address_stays_with_the_survivor_and_is_listed(world: World) -> None:
    wei = await whose(world, (await world.mail(sender=WEI)).ticket)
    work = await whose(world, (await world.mail(sender=WORK)).ticket)
    shop: Customer = await world.do(ANNA, people.add_person, Profile(name="Shop", kind=CustomerKind.ORGANISATION))
    await world.do(ANNA, joining.merge_people, work, into=wei)
    assert (await known(world, wei)).merges[0][2] == ()
    await world.do(ANNA, people.change_person, work, Profile(needs=(Need("braille"),)))
    await world.do(ANNA, relations.relate, work, Tie(kind=RelationKind.MEMBER, other=shop.id))
    found = await known(world, work)
    assert found.merges[0][2] == ("profile", "relations")
    await world.do(ANNA, joining.part_people, wei, found.merges[0][0].id)
    assert [need.code for need in (await known(world, wei)).wishes.needs] == ["braille"]
    assert (await known(world, work)).wishes.needs == ()
    with pytest.raises(NotAllowedNow):
        await world.do(ANNA, joining.part_people, work, found.merges[0][0].id)


async def test_a_person_and_an_organisation_are_never_one_and_nobody_is_merged_with_themselves(world: World) -> None:
    wei = await whose(world, (await world.mail(sender=WEI)).ticket)
    shop: Customer = await world.do(ANNA, people.add_person, Profile(name="Shop", kind=CustomerKind.ORGANISATION))
    with pytest.raises(BadInput):
        await world.do(ANNA, joining.merge_people, wei, into=shop.id)
    with pytest.raises(NotAllowedNow):
        await world.do(ANNA, joining.merge_people, wei, into=wei)


_fresh = itertools.count(1)
STEP = st.sampled_from(["mail a", "mail b", "answer a", "claim", "wish", "merge another", "code"])


@settings(deadline=None, max_examples=8, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEP, max_size=6))
async def test_merge_then_undo_older_as_before_newer_to_the_address_it_came_by(world: World, steps: list[str]) -> None:
    number = next(_fresh)
    a, b = f"a{number}@example.org", f"b{number}@example.org"
    opened = {who: await world.mail("old", sender=who) for who in (a, b)}
    ids = {who: await whose(world, received.ticket) for who, received in opened.items()}
    before = {who: await pictured(world, ids[who]) for who in (a, b)}
    merge: Merge = await world.do(ANNA, joining.merge_people, ids[a], into=ids[b])
    newer: dict[str, list[str]] = {a: [], b: []}
    for at, step in enumerate(steps):
        who = a if step.endswith(" a") else b
        if step.startswith("mail") or step == "answer a":
            received = await world.mail(f"new {at}", sender=who)
            newer[who].append(received.ticket)
        else:
            await meanwhile(world, step, ids[b], number=number, at=at)
    together = await world.ask(SUE, inbox_list.page, list_of(ids[a]))
    counted = [ticket.id for ticket in together.items if ticket.customer in ids.values()]
    assert sorted(counted) == sorted([*(one.ticket for one in opened.values()), *newer[a], *newer[b]])
    await world.do(ANNA, joining.part_people, ids[a], merge.id)
    for who in (a, b):
        after = await pictured(world, ids[who])
        assert after["records"][0] == before[who]["records"][0] or (who == b and "wish" in steps)
        assert [one for one in after["tickets"] if one in before[who]["tickets"]] == before[who]["tickets"]
        assert set(after["own"]) == {opened[who].ticket, *newer[who]}, "something was lost, or went to the wrong person"
        assert set(before[who]["addresses"]) <= set(after["addresses"])
    both = [(await pictured(world, ids[who]))["own"] for who in (a, b)]
    assert not set(both[0]) & set(both[1]), "something is doubled"


async def meanwhile(world: World, step: str, id: CustomerId, *, number: int, at: int) -> None:
    if step == "claim":
        await world.do(ANNA, addresses.claim_address, id, Address.mail(f"more{number}-{at}@example.org"))
    elif step == "wish":
        await world.do(ANNA, people.change_person, id, Profile(language="zh"))
    elif step == "merge another":
        other = await whose(world, (await world.mail(sender=f"c{number}-{at}@example.org")).ticket)
        await world.do(ANNA, joining.merge_people, other, into=id)
    else:
        await by_code(world, id, Address.mail(f"code{number}-{at}@example.org"))


async def pictured(world: World, id: CustomerId) -> dict[str, Any]:
    """All that is known of somebody, without the versions that count changes."""
    found = await known(world, id)
    page = await world.ask(SUE, inbox_list.page, list_of(id))
    return {
        "records": [replace(one, version=0) for one in found.records],
        "addresses": [str(one.address) for one in found.identities],
        "tickets": [ticket.id for ticket in reversed(page.items)],
        "own": [ticket.id for ticket in page.items if ticket.customer == id],
    }


# ---------------------------------------------------------------- forged mail


@settings(deadline=None, max_examples=10, suppress_health_check=list(HealthCheck))
@given(
    forged=st.lists(
        st.tuples(
            st.sampled_from([WEI, "mallory@evil.example", "wei@examp1e.org"]),
            st.sampled_from(["token", "wire", "guess", "none"]),
            st.sampled_from(["dmarc", None]),
        ),
        max_size=6,
    )
)
async def test_no_sequence_of_forged_mails_adds_a_reader_to_a_ticket(
    world: World, forged: list[tuple[str, str, str | None]]
) -> None:
    """Mallory can prove only her own address; she may know what she was never sent, and guess the rest."""
    number = next(_fresh)
    own = f"wei{number}@example.org"
    first = await world.mail("mine", sender=own, wire_id=f"<first-{number}@example.org>")
    before = await participants(world, first.ticket)
    for sender, reference, proven in forged:
        from_wei = sender == WEI
        references = {"wire": (f"<first-{number}@example.org>",), "guess": (f"<on.{'0' * 25}.{'0' * 26}@x>",)}
        await world.mail(
            "let me in",
            sender=own if from_wei else sender,
            references=references.get(reference, ()),
            tokens=("0" * 51,) if reference == "token" else (),
            proven=None if from_wei else proven,
            other_addresses=(Address.mail("mallory@evil.example"), Address.phone("+15550666")),
            reply_to=Address.mail("mallory@evil.example"),
        )
    assert await participants(world, first.ticket) == before
    answer: Message = await world.do(ANNA, reply.reply, first.ticket, reply.Draft(text="Hello"), house=world.house)
    assert str(answer.address) == f"mailto:{own}"


async def participants(world: World, ticket: TicketId) -> set[str]:
    """Who would be let in by a reference: the ticket's strands and what is proven to be its customer's."""
    id = await whose(world, ticket)
    proven = {str(one.address) for one in (await known(world, id)).identities if one.proven}
    strands = await world.desk.ask(IMPORTER, _strands, ticket)
    return proven | strands


_STRANDS = sa.select(conversations.c.address).where(conversations.c.ticket == sa.bindparam("ticket", type_=sa.Text))


async def _strands(read: Any, ticket: TicketId) -> set[str]:
    rows = await read.all(_STRANDS, ticket=ticket)
    return {row[0] for row in rows}


async def _get(read: Any, kind: Any, id: str) -> Any:
    return await read.get(kind, id)
