"""Calls: what the lines are to do next, and whether what somebody asks of a call is possible now.

A step is the call as it is then and what the phone is to do for it, in that order. The call
follows its work: `follow` reads from the work who has it, and sees that the lines do, too.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crm_core.model.call import (
    COME_BACK,
    SHORT,
    Call,
    CallDirection,
    CallEnding,
    CallState,
    CommandKind,
    Leg,
    LegState,
    Mode,
    Part,
    Taping,
)
from crm_core.model.errors import NotAllowedNow
from crm_core.model.ids import AgentId, LegId
from crm_core.model.work import Work, WorkState
from crm_core.rules import recording

IN_LINE = frozenset({CallState.WAITING, CallState.PROMISED})
"""Somebody waits for an agent, there or called when it is their turn."""

BEFORE_TALK = frozenset({CallState.ARRIVED, CallState.WAITING, CallState.CONNECTING})
ALONE = BEFORE_TALK | {CallState.LEAVING}
"""Nobody of ours is on the line with them."""

GOING_ON = frozenset({CallState.TALKING, CallState.LOST})

RUNG_AGAIN_AFTER = timedelta(seconds=1)

Order = tuple[CommandKind, LegId | None]


@dataclass(frozen=True, slots=True)
class Step:
    """The call after it, and what the phone is to do; `returns`: its work waits again, with its age."""

    call: Call
    orders: tuple[Order, ...] = ()
    returns: bool = False


def follow(call: Call, work: Work | None, *, at: datetime, ring: Callable[[AgentId], Leg]) -> Step:
    """The lines do what the work says; the same call where they do already. `ring` makes a line to an agent."""
    if call.over or call.state in (CallState.ARRIVED, CallState.LEAVING):
        return Step(call)
    if call.state is CallState.WRAPPING:
        wraps = work is not None and work.state is WorkState.WRAPPING
        return Step(call if wraps else replace(call, state=CallState.ENDED))
    holder = work.agent if work is not None and work.state is WorkState.ACTIVE else None
    if call.state in IN_LINE:
        return _in_turn(call, work, holder=holder, at=at, ring=ring)
    if call.state is CallState.LOST and (step := _lost(call, at=at, ring=ring)) is not None:
        return step
    if call.direction is CallDirection.OUT or call.agent is None or holder == call.agent:
        return Step(call)
    if work is None:
        return Step(call)
    line = _to_line(call, at=at, why=None)
    if holder is None:
        return line
    again = _rung(line.call, ring(holder))
    return Step(again.call, line.orders + again.orders)


def _in_turn(
    call: Call, work: Work | None, *, holder: AgentId | None, at: datetime, ring: Callable[[AgentId], Leg]
) -> Step:
    """Whoever takes their work is rung; who was promised a call and has been served otherwise is not called."""
    if call.state is CallState.PROMISED and work is None and call.next_at is None:
        return over(call, ending=CallEnding.CALLBACK, at=at)
    return Step(call) if holder is None or _rests(call, at=at) else _rung(call, ring(holder))


def _lost(call: Call, *, at: datetime, ring: Callable[[AgentId], Leg]) -> Step | None:
    """Back to the line when their time is over; until then a page that is loaded anew, and has no phone for a moment, is rung again."""
    if call.lost_at is not None and at - call.lost_at >= COME_BACK:
        return replace(_to_line(call, at=at, why="lost"), returns=True)
    if call.agent is None or not _may_ring(call, at=at):
        return None
    last = _last_of_agent(call)
    line = replace(ring(call.agent), held=last is not None and last.held)
    return Step(replace(call, legs=(*call.legs, line)), ((CommandKind.RING, line.id),))


def _last_of_agent(call: Call) -> Leg | None:
    return next((leg for leg in reversed(call.legs) if leg.part is Part.AGENT and leg.agent == call.agent), None)


def _may_ring(call: Call, *, at: datetime) -> bool:
    """Their phone did not answer a second ago, and does not ring now."""
    last = _last_of_agent(call)
    return last is not None and last.left_at is not None and at - last.left_at >= RUNG_AGAIN_AFTER


def _rests(call: Call, *, at: datetime) -> bool:
    """A callback that nobody answered is tried again later, not at once."""
    return call.next_at is not None and call.next_at > at


def _rung(call: Call, leg: Leg) -> Step:
    connecting = replace(call, state=CallState.CONNECTING, agent=leg.agent, legs=(*call.legs, leg), trouble=None)
    return Step(connecting, ((CommandKind.RING, leg.id),))


def _to_line(call: Call, *, at: datetime, why: str | None) -> Step:
    """Back to where they wait, their age kept; every other line goes. Whom we were calling stays promised a call."""
    stays = call.leg(Part.CALLER) if call.state is not CallState.DIALLING else None
    others = [leg for leg in call.there if leg is not stays]
    drops = tuple((CommandKind.DROP, leg.id) for leg in others)
    legs = tuple(_gone(leg, at=at, why=why or "moved") if leg in others else leg for leg in call.legs)
    state = CallState.WAITING if stays is not None else CallState.PROMISED
    back = replace(call, state=state, agent=None, legs=legs, lost_at=None, trouble=why)
    moves = stays is not None and stays.state is LegState.IN
    waits = _changed(back, Part.CALLER, held=False, state=LegState.DIALLING)
    return Step(waits, (*drops, *(((CommandKind.LINE, None),) if moves else ())))


def arrived_in_talk(call: Call, *, at: datetime) -> Call:
    """The caller is put through."""
    joined = _changed(call, Part.CALLER, state=LegState.IN, held=False)
    legs = tuple(
        replace(leg, joined_at=at) if leg.part is Part.CALLER and leg.state is LegState.IN else leg
        for leg in joined.legs
    )
    return replace(
        joined, state=CallState.TALKING, bridged_at=call.bridged_at or at, legs=legs, lost_at=None, trouble=None
    )


def leg_in(call: Call, leg: Leg, *, at: datetime, caller: Callable[[], Leg]) -> Step:
    """A line was answered. `caller` makes the line to whom we call."""
    if leg.state is LegState.IN:
        return Step(call)
    if leg.state is LegState.GONE or call.over or call.state is CallState.WRAPPING:
        return Step(call, ((CommandKind.DROP, leg.id),))
    known = _with(call, replace(leg, state=LegState.IN, joined_at=at))
    if leg.part is Part.CALLER:
        return Step(arrived_in_talk(known, at=at))
    if leg.part is not Part.AGENT:
        return Step(known)
    if call.state is CallState.LOST:
        return _coached_anew(_found_again(known, leg))
    if call.leg(Part.CALLER) is not None:
        return Step(known, ((CommandKind.BRIDGE, None),))
    them = caller()
    dialling = replace(known, state=CallState.DIALLING, legs=(*known.legs, them), attempts=call.attempts + 1)
    return Step(dialling, ((CommandKind.RING, them.id),))


def _found_again(call: Call, leg: Leg) -> Step:
    """The agent is back after a reload; whom they had put on hold stays there, and hears nothing that is not for them."""
    back = _changed(replace(call, state=CallState.TALKING, lost_at=None), Part.AGENT, held=False)
    if leg.held:
        return Step(back)
    back = _changed(back, Part.CALLER, held=False)
    return Step(back, ((CommandKind.RESUME, _id(back, Part.CALLER)),))


def leg_out(call: Call, leg: Leg, *, why: str, at: datetime, ring: Callable[[AgentId], Leg]) -> Step:
    """A line is gone that is not the caller's."""
    if leg.state is LegState.GONE:
        return Step(call)
    left = _with(call, _gone(leg, at=at, why=why))
    if leg.part is Part.CONSULTED:
        held = left.leg(Part.CALLER)
        if held is None or not held.held or call.state is not CallState.TALKING:
            return Step(left)
        back = _changed(replace(left, trouble=None if leg.state is LegState.IN else why), Part.CALLER, held=False)
        return Step(back, ((CommandKind.RESUME, held.id),))
    if leg.part is not Part.AGENT or leg.agent != call.agent:
        return Step(left)
    if call.state is CallState.TALKING and leg.agent is not None:
        caller = left.leg(Part.CALLER)
        again = replace(ring(leg.agent), held=caller is not None and caller.held)
        lost = _changed(replace(left, state=CallState.LOST, lost_at=at), Part.CALLER, held=True)
        lost = replace(lost, legs=(*lost.legs, again))
        return _coached_anew(Step(lost, ((CommandKind.HOLD, _id(lost, Part.CALLER)), (CommandKind.RING, again.id))))
    if call.direction is CallDirection.OUT and not call.over:
        return over(replace(left, trouble=why), ending=CallEnding.UNREACHABLE, at=at)
    if call.state in (CallState.CONNECTING, CallState.DIALLING):
        return replace(_to_line(left, at=at, why=why), returns=True)
    return Step(left)


