"""A warm transfer: a colleague is asked first, sees the contact, joins, and then takes it over or leaves again.

For any work, live or not. A call's legs follow these events; the record knows nothing of legs.
"""

from dataclasses import replace

import sqlalchemy as sa

from crm_core.actions import carrying, sharing, working
from crm_core.actions.reply import note
from crm_core.model.agent import Agent, Duty
from crm_core.model.consult import Consult, ConsultState
from crm_core.model.errors import BadInput, Gone, NotAllowedNow, NotFound, Problem
from crm_core.model.event import TicketAssigned
from crm_core.model.event_live import ConsultAsked, ConsultEnded, ConsultJoined
from crm_core.model.ids import AgentId, ConsultId, TicketId, fresh
from crm_core.model.ticket import Ticket
from crm_core.model.work import Refused
from crm_core.rules import lifecycle
from crm_core.store.tables import consults
from crm_core.store.tx import Tx

_OPEN = sa.select(consults).where(
    consults.c.ticket == sa.bindparam("ticket", type_=sa.Text),
    consults.c.state.in_([sa.literal_column("'asked'"), sa.literal_column("'joined'")]),
)


async def ask_in(tx: Tx, ticket_id: TicketId, *, to: AgentId, words: str = "") -> Consult:
    """Who has the ticket asks a colleague who is here; they see it from now on. The words stand as a note."""
    ticket = await tx.ticket(ticket_id, to="transfer")
    if ticket.assignee != tx.actor.id:
        raise NotAllowedNow("Take it first: who has it asks somebody in.")
    await _must_be_here(tx, to)
    before = await tx.value(Consult, _OPEN, ticket=ticket.id)
    if before is not None and before.asker == ticket.assignee:
        raise NotAllowedNow("Somebody is asked in already. Let them go first.")
    if before is not None:
        await _let_out(tx, before, ConsultState.ENDED, ticket=ticket)
    if words.strip():
        await note(tx, ticket.id, words, mentions=frozenset({to}))
    else:
        await _show(tx, ticket, to=to)
    consult = Consult(fresh(ConsultId, at=tx.now), ticket.id, ticket.assignee, to, tx.now)
    tx.add(consult)
    tx.emit(ConsultAsked(ticket=await tx.get(Ticket, ticket.id), before=ticket, consult=consult))
    return consult


async def join(tx: Tx, consult_id: ConsultId) -> Consult:
    """The colleague is there. Raises Gone where who asked has let it go meanwhile."""
    consult, ticket = await _one_of_mine(tx, consult_id)
    if consult.asked != tx.actor.id:
        raise NotFound
    if consult.state is ConsultState.JOINED:
        return consult
    joined = await tx.save(replace(consult, state=ConsultState.JOINED, version=consult.version + 1))
    tx.emit(ConsultJoined(ticket=ticket, consult=joined))
    return joined


async def step_out(tx: Tx, consult_id: ConsultId, *, why: Refused = Refused.OTHER) -> Consult:
    """Either of the two ends it; who was asked and did not join yet has declined."""
    consult = await _of_mine(tx, consult_id)
    ticket = await tx.get(Ticket, consult.ticket)
    declines = consult.state is ConsultState.ASKED and consult.asked == tx.actor.id
    if declines:
        consult = replace(consult, refusal=why)
    return await _let_out(tx, consult, ConsultState.DECLINED if declines else ConsultState.ENDED, ticket=ticket)


async def take_over(tx: Tx, consult_id: ConsultId) -> Ticket:
    """Who joined has it from now on: they take it, or who asked hands it to them. Its age and who had it first stay."""
    consult, before = await _one_of_mine(tx, consult_id)
    if consult.state is not ConsultState.JOINED:
        raise NotAllowedNow("They have not joined yet. Without asking first, transfer it to them.")
    agent = await carrying.locked(tx, consult.asked)
    wanted = await working.open_work(tx, before)
    if wanted is not None and wanted.agent != agent.id:
        await carrying.must_have_room(tx, agent, wanted, else_say="That would be more than they can carry at once.")
    ticket = await tx.save(lifecycle.assign(before, to=consult.asked, at=tx.now))
    tx.emit(TicketAssigned(ticket=ticket, before=before, was_with=before.assignee))
    await working.hand_work(tx, ticket, to=consult.asked)
    await _let_out(tx, consult, ConsultState.TAKEN, ticket=ticket)
    return ticket


async def _must_be_here(tx: Tx, to: AgentId) -> Agent:
    agent = await tx.find(Agent, to)
    if agent is None or not agent.active or to == tx.actor.id:
        raise BadInput(Problem("agent", "Choose a colleague."))
    if agent.duty is Duty.OFFLINE:
        raise NotAllowedNow("They are not here now. Choose somebody who is, or transfer it with a note.")
    return agent


async def _show(tx: Tx, before: Ticket, *, to: AgentId) -> None:
    if to not in before.readers:
        ticket = await tx.save(lifecycle.on_note(before, at=tx.now, mentions=frozenset({to})))
        sharing.shown(tx, ticket, before=before)


async def _let_out(tx: Tx, consult: Consult, state: ConsultState, *, ticket: Ticket) -> Consult:
    over = await tx.save(replace(consult, state=state, version=consult.version + 1))
    tx.emit(ConsultEnded(ticket=ticket, consult=over))
    return over


async def _of_mine(tx: Tx, consult_id: ConsultId) -> Consult:
    """A consult of whoever asks. Raises NotFound for somebody else's, Gone for one that is over."""
    await tx.permit(to="offer")
    consult = await tx.find(Consult, consult_id)
    if consult is None or tx.actor.id not in (consult.asker, consult.asked):
        raise NotFound
    if not consult.state.open:
        raise Gone("This is over.")
    return consult


async def _one_of_mine(tx: Tx, consult_id: ConsultId) -> tuple[Consult, Ticket]:
    """One that still stands: who asked has the ticket yet."""
    consult = await _of_mine(tx, consult_id)
    ticket = await tx.ticket(consult.ticket, to="take")
    if ticket.assignee != consult.asker or not ticket.status.active:
        raise Gone("Who asked you does not have it any more.")
    return consult, ticket
