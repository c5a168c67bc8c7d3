"""What happens in the state proof with visitors who talk to us: they write, are answered, read, leave, and it is wrapped up."""

from __future__ import annotations

from dataclasses import replace

from crm_core.actions import delivery, falling, feedback, inboxes, intake, reply, talks
from crm_core.model.actor import Actor
from crm_core.model.address import Address
from crm_core.model.errors import Refusal
from crm_core.model.event import TicketRenamed
from crm_core.model.feedback import Given
from crm_core.model.house import House
from crm_core.model.ids import AgentId, ConversationId, InboxId, MessageId, TicketId, fresh
from crm_core.model.message import Delivery, Inbound, Message, Receipt
from crm_core.model.ticket import Conversation, Ticket
from crm_core.rules import talks as rule
from crm_core.store.tx import Tx
from gateway.workers.clock import CLOCK
from tests.stories.proof.acts import answer
from tests.stories.proof.acts_of_feedback import asking_house
from tests.stories.proof.stage import SENDER, Stage, act
from tests.world import ADA, PARKING, WINDOW

CHAT, DOOR = InboxId("i-chat"), Actor.inbox(InboxId("i-chat"))
VISITOR = Address("visitor", "0" * 40)


async def _said(stage: Stage, words: str) -> TicketId:
    """A visitor says something; the first one opens the door for all."""
    if CHAT not in stage.setup.inboxes:
        await stage.do(
            ADA, inboxes.add_inbox, channel="chat", name="Chat", queue=PARKING, address=None, settings={}, id=CHAT
        )
        await stage.house.keeper.refresh()
    said = Inbound(
        external_id=f"visitor:{stage.fresh()}",
        sender=VISITOR,
        sender_name="Visitor",
        text=words,
        proven="session",
        other_addresses=(Address.mail("visitor@example.org"),),
    )
    received: intake.Received = await stage.do(
        DOOR,
        intake.receive,
        intake.Contact(said, (), None),
        inbox=stage.setup.inboxes[CHAT],
        house=stage.setup,
        reopen_window=WINDOW,
    )
    stage.tickets.append(received.ticket)
    return received.ticket


async def _answered(stage: Stage, who: AgentId) -> Message:
    ticket = await _said(stage, "Is somebody there?")
    draft = reply.Draft(text="Yes.", channel="chat")
    answer: Message = await stage.do(who, reply.reply, ticket, draft, house=stage.setup)
    return answer


@act
async def a_visitor_reads_the_answer_and_leaves(stage: Stage, who: AgentId) -> None:
    answer = await _answered(stage, who)
    await stage.do(SENDER, delivery.record, answer.id, Receipt(Delivery.SENT), house=stage.setup)
    await stage.do(DOOR, talks.arrived, [answer.id], visitor=VISITOR, far=Delivery.READ)
    await stage.do(DOOR, talks.stay, VISITOR)
    await stage.do(DOOR, talks.leave, VISITOR, house=stage.setup)


@act
async def a_visitor_says_how_it_was(stage: Stage, who: AgentId) -> None:
    answer = await _answered(stage, who)
    await stage.do(SENDER, delivery.record, answer.id, Receipt(Delivery.SENT), house=stage.setup)
    await stage.do(DOOR, talks.leave, VISITOR, house=asking_house(stage))
    await stage.do(DOOR, feedback.rate_in_talk, VISITOR, Given(stage.dice.randint(1, 5)))


@act
async def a_talk_is_ended_by_its_agent(stage: Stage, who: AgentId) -> None:
    """About a ticket that viewers have open."""
    await _said(stage, "Hello?")
    id = stage.one_of(stage.tickets[:5])
    await stage.do(who, _begun, id, visitor=Address("visitor", stage.fresh()))
    await stage.do(who, talks.end, id, house=stage.setup)
    await stage.do(CLOCK, talks.looked_at, await stage.do(CLOCK, Tx.get, Ticket, id), house=stage.setup)


async def _begun(tx: Tx, id: TicketId, *, visitor: Address) -> None:
    """Its citizen talks to us now."""
    ticket = await tx.ticket(id, to="reply")
    if not ticket.status.active:
        raise Refusal("It is over.")
    live = await tx.save(replace(ticket, live=True, version=ticket.version + 1))
    strand = Conversation(fresh(ConversationId, at=tx.now), id, CHAT, visitor, None, ticket.subject, tx.now, tx.now)
    tx.add(rule.spoken(strand, at=tx.now))
    tx.emit(TicketRenamed(ticket=live))


@act
async def a_message_comes_in_parts(stage: Stage, who: AgentId) -> None:
    """As an album does, in a ticket that viewers have open."""
    await answer(stage, who)
    sent = stage.one_of(message for message in stage.messages if message.ticket in stage.tickets[:5])
    album = {"sender": sent.address.value, "wire_id": f"album:{stage.fresh()}", "in_parts": True}
    await stage.receive("Two lamps", references=(sent.wire_id,), **album)
    await stage.receive("Both are dark", **album)


@act
async def an_answer_goes_where_a_visitor_asked(stage: Stage, who: AgentId) -> None:
    answer = await _answered(stage, who)
    await stage.do(SENDER, delivery.record, answer.id, Receipt(Delivery.SENT), house=stage.setup)
    if not await stage.do(CLOCK, _handed_over, answer.id, house=stage.setup):
        raise Refusal("There was no way.")


async def _handed_over(tx: Tx, id: MessageId, *, house: House) -> bool:
    return await falling.hand_over(tx, await tx.get(Message, id), house=house)