def is_outside(call: Call) -> bool:
    """The caller speaks with somebody who is none of us: their agent left them there, and wraps up already."""
    return call.state is CallState.TALKING and call.agent is None


def over(call: Call, *, ending: CallEnding, at: datetime) -> Step:
    """Nobody is on the line any more: every other line goes, and who was put through has an agent who wraps up."""
    drops = tuple((CommandKind.DROP, leg.id) for leg in call.there if leg.part is not Part.CALLER)
    legs = tuple(_gone(leg, at=at, why=ending.value) if leg.state is not LegState.GONE else leg for leg in call.legs)
    begun = call.waiting_since or call.arrived_at
    ended = replace(
        call,
        state=CallState.ENDED,
        ending=ending,
        ended_at=at,
        legs=legs,
        lost_at=None,
        next_at=None,
        recording=Taping.COMING if call.recording is Taping.COMING else Taping.OFF,
        short=ending is CallEnding.ABANDONED and at - begun < SHORT,
    )
    return Step(ended, drops)


# ------------------------------------------------------------ what somebody asks


def held(call: Call, *, held: bool) -> Step:
    """The caller hears music, or us again. Raises NotAllowedNow."""
    caller = _talking(call)
    if caller.held == held:
        raise NotAllowedNow("The caller is on hold already." if held else "The caller is not on hold.")
    return Step(
        _changed(call, Part.CALLER, held=held), ((CommandKind.HOLD if held else CommandKind.RESUME, caller.id),)
    )


