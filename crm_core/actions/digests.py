"""Mails to staff of what happened while no screen of theirs was open: wished for, gathered, claimed, and settled.

What was news is kept in the commit that moves the herald's cursor, so that none is missed
or counted twice. A mail is claimed before the wire is touched; what was on it when we died
is not sent again: the console has it all.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa

from crm_core.actions import proving
from crm_core.actions.housekeeping import Lease, move_cursor
from crm_core.model.address import Address
from crm_core.model.agent import Agent
from crm_core.model.errors import NotAllowedNow, NotFound
from crm_core.model.event_house import WishesChanged
from crm_core.model.house import House
from crm_core.model.ids import AgentId, ProofId
from crm_core.model.proof import Proof, ProofKind
from crm_core.model.ticket import Ticket
from crm_core.model.wishes import News, Tiding, Wishes
from crm_core.rules import access, digests
from crm_core.rules import proving as codes
from crm_core.store.compiled import among
from crm_core.store.maps.codec import instant_of, micros
from crm_core.store.tables import cursors, leases, screens, tickets, tidings, wishes
from crm_core.store.tx import Tx, listed
from crm_core.store.wishes import wishes_in, wishes_of

HERE = timedelta(seconds=30)
"""Whoever was at a screen so lately saw it there (`gateway/attendance.py`)."""

AGAIN = timedelta(minutes=5)
"""After a mail that could not leave."""

AT_ONCE = 20

_text, _big = sa.Text, sa.BigInteger
_CURSOR = sa.select(cursors.c.value).where(cursors.c.name == digests.CURSOR).with_for_update()
_THEIRS = sa.select(wishes).where(among(wishes.c.agent, "agents")).order_by(wishes.c.agent).with_for_update()
_SEEN = sa.select(screens).where(among(screens.c.agent, "agents"))
_WAITING = sa.select(tidings).where(tidings.c.agent == sa.bindparam("agent", type_=_text)).order_by(tidings.c.at)
_TICKETS = sa.select(tickets).where(among(tickets.c.id, "ids"))
_NOW = sa.bindparam("now", type_=_big)
_DUE = (
    sa.select(wishes)
    .where(
        sa.or_(
            sa.and_(wishes.c.due_at <= _NOW, wishes.c.claimed_at.is_(None)),
            wishes.c.code_at <= _NOW,
        ),
        sa.exists().where(
            leases.c.name == sa.bindparam("lease", type_=_text),
            leases.c.epoch == sa.bindparam("epoch", type_=_big),
            leases.c.holder == sa.bindparam("holder", type_=_text),
        ),
    )
    .order_by(wishes.c.agent)
    .limit(AT_ONCE)
    .with_for_update()
)
_KEY = wishes.c.agent == sa.bindparam("key_agent", type_=_text)
_CHOOSE = sa.update(wishes).where(_KEY)
_FORGET = sa.delete(tidings).where(tidings.c.agent == sa.bindparam("key_agent", type_=_text))
_TAKE = (
    sa.update(tidings)
    .where(tidings.c.agent == sa.bindparam("key_agent", type_=_text))
    .values(taken=sa.bindparam("new_taken", type_=_big))
)
_TAKEN = _FORGET.where(tidings.c.taken == 1)
_CLAIMED = sa.select(wishes.c.agent).where(wishes.c.claimed_at.is_not(None))


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to a member of staff, ready for its way out. `proof`: it carries this code instead of news."""

    agent: AgentId
    to: Address
    name: str
    subject: str
    text: str
    language: str
    proof: ProofId | None = None


async def choose(tx: Tx, chosen: Wishes) -> Wishes:
    """What I want to hear of while I am away. Whether my address is proven is not mine to say."""
    agent = await _asking(tx)
    known = await wishes_of(tx, agent.id)
    made = replace(chosen, proven=None if known is None else known.proven)
    values = {
        "browser": json.dumps(sorted(made.browser)),
        "mail": json.dumps(sorted(made.mail)),
        "words": int(made.words),
        "every": made.every // timedelta(minutes=1),
        "hours": made.hours.value,
    }
    if known is None:
        tx.insert(wishes, agent=agent.id, **values)
    else:
        await _set(tx, agent.id, **values)
    if not made.mail:
        await _set(tx, agent.id, due_at=None)
        await tx.change(_FORGET, key_agent=agent.id)
    tx.emit(WishesChanged(agent=agent.id, wishes=made))
    return made


