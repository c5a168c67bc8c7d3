"""What happens to people: profiles, addresses, proofs, merges, relations, holds, erasure; see `acts.py` for how a case is added."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import Any

from crm_core.actions import (
    addresses,
    bringing,
    confiding,
    consents,
    erasing,
    exporting,
    holding,
    joining,
    lifecycle,
    people,
    proving,
    relations,
    retaining,
    tracking,
)
from crm_core.actions.consents import Said
from crm_core.actions.proving import Wanted
from crm_core.actions.tracking import Asked
from crm_core.model.address import Address
from crm_core.model.blob import Blob
from crm_core.model.bringing import Brought, Import, ImportState
from crm_core.model.consent import Wish
from crm_core.model.errors import Refusal
from crm_core.model.ids import AgentId, CustomerId, ErasureId, IdentityId, ProofId, SweepId, fresh
from crm_core.model.privacy import ErasureReason, Export, ExportState
from crm_core.model.proof import Proof, ProofKind
from crm_core.model.relation import RelationKind
from crm_core.model.retention import Due, Kept
from crm_core.model.ticket import Ticket
from crm_core.queries import customer, privacy
from crm_core.rules import proving as rule
from crm_core.rules import sheets
from gateway.workers.archivist import ARCHIVIST
from tests.stories.proof import acts_of_catalogue  # noqa: F401  its cases come first
from tests.stories.proof.stage import ACTS, GATEWAY, OPERATOR, VIEWERS, Stage, act, last, rare
from tests.world import ADA, MAIL, SUE

__all__ = ["ACTS"]


async def _get(read: Any, kind: Any, id: str) -> Any:
    return await read.get(kind, id)


async def _ticket(stage: Stage) -> Ticket:
    """Mostly one whose page somebody has open."""
    ticket: Ticket = await stage.ask(OPERATOR, _get, Ticket, stage.any())
    return ticket


async def _whose(stage: Stage) -> CustomerId:
    return (await _ticket(stage)).customer


async def _watched(stage: Stage) -> CustomerId:
    """One whose page somebody has open for sure."""
    ticket: Ticket = await stage.ask(OPERATOR, _get, Ticket, stage.dice.choice(stage.tickets[:5]))
    return ticket.customer


async def _newcomer(stage: Stage) -> CustomerId:
    added = await stage.do(SUE, people.add_person, people.Profile(name=f"Person {stage.fresh()}"))
    return CustomerId(added.id)


def _address(stage: Stage) -> Address:
    return Address.mail(f"claimed{stage.fresh()}@example.org")


# ---------------------------------------------------------------- profiles and addresses


@act
async def somebody_at_the_counter(stage: Stage, _: AgentId) -> None:
    await _newcomer(stage)


@act
async def profile_changed(stage: Stage, _: AgentId) -> None:
    profile = people.Profile(name=f"Known as {stage.fresh()}", language=stage.dice.choice(["en", "zh"]))
    await stage.do(SUE, people.change_person, await _whose(stage), profile)


@act
async def addresses_claimed(stage: Stage, _: AgentId) -> None:
    """Some more than one, for those who share, move and remove them later."""
    whose = await _watched(stage)
    for _number in range(3):
        claimed = await stage.do(SUE, addresses.claim_address, whose, _address(stage))
        stage.claimed.append((whose, claimed.id))


@act
async def address_shared(stage: Stage, _: AgentId) -> None:
    whose, claimed = await _claimed(stage)
    await stage.do(SUE, addresses.share_address, whose, claimed, shared=True)


@act
async def address_removed(stage: Stage, _: AgentId) -> None:
    whose, claimed = await _claimed(stage)
    await stage.do(SUE, addresses.remove_address, whose, claimed)
    stage.claimed.pop()


@act
async def address_moved(stage: Stage, _: AgentId) -> None:
    whose, claimed = await _claimed(stage)
    await stage.do(SUE, addresses.move_address, whose, claimed, to=await _newcomer(stage))
    stage.claimed.pop()


async def _claimed(stage: Stage) -> tuple[CustomerId, IdentityId]:
    """One that stood there when the screens were last looked at."""
    if not stage.claimed:
        await addresses_claimed(stage, SUE)
        raise Refusal("Look again: now there is one.")
    found: tuple[CustomerId, IdentityId] = stage.claimed[-1]
    return found


# ---------------------------------------------------------------- proofs


async def _asked(stage: Stage, whose: CustomerId, address: Address) -> Proof:
    wanted = Wanted(address, ProofKind.CODE)
    made: Proof = await stage.do(SUE, proving.ask_proof, whose, wanted, house=stage.setup)
    return made


async def _proven(stage: Stage, whose: CustomerId, address: Address) -> None:
    made = await _asked(stage, whose, address)
    code = rule.secret(stage.setup.keys[0], made.id, kind=made.kind)
    await stage.do(SUE, proving.answer_proof, whose, made.id, code, house=stage.setup)


@act
async def proof_asked(stage: Stage, _: AgentId) -> None:
    await _asked(stage, await _whose(stage), _address(stage))


@act
async def proof_answered(stage: Stage, _: AgentId) -> None:
    await _proven(stage, await _whose(stage), _address(stage))


@rare
async def a_wish_is_written_down(stage: Stage, _: AgentId) -> None:
    whose, address = await _whose(stage), _address(stage)
    await stage.do(SUE, addresses.claim_address, whose, address)
    for wish in (Wish.STOP, Wish.START):
        said = Said(address=address, inbox=MAIL, wish=wish, reason="On the telephone.")
        await stage.do(SUE, consents.write_down, whose, said, house=stage.setup)


@rare
async def two_gave_the_same_proof(stage: Stage, _: AgentId) -> None:
    """They are one person by that alone; an agent parts them again."""
    whose, address = await _whose(stage), _address(stage)
    sender = f"twin{stage.fresh()}@example.org"
    twin = (await stage.ask(OPERATOR, _get, Ticket, (await stage.receive("Me.", sender=sender)).ticket)).customer
    await _proven(stage, whose, address)
    await _proven(stage, twin, address)
    await _part(stage, whose)


@rare
async def own_request_followed(stage: Stage, _: AgentId) -> None:
    """A citizen follows their request by its number and a code."""
    sender = f"follower{stage.fresh()}@example.org"
    received = await stage.receive("Where is it?", sender=sender, proven="dmarc")
    proof = fresh(ProofId, at=stage.house.clock())
    asked = Asked(received.number, Address.mail(sender))
    await stage.do(GATEWAY, tracking.ask_to_track, proof, asked, house=stage.setup)
    code = rule.secret(stage.setup.keys[0], proof, kind=ProofKind.CODE)
    digest = f"visit {stage.fresh()}"
    visit = await stage.do(GATEWAY, tracking.open_visit, proof, code, digest=digest, house=stage.setup)
    assert visit is not None, "the right code opens nothing"


# ---------------------------------------------------------------- who is who


async def _part(stage: Stage, whose: CustomerId) -> None:
    known = await stage.ask(SUE, customer.customer, whose)
    for merge, _source, _stays in known.merges:
        await stage.do(SUE, joining.part_people, whose, merge.id)


@act
async def people_merged(stage: Stage, _: AgentId) -> None:
    whose = await _watched(stage)
    merge = await stage.do(SUE, joining.merge_people, await _newcomer(stage), into=whose, why="They said so")
    stage.merges.append((whose, merge.id))


@act
async def people_parted(stage: Stage, _: AgentId) -> None:
    if not stage.merges:
        await people_merged(stage, SUE)
        raise Refusal("Look again: now there are two to part.")
    await stage.do(SUE, joining.part_people, *stage.merges.pop())


@act
async def not_the_same(stage: Stage, _: AgentId) -> None:
    await stage.do(SUE, joining.dismiss, await _whose(stage), other=await _newcomer(stage))


@act
async def related(stage: Stage, _: AgentId) -> None:
    whose = await _watched(stage)
    tie = relations.Tie(kind=RelationKind.HOUSEHOLD, other=await _newcomer(stage), role="sister")
    stage.ties.append((whose, (await stage.do(SUE, relations.relate, whose, tie)).id))


@act
async def related_no_more(stage: Stage, _: AgentId) -> None:
    if not stage.ties:
        await related(stage, SUE)
        raise Refusal("Look again: now they are.")
    await stage.do(SUE, relations.end_relation, *stage.ties.pop())


# ---------------------------------------------------------------- kept and forgotten


@act
async def held_and_free_again(stage: Stage, _: AgentId) -> None:
    whose = await _whose(stage)
    held = await stage.do(SUE, holding.hold, whose, reason="A court asked")
    await stage.do(ADA, holding.lift, whose, held.id)


@rare
async def somebody_forgotten(stage: Stage, _: AgentId) -> None:
    """One whose ticket somebody has open; the bytes are another matter."""
    whose = await _watched(stage)
    made = await stage.do(ADA, erasing.erase, whose, reason=ErasureReason.ASKED)
    while await stage.do(OPERATOR, erasing.erase_some, ErasureId(made.id)):
        pass
    assert await stage.ask(OPERATOR, privacy.running) is None
    await stage.do(OPERATOR, erasing.finish, [made.id])


@rare
async def forgotten_in_a_matter_of_somebody_else(stage: Stage, _: AgentId) -> None:
    """Two matters were one: one person's words stand in the other's."""
    one = await stage.receive("I am one.", sender=f"one{stage.fresh()}@example.org")
    other = await stage.receive("I am the other.", sender=f"other{stage.fresh()}@example.org")
    await stage.do(SUE, lifecycle.merge, one.ticket, into=other.ticket, house=stage.setup)
    whose = (await stage.ask(OPERATOR, _get, Ticket, one.ticket)).customer
    await stage.do(ADA, erasing.erase, whose, reason=ErasureReason.OVER)


@act
async def period_set(stage: Stage, _: AgentId) -> None:
    await stage.do(ADA, retaining.set_period, Kept.WIRES, days=365)


@act
async def what_is_over_is_taken(stage: Stage, _: AgentId) -> None:
    due = Due({Kept.WIRES: stage.house.clock(), Kept.FILES: stage.house.clock()}, {Kept.WIRES: 1, Kept.FILES: 0})
    sweep = await stage.do(ADA, retaining.begin_sweep, due)
    while await stage.do(OPERATOR, retaining.sweep_some, SweepId(sweep.id)):
        pass


@act
async def a_sweep_that_asks_is_declined(stage: Stage, _: AgentId) -> None:
    due = Due({Kept.WIRES: stage.house.clock()}, {Kept.WIRES: 100_000})
    sweep = await stage.do(ARCHIVIST, retaining.begin_sweep, due)
    await stage.do(ADA, retaining.answer_sweep, sweep.id, choice="decline")


@act
async def export_fetched(stage: Stage, _: AgentId) -> None:
    """The house's own archivist writes it."""
    made = await stage.do(SUE, exporting.ask_export, await _newcomer(stage))
    while (await stage.ask(OPERATOR, _get, Export, made.id)).state is ExportState.ASKED:
        await asyncio.sleep(0.02)
    await stage.do(SUE, exporting.fetch_export, made.id)


