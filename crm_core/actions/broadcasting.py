"""A supervisor says something to the floor; everybody reads it once, and its author may take it back."""

from dataclasses import replace
from datetime import datetime

from crm_core.model.broadcast import LASTS_AT_MOST, LONGEST, Broadcast, Hearing
from crm_core.model.errors import BadInput, Forbidden, NotFound, Problem
from crm_core.model.event_broadcast import BroadcastEnded, BroadcastHeard, BroadcastSaid
from crm_core.model.ids import BroadcastId, QueueId, fresh
from crm_core.model.queue import Queue
from crm_core.store.tx import Tx


async def broadcast(tx: Tx, text: str, *, queue: QueueId | None, until: datetime) -> Broadcast:
    """Say it to everybody, or to those who serve one queue."""
    author = await tx.permit(to="broadcast")
    if author is None:
        raise Forbidden("Only a person says something to the floor.")
    whose = None if queue is None else await tx.find(Queue, queue)
    problems = []
    if not 0 < len(text.strip()) <= LONGEST:
        problems.append(Problem("text", f"Say something, in {LONGEST} characters at most."))
    if queue is not None and (whose is None or not whose.active):
        problems.append(Problem("queue", "There is no such queue."))
    if not tx.now < until <= tx.now + LASTS_AT_MOST:
        problems.append(Problem("until", "It stands for a day at most."))
    if problems:
        raise BadInput(*problems)
    team = None if whose is None else whose.team
    said = Broadcast(fresh(BroadcastId, at=tx.now), author.id, queue, team, text.strip(), tx.now, until)
    tx.add(said)
    tx.emit(BroadcastSaid(broadcast=said))
    return said


async def take_back(tx: Tx, id: BroadcastId) -> Broadcast:
    """Nobody sees it any more. What is over stays as it was. Raises NotFound to all but its author."""
    author = await tx.permit(to="broadcast")
    before = await tx.get(Broadcast, id)
    if author is None or before.author != author.id:
        raise NotFound
    if before.ended_at is not None:
        return before
    ended = await tx.save(replace(before, ended_at=tx.now, version=before.version + 1))
    tx.emit(BroadcastEnded(broadcast=ended))
    return ended


async def hear(tx: Tx, id: BroadcastId) -> Broadcast:
    """I have read it. Said again, it changes nothing. Raises NotFound for what was said to others."""
    me = await tx.permit(to="hear")
    found = await tx.get(Broadcast, id)
    if me is None or (found.team is not None and found.team not in me.teams and found.author != me.id):
        raise NotFound
    key = f"{found.id}:{me.id}"
    if await tx.find(Hearing, key) is None:
        tx.add(Hearing(key, found.id, me.id, tx.now))
        tx.emit(BroadcastHeard(broadcast=found, agent=me.id))
    return found
