"""What the phone tells: somebody calls, waits, is put through, hangs up; and what they hear next.

News may come twice, late or in another order: each is judged by where the call stands, and
what it has heard before changes nothing.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from crm_core.actions import callbacks, carrying, duty, exits, intake, lines, taping
from crm_core.model.agent import NO_ANSWER
from crm_core.model.call import (
    UNHEARD_OF,
    Call,
    CallDirection,
    CallEnding,
    CallNews,
    CallState,
    CommandKind,
    Hears,
    Leg,
    LegState,
    Mode,
    NewsKind,
    Next,
    Part,
    PhoneManners,
    Recording,
    Taping,
)
from crm_core.model.house import House
from crm_core.model.ids import AgentId, CallId, fresh
from crm_core.model.inbox import Inbox
from crm_core.model.ticket import Conversation, Ticket
from crm_core.rules import calendar, callers, calls, lifecycle, recording
from crm_core.rules.calls import Step
from crm_core.rules.sla import Promise
from crm_core.store.tables import calls as call_table
from crm_core.store.tables import conversations
from crm_core.store.tx import Tx

_text = sa.Text
_BY_SID = sa.select(call_table).where(
    call_table.c.sid == sa.bindparam("sid", type_=_text), call_table.c.inbox == sa.bindparam("inbox", type_=_text)
)
_STRAND = sa.select(conversations).where(
    conversations.c.ticket == sa.bindparam("ticket", type_=_text), conversations.c.live_until.is_not(None)
)
RANG_OUT = "no-answer"
"""How the phone says that a line rang and nobody answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ear:
    """With what the news of one inbox is heard."""

    inbox: Inbox
    house: House
    manners: PhoneManners
    window: timedelta
    contact: intake.Contact | None = None

    def is_open(self, at: datetime) -> bool:
        """Whether somebody is to be there then, by the hours of the inbox's queue."""
        queue = self.house.queues.get(self.inbox.queue)
        return queue is None or calendar.is_open(at, calendar=self.house.calendars[queue.calendar])


async def hear_call(tx: Tx, news: CallNews, *, ear: Ear) -> Next:
    """What the phone told is written down; what the caller hears next."""
    await tx.permit(to="phone")
    call = await _named(tx, news, ear=ear)
    if news.kind is NewsKind.ARRIVED:
        return await _arrived(tx, call, news, ear=ear)
    if call is None and news.kind is NewsKind.CALLER_GONE and news.call is None and news.sid:
        return await _gone_before_heard(tx, news, ear=ear)
    if call is None:
        return Next(hears=Hears.SORRY if news.kind in _ANSWERED else Hears.NOTHING)
    act = _BY_KIND[news.kind]
    return await act(tx, call, news, ear)


async def _named(tx: Tx, news: CallNews, *, ear: Ear) -> Call | None:
    found = await tx.find(Call, news.call) if news.call is not None else None
    if found is not None:
        return found if found.inbox == ear.inbox.id else None
    return await tx.value(Call, _BY_SID, sid=news.sid, inbox=ear.inbox.id) if news.sid else None


async def _arrived(tx: Tx, known: Call | None, news: CallNews, *, ear: Ear) -> Next:
    if known is not None and known.over:
        return _said(known, Hears.GOODBYE)
    if known is not None:
        return _said(known, Hears.GREETING if known.state is CallState.ARRIVED else Hears.LINE)
    blocked = news.number is not None and any(one.value == f"tel:{news.number}" for one in ear.house.blocks)
    exit = (
        Hears.REFUSED
        if blocked
        else await exits.exit_now(tx, ear.inbox.id, is_open=ear.is_open(tx.now), full=ear.manners.full)
    )
    leaves = exit in _EXITS and ear.manners.voicemail
    call = _calls(
        tx,
        news,
        ear=ear,
        state=CallState.ARRIVED if exit is None else CallState.LEAVING if leaves else CallState.ENDED,
        ending=_EXITS.get(exit) if exit is not None else None,
        ended_at=None if exit is None or leaves else tx.now,
        consent=recording.TOLD[ear.manners.recording] if exit is None else None,
        consent_at=tx.now if exit is None and ear.manners.recording is not Recording.OFF else None,
    )
    await lines.begin_call(tx, call)
    return _said(call, exit or Hears.GREETING)


