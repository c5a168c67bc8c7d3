"""What happens in the state proof: every action of the house, done by somebody, by chance.

**Adding a case** (a new action must have one, or the proof fails and names it): write a
function here under `@act`, named as one would say it. It does the action at the desk, for
`who`, on things that chance chooses; what is refused (`Refusal`) changes nothing and is
tried again with other dice. Done. The witness sees by itself which actions ran, also
those that run inside others, and the recording takes a snapshot before and after.
Each kind of event should stand alone once: an act that ends something takes what an earlier act began.
`@rare` is for what would empty the stage if it happened often. `@last` is for what tells
every screen to load anew. If the action changes something that a screen shows and the
proof does not compare yet, add that to `Viewer.snapshot` (`record.py`) and to `seen` in
`judge.mjs`.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

from crm_core.actions import (
    app_keys,
    assign,
    clock,
    delivery,
    duty,
    inboxes,
    intake,
    keeping,
    lifecycle,
    offers,
    promises,
    queues,
    rekeying,
    reply,
    unread,
)
from crm_core.model.actor import Actor
from crm_core.model.agent import Duty
from crm_core.model.blob import Blob
from crm_core.model.errors import Refusal
from crm_core.model.ids import AgentId, OfferId
from crm_core.model.message import Delivery, Receipt
from crm_core.model.queue import Profile
from crm_core.model.sla import Reason
from crm_core.model.ticket import Priority, Status
from crm_core.model.work import Refused, WorkState
from crm_core.queries import floor, timers
from gateway.workers.clock import CLOCK
from tests.stories.proof.stage import (
    ACTS,
    GATEWAY,
    OPERATOR,
    PEOPLE,
    ROUTER,
    SENDER,
    VIEWERS,
    Stage,
    act,
    rare,
)
from tests.world import ADA, FORM, HOUSING, MAIL, PARKING, SUE, WINDOW, inbound

__all__ = ["ACTS"]

# ---------------------------------------------------------------- citizens


@act
async def mail(stage: Stage, _: AgentId) -> None:
    await stage.receive("Words", proven="dmarc")


@act
async def form(stage: Stage, _: AgentId) -> None:
    await stage.receive("Words", door=FORM)


@act
async def answer(stage: Stage, who: AgentId) -> None:
    status = stage.dice.choice([None, Status.WAITING, Status.SOLVED])
    draft = reply.Draft(text=f"Answer by {who}", status=status)
    stage.messages.append(await stage.do(who, reply.reply, stage.any(), draft, house=stage.setup))


@act
async def follow_up(stage: Stage, who: AgentId) -> None:
    """The citizen writes again, answering a mail of ours."""
    await answer(stage, who)
    sent = stage.one_of(message for message in stage.messages if message.ticket in stage.tickets[:5])
    await stage.receive("More", sender=sent.address.value, references=(sent.wire_id,))


@act
async def prove_an_address(stage: Stage, _: AgentId) -> None:
    """First it is only said; the next mail proves it."""
    sender = f"somebody{stage.fresh()}@example.org"
    await stage.receive("It is me.", sender=sender)
    await stage.receive("It is really me.", sender=sender, proven="dmarc")


@rare
async def prove_a_watched_address(stage: Stage, _: AgentId) -> None:
    """The one of these people whose address nobody had proven when the screens opened."""
    await stage.receive("It is me.", sender=PEOPLE[0], proven="dmarc")


# ---------------------------------------------------------------- tickets


@act
async def note(stage: Stage, who: AgentId) -> None:
    await stage.do(who, reply.note, stage.any(), "Only for us.")


@act
async def mention(stage: Stage, who: AgentId) -> None:
    mentions = frozenset({stage.dice.choice(VIEWERS)})
    await stage.do(who, reply.note, stage.any(), "Have a look.", mentions=mentions)


@act
async def assign_(stage: Stage, who: AgentId) -> None:
    to = stage.dice.choice([*VIEWERS, None])
    await stage.do(who, assign.assign, stage.any(), to=to, house=stage.setup)


@act
async def handed(stage: Stage, _: AgentId) -> None:
    """Somebody gives what waits to somebody."""
    received = await stage.receive("For somebody.")
    await stage.do(SUE, assign.assign, received.ticket, to=stage.dice.choice(VIEWERS), house=stage.setup)


@act
async def transfer(stage: Stage, who: AgentId) -> None:
    to, words = stage.dice.choice([PARKING, HOUSING]), stage.dice.choice(["", "Yours"])
    await stage.do(who, assign.transfer, stage.any(), to=to, house=stage.setup, words=words)


@act
async def solve(stage: Stage, who: AgentId) -> None:
    await stage.do(who, lifecycle.solve, stage.any(), house=stage.setup)


@rare
async def close(stage: Stage, who: AgentId) -> None:
    await stage.do(who, lifecycle.close, stage.any())


@act
async def reopen(stage: Stage, who: AgentId) -> None:
    await stage.do(who, lifecycle.reopen, stage.any(), house=stage.setup)


@act
async def status(stage: Stage, who: AgentId) -> None:
    await stage.do(who, lifecycle.set_status, stage.any(), to=stage.dice.choice(list(Status)), house=stage.setup)


@act
async def prioritise(stage: Stage, who: AgentId) -> None:
    await stage.do(who, lifecycle.prioritise, stage.any(), to=stage.dice.choice(list(Priority)), house=stage.setup)


@act
async def pause(stage: Stage, who: AgentId) -> None:
    to, reason = stage.dice.choice([(Status.WAITING, Reason.DOCUMENTS), (Status.ON_HOLD, Reason.FORCE)])
    await stage.do(who, lifecycle.set_status, stage.any(), to=to, reason=reason, house=stage.setup)


@act
async def alarm(stage: Stage, who: AgentId) -> None:
    """A ticket sleeps for a moment; the house's own clock may be faster than we."""
    until = stage.house.clock() + timedelta(milliseconds=30)
    await stage.do(who, lifecycle.snooze, stage.any(), until=until)
    await asyncio.sleep(0.05)
    for timer in await stage.ask(CLOCK, timers.due, window=None):
        await stage.do(CLOCK, clock.ring, timer.id, house=stage.setup, window=None)