@act
async def export_dropped(stage: Stage, _: AgentId) -> None:
    made = await stage.do(SUE, exporting.ask_export, await _newcomer(stage))
    await stage.do(ARCHIVIST, exporting.drop_export, made.id)


async def _table(stage: Stage) -> Import:
    content = f"name,email\nRow {stage.fresh()},row{stage.count}@example.org\n".encode()
    blob = Blob(sha256(content).hexdigest(), len(content), content)
    file = bringing.File(blob, "people.csv", sheets.look(content))
    made: Import = await stage.do(ADA, bringing.add_import, file)
    return made


@act
async def table_dropped(stage: Stage, _: AgentId) -> None:
    draft = await _table(stage)
    await stage.do(
        ADA, bringing.map_import, draft.id, kind=Brought.PEOPLE, mapping={"name": 0}, inbox=None, house=stage.setup
    )
    await stage.do(ADA, bringing.drop_import, draft.id)


@last
async def table_brought_in(stage: Stage, _: AgentId) -> None:
    """The house's own importer does it; every screen loads anew."""
    running = await stage.do(ADA, bringing.begin_import, (await _table(stage)).id)
    while (await stage.ask(OPERATOR, _get, Import, running.id)).state is ImportState.RUNNING:
        await asyncio.sleep(0.02)


@rare
async def confide(stage: Stage, who: AgentId) -> None:
    """A matter becomes one for named people; the screens of others lose it."""
    await stage.do(SUE, confiding.confide, stage.any(), readers={stage.dice.choice(VIEWERS)})


@rare
async def disclose(stage: Stage, _: AgentId) -> None:
    """And is one for all who serve its queue again."""
    known = [await stage.ask(OPERATOR, _get, Ticket, id) for id in stage.tickets]
    secret = stage.one_of(ticket for ticket in known if ticket.confidential)
    await stage.do(SUE, confiding.disclose, secret.id)