async def _gone_before_heard(tx: Tx, news: CallNews, *, ear: Ear) -> Next:
    """They hung up, and that overtook the news that they call: counted as given up, so that the late news meets a call that is over."""
    call = _calls(tx, news, ear=ear, state=CallState.ENDED, ending=CallEnding.ABANDONED, ended_at=tx.now, short=True)
    gone = replace(call.legs[0], state=LegState.GONE, left_at=tx.now)
    await lines.begin_call(tx, replace(call, legs=(gone,)))
    return Next(hears=Hears.NOTHING)


def _calls(tx: Tx, news: CallNews, *, ear: Ear, state: CallState, **more: Any) -> Call:
    """Somebody calls us: not there before."""
    caller = replace(lines.line(tx, news.number, part=Part.CALLER), sid=news.sid)
    return Call(
        id=fresh(CallId, at=tx.now),
        inbox=ear.inbox.id,
        direction=CallDirection.IN,
        state=state,
        arrived_at=tx.now,
        sid=news.sid,
        number=news.number,
        language=news.language,
        legs=(caller,),
        **more,
    )


async def _waits(tx: Tx, call: Call, news: CallNews, ear: Ear) -> Next:
    """They stand in line: from the first time on they have a ticket and are somebody's work."""
    if call.over or call.state is CallState.WRAPPING:
        return _said(call, Hears.SORRY if call.ending is CallEnding.ERROR else Hears.GOODBYE)
    if call.state is CallState.ARRIVED:
        entered = await _entered(tx, call, news, ear=ear)
        return _said(entered, Hears.LINE)
    if call.state is CallState.TALKING:
        return _said(call, Hears.TALK)
    if call.state is CallState.LEAVING:
        return _said(call, Hears.MESSAGE)
    if call.state is CallState.WAITING and not await exits.somebody(tx):
        gone_home = await _leaves(tx, call, ending=CallEnding.NOBODY, ear=ear)
        return _said(gone_home, Hears.MESSAGE)
    return _said(call, Hears.LINE)


async def _entered(tx: Tx, call: Call, news: CallNews, *, ear: Ear, later: bool = False) -> Call:
    """One ticket in one customer history; who withholds their number is nobody, and each time another nobody."""
    language = news.language or call.language or "en"
    inbound = callers.contact_of(call, language=language, said=news.text, later=later)
    made = intake.Contact(inbound, (), None)
    if ear.contact is not None:
        made = replace(ear.contact, inbound=replace(inbound, files=ear.contact.inbound.files))
    received = await intake.file_contact(tx, made, inbox=ear.inbox, house=ear.house, reopen_window=ear.window)
    for strand in await tx.values(Conversation, _STRAND, ticket=received.ticket):
        await tx.save(
            replace(strand, live_until=None)
        )  # a call is over when somebody hangs up, however long they say nothing
    waits = replace(
        call,
        ticket=received.ticket,
        message=received.message,
        language=language,
        state=call.state if later else CallState.WAITING,
        waiting_since=call.waiting_since if later else tx.now,
    )
    entered = await lines.keep_call(tx, call, Step(waits))
    if not later:
        await callbacks.called_again(tx, entered, house=ear.house)
    return entered


async def _consents(tx: Tx, call: Call, news: CallNews, ear: Ear) -> Next:
    """Asked whether the call may be recorded, they pressed a key; the call goes on at once, whatever they said."""
    said = recording.answered(call, pressed=news.pressed, at=tx.now)
    return await _waits(tx, await lines.keep_call(tx, call, Step(said)), news, ear)


async def _pressed(tx: Tx, call: Call, news: CallNews, ear: Ear) -> Next:
    """While they wait: 1 keeps their place and they are called, 2 leaves a message."""
    if call.state is not CallState.WAITING:
        return await _waits(tx, call, news, ear)
    if news.pressed == "1" and call.number is not None:
        promised = await lines.keep_call(tx, call, Step(replace(call, state=CallState.PROMISED)))
        return _said(promised, Hears.PROMISED)
    if news.pressed == "2" and ear.manners.voicemail:
        return _said(await _leaves(tx, call, ear=ear), Hears.MESSAGE)
    return _said(call, Hears.LINE)