def muted(call: Call, *, by: AgentId, muted: bool) -> Step:
    """Nobody hears them, or everybody again. Raises NotAllowedNow."""
    mine = call.leg_of(by)
    if mine is None or mine.state is not LegState.IN or mine.muted == muted:
        raise NotAllowedNow("You are not on this call, or it is so already.")
    return Step(
        _with(call, replace(mine, muted=muted)), ((CommandKind.MUTE if muted else CommandKind.UNMUTE, mine.id),)
    )


def consulted(call: Call, leg: Leg) -> Step:
    """Somebody is asked while the caller waits. Raises NotAllowedNow where somebody is already."""
    caller = _talking(call)
    if call.leg(Part.CONSULTED) is not None:
        raise NotAllowedNow("Somebody is on the line already. Bring the caller back first.")
    waits = _changed(call, Part.CALLER, held=True)
    hold = () if caller.held else ((CommandKind.HOLD, caller.id),)
    return Step(replace(waits, legs=(*waits.legs, leg)), (*hold, (CommandKind.RING, leg.id)))


def passed_on(call: Call, leg: Leg) -> Step:
    """Who answers there has the caller at once; until then the agent is with them, and where nobody does, after it. Raises NotAllowedNow."""
    return consulted(call, replace(leg, mode=Mode.PASSED_ON))


def returned(call: Call, *, at: datetime) -> Step:
    """Whoever was asked goes, and the caller is back. Raises NotAllowedNow."""
    other, caller = _asked(call), _talking(call)
    back = _changed(_with(call, _gone(other, at=at, why="returned")), Part.CALLER, held=False)
    return Step(back, ((CommandKind.DROP, other.id), (CommandKind.RESUME, caller.id)))


def conferred(call: Call) -> Step:
    """All talk together. Raises NotAllowedNow."""
    _asked_and_in(call)
    return Step(_changed(call, Part.CALLER, held=False), ((CommandKind.RESUME, _talking(call).id),))


def handed_on(call: Call, *, at: datetime) -> Step:
    """Whoever was asked has the caller now, and the agent leaves. Raises NotAllowedNow."""
    other, caller = _asked_and_in(call), _talking(call)
    mine = call.leg(Part.AGENT)
    drop = () if mine is None else ((CommandKind.DROP, mine.id),)
    left = call if mine is None else _with(call, _gone(mine, at=at, why="handed on"))
    theirs = left if other.agent is None else _with(left, replace(other, part=Part.AGENT))
    back = _changed(replace(theirs, agent=other.agent), Part.CALLER, held=False)
    return _coached_anew(Step(back, ((CommandKind.RESUME, caller.id), *drop)))


