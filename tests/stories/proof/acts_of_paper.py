"""What happens in the state proof on paper: somebody stands at a counter, a letter comes, its answer is printed and posted."""

from __future__ import annotations

from typing import Any

from crm_core.actions import delivery, inboxes, naming, posting, registering, reply
from crm_core.actions.intake import Contact
from crm_core.actions.naming import Whose
from crm_core.actions.people import Profile
from crm_core.actions.registering import Entry
from crm_core.model.address import Address
from crm_core.model.errors import Refusal
from crm_core.model.ids import AgentId, InboxId, TicketId
from crm_core.model.message import Delivery, Inbound, Message, Receipt
from crm_core.queries import ticket as tickets
from tests.stories.proof.stage import SENDER, Stage, act, rare
from tests.world import ADA, PARKING, SUE


async def _door(stage: Stage, channel: str) -> InboxId:
    """The inbox of this channel; the first time it is made."""
    for inbox in stage.setup.inboxes.values():
        if inbox.channel == channel:
            return inbox.id
    given: dict[str, Any] = {"name": channel, "queue": PARKING, "address": None, "settings": {}}
    made = await stage.do(ADA, inboxes.add_inbox, channel=channel, **given)
    await stage.house.keeper.refresh()
    id: InboxId = made.id
    return id


async def _entered(stage: Stage, who: AgentId, *, channel: str, addresses: tuple[Address, ...] = ()) -> TicketId:
    door = await _door(stage, channel)
    id = f"entry:{stage.fresh()}"
    said = Inbound(id, Address("visit", id), "", f"About {id}")
    entry = Entry(profile=Profile(name=f"Visitor {stage.count}"), addresses=addresses)
    received = await stage.do(who, registering.register, Contact(said, (), None), entry, inbox=door, house=stage.setup)
    ticket: TicketId = received.ticket
    stage.tickets.append(ticket)
    return ticket


@act
async def somebody_stands_at_a_counter(stage: Stage, who: AgentId) -> None:
    await _entered(stage, who, channel="counter")


@act
async def a_scan_comes_and_somebody_reads_whose_it_is(stage: Stage, who: AgentId) -> None:
    scan = Address("scan", stage.fresh())
    ticket = (await stage.receive("A scan.", sender=scan, sender_name="")).ticket
    home = Address("post", f"{stage.fresh()} Elm Row\nLarkhaven")
    known = (await stage.receive("Words", sender=f"reads{stage.fresh()}@example.org")).ticket
    whose = await stage.ask(SUE, tickets.whole, stage.dice.choice([known, ticket]))
    new = Whose(profile=Profile(name="Ada Lind"), addresses=(home,))
    said = new if whose.ticket.id == ticket else Whose(customer=whose.ticket.customer, addresses=(home,))
    await stage.do(who, naming.say_whose, ticket, said, house=stage.setup)


@rare
async def a_letter_comes_and_its_answer_is_posted(stage: Stage, _: AgentId) -> None:
    home = Address("post", f"{stage.fresh()} Elm Row\nLarkhaven")
    ticket = await _entered(stage, SUE, channel="letter", addresses=(home,))
    sent: Message = await stage.do(SUE, reply.reply, ticket, reply.Draft(text="By post."), house=stage.setup)
    if sent.channel != "letter":
        raise Refusal("Another way was nearer.")
    await stage.do(SENDER, delivery.record, sent.id, Receipt(Delivery.TO_PRINT), house=stage.setup)
    for step in (posting.print_letters, posting.spoil_letters, posting.print_letters, posting.post_letters):
        await stage.do(SUE, step, (sent.id,))
