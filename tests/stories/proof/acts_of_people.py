"""What happens to people: profiles, addresses, proofs, merges, relations, holds, erasure; see `acts.py` for how a case is added."""

from __future__ import annotations

from typing import Any

from crm_core.actions import addresses, erasing, holding, joining, people, proving, relations, tracking
from crm_core.actions.proving import Wanted
from crm_core.actions.tracking import Asked
from crm_core.model.address import Address
from crm_core.model.ids import AgentId, CustomerId, ErasureId, ProofId, fresh
from crm_core.model.privacy import ErasureReason
from crm_core.model.proof import Proof, ProofKind
from crm_core.model.relation import RelationKind
from crm_core.model.ticket import Ticket
from crm_core.queries import customer, privacy
from crm_core.rules import proving as rule
from tests.stories.proof import acts_of_catalogue  # noqa: F401  its cases come first
from tests.stories.proof.stage import ACTS, GATEWAY, OPERATOR, Stage, act, rare
from tests.world import ADA, SUE

__all__ = ["ACTS"]


async def _get(read: Any, kind: Any, id: str) -> Any:
    return await read.get(kind, id)


async def _ticket(stage: Stage) -> Ticket:
    """Mostly one whose page somebody has open."""
    ticket: Ticket = await stage.ask(OPERATOR, _get, Ticket, stage.any())
    return ticket


async def _whose(stage: Stage) -> CustomerId:
    return (await _ticket(stage)).customer


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
async def address_claimed(stage: Stage, _: AgentId) -> None:
    await stage.do(SUE, addresses.claim_address, await _whose(stage), _address(stage))


@act
async def address_shared(stage: Stage, _: AgentId) -> None:
    whose = await _whose(stage)
    claimed = await stage.do(SUE, addresses.claim_address, whose, _address(stage))
    await stage.do(SUE, addresses.share_address, whose, claimed.id, shared=True)


@act
async def address_removed(stage: Stage, _: AgentId) -> None:
    whose = await _whose(stage)
    claimed = await stage.do(SUE, addresses.claim_address, whose, _address(stage))
    await stage.do(SUE, addresses.remove_address, whose, claimed.id)


@act
async def address_moved(stage: Stage, _: AgentId) -> None:
    whose = await _whose(stage)
    claimed = await stage.do(SUE, addresses.claim_address, whose, _address(stage))
    await stage.do(SUE, addresses.move_address, whose, claimed.id, to=await _newcomer(stage))


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
    await stage.do(SUE, joining.merge_people, await _newcomer(stage), into=await _whose(stage), why="They said so")


@act
async def people_parted(stage: Stage, _: AgentId) -> None:
    whose = await _whose(stage)
    await stage.do(SUE, joining.merge_people, await _newcomer(stage), into=whose)
    await _part(stage, whose)


@act
async def not_the_same(stage: Stage, _: AgentId) -> None:
    await stage.do(SUE, joining.dismiss, await _whose(stage), other=await _newcomer(stage))


@act
async def related(stage: Stage, _: AgentId) -> None:
    tie = relations.Tie(kind=RelationKind.HOUSEHOLD, other=await _newcomer(stage), role="sister")
    await stage.do(SUE, relations.relate, await _whose(stage), tie)


@act
async def related_no_more(stage: Stage, _: AgentId) -> None:
    whose = await _whose(stage)
    tie = relations.Tie(kind=RelationKind.HOUSEHOLD, other=await _newcomer(stage), role="brother")
    made = await stage.do(SUE, relations.relate, whose, tie)
    await stage.do(SUE, relations.end_relation, whose, made.id)


# ---------------------------------------------------------------- kept and forgotten


@act
async def held_and_free_again(stage: Stage, _: AgentId) -> None:
    whose = await _whose(stage)
    held = await stage.do(SUE, holding.hold, whose, reason="A court asked")
    await stage.do(ADA, holding.lift, whose, held.id)


@rare
async def somebody_forgotten(stage: Stage, _: AgentId) -> None:
    """One whose ticket somebody has open; the bytes are another matter."""
    whose = await _whose(stage)
    made = await stage.do(ADA, erasing.erase, whose, reason=ErasureReason.ASKED)
    while await stage.do(OPERATOR, erasing.erase_some, ErasureId(made.id)):
        pass
    assert await stage.ask(OPERATOR, privacy.running) is None
    await stage.do(OPERATOR, erasing.finish, [made.id])