async def _leaves(tx: Tx, call: Call, *, ear: Ear, ending: CallEnding | None = None) -> Call:
    """They are to speak after the tone: whoever is free is not asked to come to them, but to call them back."""
    await lines.wait_no_more(tx, call, house=ear.house)
    return await lines.keep_call(tx, call, Step(replace(call, state=CallState.LEAVING, ending=ending)))


async def _joins(tx: Tx, call: Call, _news: CallNews, ear: Ear) -> Next:
    """The caller comes to where the agent is; if that one is gone meanwhile, they wait on."""
    if call.state is CallState.TALKING:
        return _said(call, Hears.TALK)
    mine = call.leg(Part.AGENT)
    if call.state is CallState.CONNECTING and mine is not None and mine.state is LegState.IN:
        put_through = Step(calls.arrived_in_talk(call, at=tx.now))
        return _said(await _bridged(tx, call, put_through, ear=ear), Hears.TALK)
    return _said(call, Hears.GOODBYE if call.over else Hears.LINE)


async def _bridged(tx: Tx, call: Call, step: Step, *, ear: Ear) -> Call:
    """Put through: their waiting is over, and answered by whoever has the call."""
    if call.ticket is not None and call.bridged_at is None and step.call.bridged_at is not None:
        before = await tx.get(Ticket, call.ticket)
        promise = Promise(*ear.house.promise(ear.house.services[before.service]))
        await tx.save(lifecycle.on_reply(before, at=tx.now, snippet=before.snippet, promise=promise))
    taped = step
    begins = recording.begins(call, recording=ear.manners.recording)
    if begins and call.bridged_at is None and step.call.bridged_at is not None:
        on = replace(step.call, recording=Taping.ON)
        taped = replace(step, call=on, orders=(*step.orders, (CommandKind.RECORD, None)))
    return await lines.keep_call(tx, call, taped)


async def _left_line(tx: Tx, call: Call, news: CallNews, ear: Ear) -> Next:
    """They are out of the provider's line: put through, gone, or it would not have them."""
    if news.why == "hangup" and call.state in calls.BEFORE_TALK:
        return await _caller_gone(tx, call, news, ear)
    if news.why in ("queue-full", "error", "system-error") and not call.over:
        leaving = await lines.keep_call(tx, call, Step(replace(call, state=CallState.LEAVING)))
        return _said(leaving, Hears.FULL if news.why == "queue-full" else Hears.MESSAGE)
    if call.state is CallState.PROMISED:
        return _said(call, Hears.PROMISED)
    if call.state is CallState.LEAVING:
        return _said(call, Hears.NOBODY if call.ending is CallEnding.NOBODY else Hears.MESSAGE)
    return _said(call, Hears.NOTHING)


async def _answered(tx: Tx, call: Call, news: CallNews, _ear: Ear) -> Next:
    """Whom we call has picked up: they hear what they are told first, and nobody hears them yet."""
    leg = _leg(call, news)
    if leg is None or leg.state is LegState.GONE or call.over:
        return _said(call, Hears.GOODBYE)
    if leg.state is LegState.IN:
        return _said(call, Hears.TALK)
    named = tuple(replace(one, sid=one.sid or news.sid or None) if one.id == leg.id else one for one in call.legs)
    return _said(await lines.keep_call(tx, call, Step(replace(call, legs=named))), Hears.TOLD_FIRST)


async def _told(tx: Tx, call: Call, news: CallNews, ear: Ear) -> Next:
    """They have heard it all: only now are they put through, and only then is anything recorded."""
    leg = _leg(call, news)
    if leg is not None and leg.state is LegState.DIALLING and call.state is CallState.DIALLING:
        await _leg_in(tx, await lines.keep_call(tx, call, Step(recording.told(call, at=tx.now))), news, ear)
        call = await tx.get(Call, call.id)
    return _said(call, Hears.TALK if call.state in calls.GOING_ON else Hears.GOODBYE)