async def ask_code(tx: Tx, *, house: House) -> None:
    """Send a code to my address, to show that I read there. Raises NotAllowedNow after a few an hour."""
    agent = await _asking(tx)
    address = Address.mail(agent.email)
    if house.reaching(address.scheme) is None:
        raise NotAllowedNow("None of our inboxes can write to such an address.")
    if await proving.asked_too_often(tx, address):
        raise NotAllowedNow("Several codes went to this address within the hour. Wait for one to arrive.")
    known = await wishes_of(tx, agent.id) or await choose(tx, Wishes())
    proof = proving.make_proof(tx, ProofKind.CODE, address, house=house)
    tx.add(proof)
    await _set(tx, agent.id, proof=proof.id, code_at=micros(tx.now))
    tx.emit(WishesChanged(agent=agent.id, wishes=known))


async def answer_code(tx: Tx, given: str, *, house: House) -> bool:
    """Whether it was the code: then mails may come. Refuses nothing, so that each guess counts."""
    agent = await _asking(tx)
    row = await _row(tx, agent.id)
    proof = await tx.find(Proof, row["proof"]) if row is not None and row["proof"] else None
    if row is None or proof is None or proof.address != Address.mail(agent.email):
        return False
    if not (await proving.judge(tx, proof, given, house=house, person=None)).right:
        return False
    await _set(tx, agent.id, proven=agent.email, proof=None, code_at=None)
    tx.emit(WishesChanged(agent=agent.id, wishes=replace(wishes_in(row), proven=agent.email)))
    return True


async def note(tx: Tx, found: Sequence[Tiding], *, to: int) -> int:
    """Keep what is news to those who want a mail of it and are at no screen, and how far it brings us; how many."""
    await tx.permit(to="tell")
    row = await tx.one(_CURSOR)
    if row is not None and int(row[0]) >= to:
        return 0
    await move_cursor(tx, digests.CURSOR, to=str(to))
    agents = listed({one.agent for one in found})
    rows = {one["agent"]: one for one in await tx.all(_THEIRS, agents=agents)} if found else {}
    seen = {one["agent"]: instant_of(one["seen_at"]) for one in await tx.all(_SEEN, agents=agents)} if rows else {}
    kept = [one for one in found if one.agent in rows and _wanted(one, rows[one.agent], seen=seen.get(one.agent))]
    for agent, theirs in _by_agent(kept):
        for one in theirs:
            tx.insert(
                tidings, agent=agent, event=one.event, news=one.news, ticket=one.ticket, at=micros(one.at), taken=0
            )
        await _set_due(tx, rows[agent], first=min(one.at for one in theirs))
    return len(kept)


async def claim(tx: Tx, *, lease: Lease, house: House) -> list[Letter]:
    """The mails that are due and have something to say; they are on their way from this commit on.

    What somebody saw at a screen meanwhile, or may not see any more, is left out.
    """
    await tx.permit(to="tell")
    due = await tx.all(_DUE, now=micros(tx.now), lease=lease.name, epoch=lease.epoch, holder=lease.holder)
    letters = []
    for row in due:
        agent = await tx.find(Agent, row["agent"])
        if agent is None or not agent.active:
            await _set(tx, row["agent"], due_at=None, code_at=None)
            await tx.change(_FORGET, key_agent=row["agent"])
            continue
        if row["code_at"] is not None and row["code_at"] <= micros(tx.now):
            letters += await _code(tx, row, agent, house=house)
        if row["due_at"] is not None and row["due_at"] <= micros(tx.now) and row["claimed_at"] is None:
            letters += await _digest(tx, row, agent, house=house)
    return letters


async def settle(tx: Tx, letter: Letter, *, refused: bool = False) -> None:
    """It left, or nobody knows: it is not sent again. `refused`: the address takes none, and is to be proven anew."""
    await tx.permit(to="tell")
    if letter.proof is None:
        await tx.change(_TAKEN, key_agent=letter.agent)
        await _set(tx, letter.agent, claimed_at=None, sent_at=micros(tx.now))
    if refused:
        await _set(tx, letter.agent, proven=None)


async def put_off(tx: Tx, letter: Letter) -> None:
    """It never left the house: a little later, with what has come by then."""
    await tx.permit(to="tell")
    again = micros(tx.now + AGAIN)
    if letter.proof is not None:
        await _set(tx, letter.agent, code_at=again)
        return
    await tx.change(_TAKE, key_agent=letter.agent, new_taken=0)
    await _set(tx, letter.agent, claimed_at=None, due_at=again)


async def recover(tx: Tx) -> int:
    """What another herald had in hand when it ended: nobody knows whether it left, so it is over; how many."""
    await tx.permit(to="tell")
    left = [row[0] for row in await tx.all(_CLAIMED)]
    for agent in left:
        await tx.change(_TAKEN, key_agent=agent)
        await _set(tx, agent, claimed_at=None, sent_at=micros(tx.now))
    return len(left)


