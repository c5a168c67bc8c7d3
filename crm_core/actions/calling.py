"""What members of staff ask of calls: hold, transfer, listen, hang up, call somebody.

Each is one commit: the call as it is then, and commands that a worker carries out in its
own lane. What the provider says of it later moves the call on.
"""

from dataclasses import replace

import sqlalchemy as sa

from crm_core.actions import assign, lines, working
from crm_core.model.call import (
    RECORD,
    Call,
    CallDirection,
    CallEnding,
    CallState,
    Leg,
    Mode,
    Part,
    Phone,
    Wish,
)
from crm_core.model.errors import BadInput, NotAllowedNow, NotFound, Problem
from crm_core.model.event import MessageQueued, TicketAssigned
from crm_core.model.event_calls import PhoneChanged
from crm_core.model.house import House
from crm_core.model.ids import AgentId, CallId, InboxId, MessageId, TicketId, fresh
from crm_core.model.message import Delivery, Direction, Message
from crm_core.model.ticket import Ticket
from crm_core.model.work import WorkState
from crm_core.rules import calendar, calls, lifecycle
from crm_core.rules.calls import Step
from crm_core.store.tables import conversations
from crm_core.store.tx import Tx

SIMPLE = ("hold", "resume", "mute", "unmute", "record", "pause-recording", "return", "conference")
LISTENING = {"listen": Mode.LISTEN, "whisper": Mode.WHISPER, "join": Mode.JOIN}

_NUMBERS = sa.select(conversations.c.address).where(
    conversations.c.ticket == sa.bindparam("ticket", type_=sa.Text), conversations.c.address.like("tel:%")
)


async def ask_of_call(tx: Tx, call_id: CallId, wish: Wish, *, house: House) -> Call:
    """Whoever talks asks something of their call. Raises NotFound for somebody else's, NotAllowedNow, BadInput."""
    call, me = await _mine(tx, call_id)
    if wish.verb in SIMPLE:
        return await lines.keep_call(tx, call, _simple(call, wish.verb, by=me, tx=tx))
    match wish.verb:
        case "consult":
            return await lines.keep_call(tx, call, calls.consulted(call, await _whom(tx, wish, by=me)))
        case "complete-transfer":
            return await lines.hand_on(tx, call)
        case "transfer":
            return await _transfer(tx, call, wish, by=me, house=house)
        case "hang-up":
            return await lines.hang_up(tx, call, ending=CallEnding.AGENT, house=house)
        case "wrap-up":
            return await _wrapped_up(tx, call)
    raise BadInput(Problem("verb", "There is nothing of this name."))


async def overhear(tx: Tx, call_id: CallId, verb: str) -> Call:
    """A supervisor listens, whispers, joins or leaves. Raises NotFound, NotAllowedNow."""
    await tx.permit(to="listen")
    call = await tx.get(Call, call_id)
    me = await _seeing(tx, call, to="listen")
    if verb == "leave":
        return await lines.keep_call(tx, call, calls.left(call, by=me, at=tx.now))
    mode = LISTENING[verb]
    known = call.leg_of(me) is not None
    leg = None if known else await lines.line_to(tx, me, part=Part.SUPERVISOR, mode=mode)
    return await lines.keep_call(tx, call, calls.overheard(call, leg, by=me, mode=mode))


async def start_call(tx: Tx, ticket_id: TicketId, *, number: str | None, house: House) -> Call:
    """Call somebody in a matter: my phone rings first, then theirs. Raises BadInput where there is no number."""
    asking = await tx.permit(to="call")
    ticket = await tx.ticket(ticket_id, to="reply")
    if asking is None:
        raise NotFound
    if await lines.live_of(tx, agent=asking.id):
        raise NotAllowedNow("You are on a call already.")
    to, inbox = number or await _number_of(tx, ticket), _line_out(house)
    if to is None:
        raise BadInput(Problem("number", "No number is known here. Say which one to call."))
    if ticket.assignee is None:
        before, ticket = ticket, await tx.save(lifecycle.assign(ticket, to=asking.id, at=tx.now))
        tx.emit(TicketAssigned(ticket=ticket, before=before, was_with=None))
    if await working.open_work(tx, ticket) is None:
        working.queue_work(tx, ticket, house=house)
    await working.hand_work(tx, ticket, to=asking.id)
    mine = await lines.line_to(tx, asking.id, part=Part.AGENT)
    call = Call(
        id=fresh(CallId, at=tx.now),
        inbox=inbox,
        direction=CallDirection.OUT,
        state=CallState.CONNECTING,
        arrived_at=tx.now,
        ticket=ticket.id,
        number=to,
        language=ticket.language,
        agent=asking.id,
        legs=(mine,),
    )
    call = replace(call, message=await _recorded(tx, ticket, call, by=asking.name, house=house))
    return await lines.begin_call(tx, call, ring=mine)


async def set_phone(tx: Tx, *, number: str | None) -> Phone | None:
    """Calls ring on my own telephone from now on, or in the browser (None)."""
    asking = await tx.permit(to="call")
    if asking is None:
        raise NotFound
    known = await tx.find(Phone, asking.id)
    told = await _keep_phone(tx, known, agent=asking.id, number=number)
    tx.emit(PhoneChanged(agent=asking.id))
    return told