async def _leg_in(tx: Tx, call: Call, news: CallNews, ear: Ear) -> Next:
    leg = _leg(call, news)
    if leg is not None:
        step = calls.leg_in(call, leg, at=tx.now, caller=lambda: _whom_we_call(tx, call, ear=ear))
        known = await _bridged(tx, call, step, ear=ear)
        if leg.mode is Mode.PASSED_ON and known.state is CallState.TALKING and known != call:
            await lines.hand_on(tx, known)
    return Next(hears=Hears.NOTHING)


def _whom_we_call(tx: Tx, call: Call, *, ear: Ear) -> Leg:
    first = recording.told_first(call, recording=ear.manners.recording)
    return replace(lines.line(tx, call.number, part=Part.CALLER), mode=Mode.TOLD_FIRST if first else None)


async def _leg_out(tx: Tx, call: Call, news: CallNews, ear: Ear) -> Next:
    """A line is out; but of one that is still to be rung, or that has a name since, it was asked too early."""
    leg = _leg(call, news)
    if news.why == UNHEARD_OF and leg is not None and (leg.sid is not None or await lines.is_to_be_rung(tx, leg)):
        return Next(hears=Hears.NOTHING)
    return await leg_went(tx, call, news, ear)


async def leg_went(tx: Tx, call: Call, news: CallNews, ear: Ear) -> Next:
    leg = _leg(call, news)
    if leg is None or leg.state is LegState.GONE or call.over:
        return Next(hears=Hears.NOTHING)
    if leg.part is Part.CALLER:
        return await _caller_gone(tx, call, news, ear)
    if leg.part is Part.CONSULTED and calls.is_outside(call):
        await lines.hang_up(tx, call, ending=CallEnding.AGENT, house=ear.house)  # never silence
        return Next(hears=Hears.NOTHING)
    if leg.part is Part.AGENT and leg.number is not None and call.state is CallState.TALKING:
        await lines.hang_up(tx, call, ending=CallEnding.AGENT, house=ear.house)  # they put down a telephone
        return Next(hears=Hears.NOTHING)
    again = await lines.line_to(tx, leg.agent, part=Part.AGENT) if leg.agent is not None else leg

    def ring(_agent: AgentId) -> Leg:
        return again

    step = calls.leg_out(call, leg, why=news.why or "gone", at=tx.now, ring=ring)
    if step.returns and call.ticket is not None:
        await lines.give_back(tx, await tx.get(Ticket, call.ticket), reached=call.bridged_at is not None)
        if leg.agent is not None and news.why == RANG_OUT:
            await duty.stand_down(tx, await carrying.locked(tx, leg.agent), reason=NO_ANSWER)
    if step.call.over and call.ticket is not None:
        await lines.call_over(tx, replace(call, trouble=news.why), ending=CallEnding.UNREACHABLE, house=ear.house)
        return Next(hears=Hears.NOTHING)
    await lines.keep_call(tx, call, step)
    return Next(hears=Hears.NOTHING)


async def _caller_gone(tx: Tx, call: Call, news: CallNews, ear: Ear) -> Next:
    """They hung up, or never answered; whom a callback promises a call may hang up as they like."""
    if call.over or call.state in (CallState.WRAPPING, CallState.PROMISED):
        caller = call.leg(Part.CALLER)
        if call.state is CallState.PROMISED and caller is not None:
            gone = replace(caller, state=LegState.GONE, left_at=tx.now, why="promised")
            legs = tuple(gone if leg.id == caller.id else leg for leg in call.legs)
            await lines.keep_call(tx, call, Step(replace(call, legs=legs)))
        return Next(hears=Hears.NOTHING)
    if call.state is CallState.DIALLING and call.direction is CallDirection.IN:
        await callbacks.not_reached(tx, call, why=news.why, manners=ear.manners)
    elif call.state is CallState.LEAVING and (call.message is not None or call.ending is not None):
        ending = CallEnding.VOICEMAIL if call.tape else call.ending or CallEnding.ABANDONED
        await lines.call_over(tx, call, ending=ending, house=ear.house)
    else:
        await lines.call_over(tx, call, ending=calls.ENDINGS[call.state], house=ear.house)
    return Next(hears=Hears.NOTHING)