def _coached_anew(step: Step) -> Step:
    """Whoever whispers does so to the agent of now: to nobody where none is left, and never to all."""
    call, orders = step.call, step.orders
    for leg in call.there:
        if leg.part is Part.SUPERVISOR and leg.mode is Mode.WHISPER:
            if call.agent is None:
                call = _with(call, replace(leg, mode=Mode.LISTEN, muted=True))
            orders = (*orders, (CommandKind.MODE, leg.id)) if leg.state is LegState.IN else orders
    return Step(call, orders, returns=step.returns)


def taped(call: Call, *, on: bool, at: datetime) -> Step:
    """It is recorded from here on, or not for a while. Raises NotAllowedNow, also where the caller does not want it."""
    _talking(call)
    if (call.recording is Taping.ON) == on:
        raise NotAllowedNow("It is recorded already." if on else "It is not recorded.")
    kind = CommandKind.PAUSE if not on else CommandKind.RECORD if call.recording is Taping.OFF else CommandKind.CONTINUE
    asked = recording.aloud(call, at=at) if on else call
    return Step(replace(asked, recording=Taping.ON if on else Taping.PAUSED), ((kind, None),))


def overheard(call: Call, leg: Leg | None, *, by: AgentId, mode: Mode) -> Step:
    """A supervisor takes part, or does so otherwise; `leg` is a new line to them. Raises NotAllowedNow."""
    _talking(call)
    theirs = call.leg_of(by)
    if theirs is not None and theirs.part is not Part.SUPERVISOR:
        raise NotAllowedNow("You are on this call yourself.")
    if theirs is None:
        assert leg is not None
        return Step(replace(call, legs=(*call.legs, leg)), ((CommandKind.RING, leg.id),))
    changed = replace(theirs, mode=mode, muted=mode is Mode.LISTEN)
    return Step(_with(call, changed), ((CommandKind.MODE, theirs.id),))


def left(call: Call, *, by: AgentId, at: datetime) -> Step:
    """A supervisor goes. Raises NotAllowedNow."""
    theirs = call.leg_of(by)
    if theirs is None or theirs.part is not Part.SUPERVISOR:
        raise NotAllowedNow("You are not listening to this call.")
    return Step(_with(call, _gone(theirs, at=at, why="left")), ((CommandKind.DROP, theirs.id),))


# ------------------------------------------------------------ parts


def _talking(call: Call) -> Leg:
    caller = call.leg(Part.CALLER)
    if call.state is not CallState.TALKING or caller is None:
        raise NotAllowedNow("Nobody is on the line with you at the moment.")
    return caller


def _asked(call: Call) -> Leg:
    other = call.leg(Part.CONSULTED)
    if other is None:
        raise NotAllowedNow("Nobody was asked to join this call.")
    return other


def _asked_and_in(call: Call) -> Leg:
    other = _asked(call)
    if other.state is not LegState.IN:
        raise NotAllowedNow("They have not answered yet.")
    return other


def _with(call: Call, leg: Leg) -> Call:
    return replace(call, legs=tuple(leg if one.id == leg.id else one for one in call.legs))


def _changed(call: Call, part: Part, **changes: object) -> Call:
    leg = call.leg(part)
    return call if leg is None else _with(call, replace(leg, **changes))  # type: ignore[arg-type]


def _gone(leg: Leg, *, at: datetime, why: str) -> Leg:
    return replace(leg, state=LegState.GONE, left_at=at, why=why, held=leg.held and leg.part is Part.AGENT)


def _id(call: Call, part: Part) -> LegId | None:
    leg = call.leg(part)
    return None if leg is None else leg.id


ENDINGS: Mapping[CallState, CallEnding] = {
    CallState.ARRIVED: CallEnding.ABANDONED,
    CallState.WAITING: CallEnding.ABANDONED,
    CallState.CONNECTING: CallEnding.ABANDONED,
    CallState.DIALLING: CallEnding.UNREACHABLE,
    CallState.TALKING: CallEnding.CALLER,
    CallState.LOST: CallEnding.CALLER,
    CallState.LEAVING: CallEnding.ABANDONED,
}
"""How a call ends whose caller is gone."""