@act
async def promises_held(stage: Stage, _: AgentId) -> None:
    await stage.do(CLOCK, clock.hold, why="clock")
    await stage.do(SUE, clock.release, why="clock", choice="quiet")


@act
async def targets_drafted(stage: Stage, _: AgentId) -> None:
    known = next(iter(stage.setup.policies.values()))
    made = await stage.do(ADA, promises.draft, replace(known, resolution=known.resolution * 2))
    await stage.do(ADA, promises.discard, made.id)


@act
async def rename(stage: Stage, who: AgentId) -> None:
    await stage.do(who, lifecycle.rename, stage.any(), subject=f"Better {stage.fresh()}")


@act
async def snooze(stage: Stage, who: AgentId) -> None:
    until = stage.house.clock() + timedelta(hours=stage.dice.randint(1, 9))
    await stage.do(who, lifecycle.snooze, stage.any(), until=until)


@act
async def classify(stage: Stage, who: AgentId) -> None:
    service = stage.dice.choice(list(stage.setup.services))
    await stage.do(who, lifecycle.classify, stage.any(), service=service, house=stage.setup)


@rare
async def merge(stage: Stage, who: AgentId) -> None:
    await stage.do(who, lifecycle.merge, stage.any(), into=stage.any(), house=stage.setup)


# ---------------------------------------------------------------- delivery

_UNKNOWN = Receipt(Delivery.UNKNOWN, "no answer")


async def _on_its_way(stage: Stage) -> Any:
    """An answer that the sender could not hand over yet."""
    message = stage.one_of(stage.messages)
    await stage.do(SENDER, delivery.postpone, message.id, why="refused", house=stage.setup)
    return message


@act
async def choose(stage: Stage, who: AgentId) -> None:
    message = await _on_its_way(stage)
    await stage.do(SENDER, delivery.record, message.id, _UNKNOWN, house=stage.setup)
    await stage.do(
        who, delivery.choose, message.id, choice=stage.dice.choice(["resend", "delivered"]), house=stage.setup
    )


@act
async def no_way_out_and_a_way_again(stage: Stage, _: AgentId) -> None:
    message = await _on_its_way(stage)
    await stage.do(SENDER, delivery.park, message.id)
    await stage.do(SENDER, delivery.unpark)


@act
async def a_provider_reports(stage: Stage, _: AgentId) -> None:
    message = await _on_its_way(stage)
    state = stage.dice.choice([Delivery.SENT, Delivery.DELIVERED, Delivery.FAILED])
    receipt = Receipt(state, "reported", wire_id=message.wire_id)
    await stage.do(Actor.inbox(message.inbox), delivery.reported, receipt, house=stage.setup)


@rare
async def the_sender_died(stage: Stage, _: AgentId) -> None:
    message = await _on_its_way(stage)
    await stage.do(SENDER, delivery.record, message.id, Receipt(Delivery.SENDING), house=stage.setup)
    await stage.do(SENDER, delivery.recover)


# ---------------------------------------------------------------- offers and duty


@act
async def accept(stage: Stage, _: AgentId) -> None:
    offer = await stage.held_out()
    await stage.do(offer.agent, offers.accept, OfferId(offer.id))


@act
async def decline(stage: Stage, _: AgentId) -> None:
    """By the list alone, and in words: those who see the ticket read why, and nobody does any more once it is erased."""
    offer = await stage.held_out()
    said = stage.dice.choice(["", "Not my field."])
    await stage.do(offer.agent, offers.decline, OfferId(offer.id), why=Refused.SKILL, said=said)