async def _keep_phone(tx: Tx, known: Phone | None, *, agent: AgentId, number: str | None) -> Phone | None:
    """Where somebody takes calls; None: in the browser. Whoever calls this says so."""
    if number is None:
        if known is not None:
            await tx.save(replace(known, number="", version=known.version + 1))
        return None
    if known is None:
        phone = Phone(agent, number)
        tx.add(phone)
        return phone
    return await tx.save(replace(known, number=number, version=known.version + 1))


def _simple(call: Call, verb: str, *, by: AgentId, tx: Tx) -> Step:
    match verb:
        case "hold" | "resume":
            return calls.held(call, held=verb == "hold")
        case "mute" | "unmute":
            return calls.muted(call, by=by, muted=verb == "mute")
        case "record" | "pause-recording":
            return calls.taped(call, on=verb == "record", at=tx.now)
        case "return":
            return calls.returned(call, at=tx.now)
        case _:
            return calls.conferred(call)


async def _transfer(tx: Tx, call: Call, wish: Wish, *, by: AgentId, house: House) -> Call:
    """Cold: the work goes, and the lines follow it. Raises NotAllowedNow towards a queue that is closed (I16)."""
    if call.ticket is None or call.state is not CallState.TALKING or call.direction is CallDirection.OUT:
        raise NotAllowedNow("Only a caller who is on the line with you can be passed on.")
    if wish.queue is not None:
        queue = house.queues.get(wish.queue)
        if queue is not None and not calendar.is_open(tx.now, calendar=house.calendars[queue.calendar]):
            raise NotAllowedNow("That queue is closed now. Nobody would answer there.")
        await assign.transfer(tx, call.ticket, to=wish.queue, house=house)
    elif wish.agent is not None and wish.agent != by:
        await assign.assign(tx, call.ticket, to=wish.agent, house=house)
    elif wish.number is not None:
        return await lines.keep_call(tx, call, calls.passed_on(call, lines.line(tx, wish.number, part=Part.CONSULTED)))
    else:
        raise BadInput(Problem("agent", "Say to which agent, queue or number."))
    return await lines.follow_work(tx, call)


async def _wrapped_up(tx: Tx, call: Call) -> Call:
    """What belonged to the call is done. Raises NotAllowedNow while somebody talks."""
    if call.state is not CallState.WRAPPING:
        raise NotAllowedNow("This call is not over yet, or is done already.")
    ticket = await tx.get(Ticket, TicketId(call.ticket or ""))
    found = await working.open_work(tx, ticket)
    if found is not None and found.state is WorkState.WRAPPING:
        await working.finish_work(tx, ticket)
    return await lines.keep_call(tx, call, Step(replace(call, state=CallState.ENDED)))


async def _mine(tx: Tx, id: CallId) -> tuple[Call, AgentId]:
    """A call on which whoever asks takes part. Raises NotFound for any other."""
    asking = await tx.permit(to="call")
    call = await tx.find(Call, id)
    if call is None or asking is None or asking.id not in call.parties:
        raise NotFound
    leg = call.leg_of(asking.id)
    if leg is not None and leg.part is not Part.AGENT:
        raise NotAllowedNow("You take part in this call, but it is not yours.")
    return call, asking.id


async def _seeing(tx: Tx, call: Call, *, to: str) -> AgentId:
    """Whoever asks, if they may see the call's ticket. Raises NotFound."""
    if call.ticket is None:
        raise NotFound
    await tx.ticket(call.ticket, to=to)
    standing = await tx.standing()
    assert standing.agent is not None
    return standing.agent.id


async def _whom(tx: Tx, wish: Wish, *, by: AgentId) -> Leg:
    if wish.agent is not None and wish.agent != by:
        return await lines.line_to(tx, wish.agent, part=Part.CONSULTED)
    if wish.number is not None:
        return lines.line(tx, wish.number, part=Part.CONSULTED)
    raise BadInput(Problem("agent", "Say which colleague, or which number."))


async def _number_of(tx: Tx, ticket: Ticket) -> str | None:
    found = await tx.all(_NUMBERS, ticket=ticket.id)
    return str(found[0][0]).removeprefix("tel:") if found else None


def _line_out(house: House) -> InboxId:
    """The first inbox that calls people. Raises NotAllowedNow where there is none."""
    able = (one for one in house.inboxes.values() if one.active and house.can[one.channel].calls)
    found = min(able, key=lambda one: (one.created_at, one.id), default=None)
    if found is None:
        raise NotAllowedNow("No line to call from is set up here.")
    return found.id


async def _recorded(tx: Tx, ticket: Ticket, call: Call, *, by: str, house: House) -> MessageId:
    """The call's record in the timeline."""
    message = Message(
        id=fresh(MessageId, at=tx.now),
        ticket=ticket.id,
        conversation=None,
        direction=Direction.OUT,
        channel=house.inboxes[call.inbox].channel,
        sender=by,
        text="",
        created_at=tx.now,
        at_version=ticket.version,
        author=call.agent,
        inbox=call.inbox,
        flags=(RECORD,),
        delivery=Delivery.SENT,
    )
    tx.add(message)
    tx.emit(MessageQueued(ticket=ticket, message=message))
    return message.id