async def _speaks(tx: Tx, call: Call, _news: CallNews, _ear: Ear) -> Next:
    """They asked to leave a message, or nothing else is left."""
    if call.over:
        return _said(call, Hears.GOODBYE)
    leaving = await lines.keep_call(tx, call, Step(replace(call, state=CallState.LEAVING)))
    return _said(leaving, Hears.MESSAGE)


async def _recorded(tx: Tx, call: Call, news: CallNews, ear: Ear) -> Next:
    """A message was left, or a talk was recorded: its file stands in the ticket."""
    left = call.state is CallState.LEAVING or call.bridged_at is None
    missing = ear.contact is None
    if call.tape == news.recording and (missing or call.recording is not Taping.COMING):
        return _said(call, Hears.GOODBYE)
    if call.ticket is None:
        call = await _entered(tx, call, news, ear=ear, later=True)
    elif ear.contact is not None:
        await taping.add_tape(tx, call, ear.contact)
    orders = ((CommandKind.FETCH, None),) if missing else ()
    kept = replace(call, tape=news.recording)
    if missing or call.recording is Taping.COMING:
        kept = replace(kept, recording=Taping.COMING if missing else Taping.OFF)
    if left and call.ending in (CallEnding.ABANDONED, CallEnding.ERROR):  # told before what they had left
        kept = replace(kept, ending=CallEnding.VOICEMAIL, short=False)
    if left and not call.over:
        call = await lines.keep_call(tx, call, Step(kept, orders))
        call = await lines.call_over(tx, call, ending=CallEnding.VOICEMAIL, house=ear.house)
    else:
        call = await lines.keep_call(tx, call, Step(kept, orders))
    return _said(call, Hears.GOODBYE)


async def _transcribed(tx: Tx, call: Call, news: CallNews, _ear: Ear) -> Next:
    if news.text:
        await taping.write_transcript(tx, call, news.text)
    return Next(hears=Hears.NOTHING)


async def _fault(tx: Tx, call: Call, news: CallNews, ear: Ear) -> Next:
    """One of our own answers did not come in time, and the provider asks once more: never silence (I15)."""
    call = await lines.keep_call(tx, call, Step(recording.unheard(call)))
    if call.ticket is None:
        return _said(call, Hears.LINE)
    said = await _waits(tx, call, news, ear)
    return replace(said, hears=Hears.WAITING) if said.hears is Hears.LINE else said


def _leg(call: Call, news: CallNews) -> Leg | None:
    return next((leg for leg in call.legs if leg.id == news.leg), None)


def _said(call: Call, hears: Hears) -> Next:
    caller = call.leg(Part.CALLER)
    return Next(
        hears=hears,
        call=call.id,
        leg=None if caller is None else caller.id,
        language=call.language,
        recording=recording.still_to_say(call),
    )


_EXITS: Mapping[Hears, CallEnding] = MappingProxyType(
    {Hears.CLOSED: CallEnding.CLOSED, Hears.FULL: CallEnding.FULL, Hears.NOBODY: CallEnding.NOBODY}
)
_ANSWERED = frozenset(
    {
        *(NewsKind.WAITS, NewsKind.PRESSED, NewsKind.CONSENTS, NewsKind.JOINS),
        *(NewsKind.SPEAKS, NewsKind.FAULT, NewsKind.LEFT_LINE, NewsKind.ANSWERED, NewsKind.TOLD),
    }
)
"""Where the provider asks what the caller hears next."""

_Heard = Callable[[Tx, Call, CallNews, Ear], Awaitable[Next]]
_BY_KIND: Mapping[NewsKind, _Heard] = MappingProxyType(
    {
        NewsKind.WAITS: _waits,
        NewsKind.PRESSED: _pressed,
        NewsKind.CONSENTS: _consents,
        NewsKind.LEFT_LINE: _left_line,
        NewsKind.JOINS: _joins,
        NewsKind.ANSWERED: _answered,
        NewsKind.TOLD: _told,
        NewsKind.LEG_IN: _leg_in,
        NewsKind.LEG_OUT: _leg_out,
        NewsKind.CALLER_GONE: _caller_gone,
        NewsKind.SPEAKS: _speaks,
        NewsKind.RECORDED: _recorded,
        NewsKind.TRANSCRIBED: _transcribed,
        NewsKind.FAULT: _fault,
    }
)