@act
async def time_out(stage: Stage, _: AgentId) -> None:
    offer = await stage.held_out(seconds=0)
    await stage.do(ROUTER, offers.time_out, offer.work, agent=offer.agent, stands_down=True)


@act
async def take_back(stage: Stage, _: AgentId) -> None:
    """They had accepted it, and went."""
    offer = await stage.held_out()
    await stage.do(offer.agent, offers.accept, OfferId(offer.id))
    await stage.do(offer.agent, duty.set_duty, to=Duty.OFFLINE)
    await stage.do(ROUTER, offers.take_back, offer.work, agent=offer.agent)


@act
async def take_next(stage: Stage, who: AgentId) -> None:
    day = timedelta(days=1)
    ageing = {"ageing_live": day, "ageing_deferred": day, "handle": lambda _work: timedelta(minutes=5)}
    if await stage.do(who, offers.take_next, **ageing) is None:
        raise Refusal("Nothing waits for them.")


@act
async def duty_(stage: Stage, who: AgentId) -> None:
    await stage.do(who, duty.set_duty, to=stage.dice.choice(list(Duty)))


@act
async def next_duty(stage: Stage, who: AgentId) -> None:
    await stage.do(who, duty.set_next, to=stage.dice.choice([Duty.BREAK, None]))


@act
async def sign_off(stage: Stage, who: AgentId) -> None:
    await stage.do(who, duty.set_duty, to=Duty.BREAK)
    await stage.do(GATEWAY, duty.attend, frozenset({who}))
    await stage.do(GATEWAY, duty.sign_off, who, gone_since=stage.house.clock(), reason="screen closed")


# ---------------------------------------------------------------- doors


@act
async def key_made(stage: Stage, _: AgentId) -> None:
    digest = sha256(stage.fresh().encode()).hexdigest()
    stage.app_keys.append(await stage.do(ADA, app_keys.make_key, FORM, name="An app", digest=digest))


@act
async def key_revoked(stage: Stage, _: AgentId) -> None:
    if not stage.app_keys:
        await key_made(stage, _)
    await stage.do(ADA, app_keys.revoke_key, FORM, key=stage.app_keys.pop().id)


@act
async def inbox_renamed(stage: Stage, _: AgentId) -> None:
    await stage.do(ADA, inboxes.change_inbox, MAIL, name=f"Larkhaven {stage.fresh()}")


@rare
async def inbox_opened(stage: Stage, _: AgentId) -> None:
    name = f"Forms {stage.fresh()}"
    await stage.do(
        ADA, inboxes.add_inbox, channel="web_form", name=name, queue=PARKING, address=None, settings={}
    )  # fmt: skip


@rare
async def secrets_kept_and_sealed_again(stage: Stage, _: AgentId) -> None:
    await stage.do(ADA, inboxes.keep_secrets, FORM, {"word": b"sealed"})
    await stage.do(OPERATOR, rekeying.seal_again, FORM, {"word": b"sealed anew"})


@act
async def quarantine(stage: Stage, _: AgentId) -> None:
    body = f"unreadable {stage.fresh()}".encode()
    wire = keeping.RawWire(stage.house.clock(), {}, Blob(sha256(body).hexdigest(), len(body), body))
    inbox = Actor.inbox(MAIL)
    stage.quarantined.append(
        await stage.do(inbox, unread.quarantine, wire, inbox=MAIL, why="nobody can read it", found_by=["unreadable"])
    )


@act
async def read_again(stage: Stage, who: AgentId) -> None:
    """What was in quarantine is read after a mend."""
    if not stage.quarantined:
        await quarantine(stage, who)
    contact = intake.Contact(inbound("Readable now", number=int(stage.fresh())), (), None)
    received = await stage.do(
        ADA, unread.read_again, stage.quarantined.pop(), contact,
        inbox=stage.setup.inboxes[MAIL], house=stage.setup, reopen_window=WINDOW,
    )  # fmt: skip
    stage.tickets.append(received.ticket)


@act
async def shape_queue(stage: Stage, who: AgentId) -> None:
    hold = timedelta(seconds=stage.dice.randint(0, 30))
    queue = stage.dice.choice(sorted(stage.setup.queues))
    await stage.do(SUE, queues.shape, queue, profile=Profile(hold=hold), house=stage.setup)


@act
async def overflow(stage: Stage, who: AgentId) -> None:
    known = await stage.ask(ROUTER, floor.known)
    work = stage.dice.choice([work for work in known.works if work.state is WorkState.QUEUED] or [None])
    if work is None:
        raise Refusal("Nothing waits.")
    to = stage.dice.choice(sorted(stage.setup.queues))
    await stage.do(ROUTER, queues.overflow, work.id, to=to, house=stage.setup)
