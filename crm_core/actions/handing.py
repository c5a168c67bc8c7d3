"""The end of a shift: what somebody still holds goes on to others, all of it or nothing (`undoing.py` takes it back)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from crm_core.actions import assign, duty
from crm_core.actions.reply import note
from crm_core.model.agent import Duty
from crm_core.model.errors import BadInput, NotAllowedNow, Problem
from crm_core.model.house import House
from crm_core.model.ids import AgentId, QueueId, TicketId
from crm_core.model.ticket import Ticket
from crm_core.store.tx import Tx

MOST = 200


@dataclass(frozen=True, slots=True)
class Heir:
    """Who goes on with it: a colleague, whoever serves a queue, or (neither) whoever serves the queue it is in."""

    agent: AgentId | None = None
    queue: QueueId | None = None


async def hand_over(
    tx: Tx,
    tickets: Sequence[TicketId],
    *,
    to: Heir,
    house: House,
    words: str = "",
    then: Literal["stay", "offline"] = "stay",
) -> list[Ticket]:
    """All at once; the words stand at each. `then` offline ends the shift in the same breath. Raises Full where it is too much."""
    if not tickets or len(set(tickets)) < len(tickets) or len(tickets) > MOST:
        raise BadInput(Problem("tickets", f"Name one to {MOST} tickets, each once."))
    if to.agent == tx.actor.id:
        raise BadInput(Problem("agent", "Choose a colleague."))
    given = [await _hand(tx, id, to=to, house=house, words=words) for id in tickets]
    if then == "offline":
        await duty.set_duty(tx, to=Duty.OFFLINE)
    return given


async def _hand(tx: Tx, id: TicketId, *, to: Heir, house: House, words: str) -> Ticket:
    ticket = await tx.ticket(id, to="transfer")
    if ticket.assignee != tx.actor.id:
        raise NotAllowedNow(f"{ticket.number} is not yours any more. Look again at what you hold.")
    if words.strip():
        await note(tx, id, words)
    if to.queue is not None and to.queue != ticket.queue:
        return await assign.transfer(tx, id, to=to.queue, house=house)
    return await assign.assign(tx, id, to=to.agent, house=house)