async def _asking(tx: Tx) -> Agent:
    asking = await tx.permit(to="duty")
    if asking is None:
        raise NotFound
    return asking


async def _row(tx: Tx, agent: AgentId) -> Any:
    rows = await tx.all(_THEIRS, agents=listed([agent]))
    return rows[0] if rows else None


async def _set(tx: Tx, agent: str, **values: Any) -> None:
    named = {f"new_{name}": value for name, value in values.items()}
    await tx.change(_setting(*sorted(values)), key_agent=agent, **named)


@cache
def _setting(*names: str) -> Any:
    """A statement lives as long as the process."""
    return _CHOOSE.values({name: sa.bindparam(f"new_{name}") for name in names})


def _wanted(tiding: Tiding, row: Any, *, seen: datetime | None) -> bool:
    """Whether they want a mail of it, show that they read there, and were at no screen."""
    theirs = wishes_in(row)
    here = seen is not None and seen > tiding.at - HERE
    return tiding.news in theirs.mail and theirs.proven is not None and not here


def _by_agent(kept: Iterable[Tiding]) -> list[tuple[AgentId, list[Tiding]]]:
    found: dict[AgentId, list[Tiding]] = {}
    for one in kept:
        found.setdefault(one.agent, []).append(one)
    return sorted(found.items())


async def _set_due(tx: Tx, row: Any, *, first: datetime) -> None:
    """The first news of a mail says when it is due; the others go with it."""
    if row["due_at"] is not None:
        return
    last = max((at for at in (row["sent_at"], row["claimed_at"]) if at is not None), default=None)
    sent = None if last is None else instant_of(last)
    await _set(tx, row["agent"], due_at=micros(digests.due_at(first, sent_at=sent, every=wishes_in(row).every)))


async def _code(tx: Tx, row: Any, agent: Agent, *, house: House) -> list[Letter]:
    await _set(tx, agent.id, code_at=None)
    proof = await tx.find(Proof, row["proof"]) if row["proof"] else None
    if proof is None or proof.address is None or proof.expires_at <= tx.now:
        return []
    language = agent.languages[0] if agent.languages else "en"
    subject, words = codes.content_free(ProofKind.CODE, language=language)
    text = codes.filled(words, flags=(codes.flag(proof),), key=house.keys[0], public_url=house.public_url)
    return [Letter(agent.id, proof.address, agent.name, subject, text.strip(), language, proof.id)]


async def _digest(tx: Tx, row: Any, agent: Agent, *, house: House) -> list[Letter]:
    theirs = wishes_in(row)
    waits = digests.may_come(theirs, _queues(agent, house), house=house, at=tx.now)
    if waits > tx.now:
        await _set(tx, agent.id, due_at=micros(waits))
        return []
    entries = await _entries(tx, agent, wishes=theirs) if theirs.proven == agent.email else []
    if not entries:
        await tx.change(_FORGET, key_agent=agent.id)
        await _set(tx, agent.id, due_at=None)
        return []
    await tx.change(_TAKE, key_agent=agent.id, new_taken=1)
    await _set(tx, agent.id, due_at=None, claimed_at=micros(tx.now))
    subject, text = digests.written(agent, entries, wishes=theirs, house=house)
    language = agent.languages[0] if agent.languages else "en"
    return [Letter(agent.id, Address.mail(agent.email), agent.name, subject, text, language)]


async def _entries(tx: Tx, agent: Agent, *, wishes: Wishes) -> list[digests.Entry]:
    rows = await tx.all(_WAITING, agent=agent.id)
    seen = await tx.one(_SEEN, agents=listed([agent.id]))
    unseen = [row for row in rows if seen is None or seen["seen_at"] < row["at"]]
    found = await tx.values(Ticket, _TICKETS, ids=listed({row["ticket"] for row in unseen})) if unseen else []
    scope = await tx.scope_of(agent)
    theirs = {one.id: one for one in found if access.sees(scope, audience=access.audience(one))}
    return [
        digests.Entry(News(row["news"]), theirs[row["ticket"]], instant_of(row["at"]))
        for row in unseen
        if row["ticket"] in theirs and row["news"] in wishes.mail
    ]


def _queues(agent: Agent, house: House) -> list[Any]:
    """Those of their teams; of whoever serves none, all."""
    active = [queue for queue in house.queues.values() if queue.active]
    return [queue for queue in active if queue.team in agent.teams] or active
