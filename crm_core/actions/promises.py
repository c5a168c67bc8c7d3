"""Policies and calendars are drafted, published and taken back; what was in force is never rewritten."""

import json
from dataclasses import replace

import sqlalchemy as sa

from crm_core.actions import reckoning as jobs
from crm_core.model.errors import BadInput, NotAllowedNow, NotFound, Problem, Stale
from crm_core.model.event_promises import EditionDiscarded, EditionDrafted, EditionPublished
from crm_core.model.ids import AgentId, CalendarId, EditionId, PolicyId, fresh
from crm_core.model.promise import Edition, EditionState, Job, Ruled
from crm_core.model.sla import Calendar, SlaPolicy
from crm_core.rules import ruling
from crm_core.store.maps.codec import plain
from crm_core.store.ruling import RULINGS
from crm_core.store.tables import calendars, editions
from crm_core.store.tx import Tx

Ruling = SlaPolicy | Calendar

_text = sa.Text
_DRAFT = sa.select(editions).where(
    editions.c.of == sa.bindparam("of", type_=_text), sa.text("state = 'draft'"), RULINGS
)
_NUMBERED = sa.select(editions).where(
    editions.c.of == sa.bindparam("of", type_=_text),
    editions.c.number == sa.bindparam("number", type_=sa.BigInteger),
    RULINGS,
)
_CALENDARS = sa.select(calendars)
_DISCARD = sa.delete(editions).where(editions.c.id == sa.bindparam("key_id", type_=_text), sa.text("state = 'draft'"))


def body_of(value: Ruling) -> str:
    """A policy or a calendar as an edition keeps it."""
    pack, _ = plain(type(value))
    return json.dumps(pack(value), ensure_ascii=False)


def value_of(edition: Edition) -> Ruling:
    """The policy or calendar that an edition keeps."""
    _, unpack = plain(SlaPolicy if edition.kind is Ruled.POLICY else Calendar)
    value: Ruling = unpack(json.loads(edition.body))
    return value


async def draft(tx: Tx, value: Ruling, *, seen_version: int | None = None) -> Edition:
    """Write down how it should be; one draft at a time, which saves over itself. Raises Stale if somebody was faster."""
    await tx.permit(to="promises")
    known = await tx.value(Edition, _DRAFT, of=value.id)
    by = AgentId(tx.actor.id)
    if known is None:
        made = Edition(
            fresh(EditionId, at=tx.now), _kind(value), value.id, 0, EditionState.DRAFT, body_of(value), by, tx.now
        )
        tx.add(made)
    else:
        if seen_version is not None and seen_version != known.version:
            raise Stale("Somebody else changed this draft.", version=known.version)
        made = replace(known, body=body_of(value), made_by=by, made_at=tx.now, version=known.version + 1)
        await tx.save(made)
    tx.emit(EditionDrafted(edition=made))
    return made


async def discard(tx: Tx, edition_id: EditionId) -> None:
    """Throw a draft away."""
    await tx.permit(to="promises")
    edition = await _ruling(tx, edition_id)
    if not await tx.change(_DISCARD, key_id=edition_id):
        raise NotAllowedNow("This was published; it cannot be thrown away.")
    tx.emit(EditionDiscarded(edition=edition))


async def publish(tx: Tx, edition_id: EditionId, *, seen_version: int) -> tuple[Edition, Job]:
    """Put a draft in force, exactly as it was seen; what is open is reckoned anew by the job that this begins."""
    await tx.permit(to="promises")
    edition = await _ruling(tx, edition_id)
    if edition.state is not EditionState.DRAFT:
        raise NotAllowedNow("This is published already.")
    if edition.version != seen_version:
        raise Stale("Somebody else changed this draft. Look at it again first.", version=edition.version)
    return await _put_in_force(tx, edition, value_of(edition))


async def roll_back(tx: Tx, of: str, *, to: int) -> tuple[Edition, Job]:
    """Put an older edition in force again, under a new number."""
    await tx.permit(to="promises")
    old = await tx.value(Edition, _NUMBERED, of=of, number=to)
    if old is None or old.state is not EditionState.PUBLISHED:
        raise NotFound
    again = Edition(
        fresh(EditionId, at=tx.now),
        old.kind,
        old.of,
        0,
        EditionState.DRAFT,
        old.body,
        AgentId(tx.actor.id),
        tx.now,
        back_to=to,
    )
    return await _put_in_force(tx, again, value_of(old), is_new=True)


async def _ruling(tx: Tx, id: EditionId) -> Edition:
    """An edition of a promise; an answer's is none, and has keepers of its own."""
    edition = await tx.get(Edition, id)
    if edition.kind is Ruled.ANSWER:
        raise NotFound
    return edition


async def _put_in_force(tx: Tx, edition: Edition, value: Ruling, *, is_new: bool = False) -> tuple[Edition, Job]:
    await _must_hold(tx, value)
    was = await tx.find(type(value), value.id)
    if was is not None:
        await _keep_first(tx, was)
    number = 1 if was is None else was.version + 1
    fresh_value = replace(value, version=number)
    if was is None:
        tx.add(fresh_value)
    else:
        await tx.save(fresh_value)
    published = replace(
        edition,
        number=number,
        state=EditionState.PUBLISHED,
        body=body_of(fresh_value),
        published_by=AgentId(tx.actor.id),
        published_at=tx.now,
        version=edition.version + 1,
    )
    if is_new:
        tx.add(published)
    else:
        await tx.save(published)
    tx.emit(EditionPublished(edition=published))
    return published, await jobs.begin(tx, why=published.id, policies=await _concerned(tx, fresh_value))


async def _concerned(tx: Tx, value: Ruling) -> tuple[PolicyId, ...]:
    known = await jobs.rules_now(tx)
    if isinstance(value, SlaPolicy):
        return known.concerned(policies=[value])
    return known.concerned(calendars=[value])


async def _must_hold(tx: Tx, value: Ruling) -> None:
    if isinstance(value, SlaPolicy):
        known: dict[CalendarId, Calendar] = {one.id: one for one in await tx.values(Calendar, _CALENDARS)}
        faults: tuple[Problem, ...] = ruling.faults_of_policy(value, calendars=known)
    else:
        faults = ruling.faults_of_calendar(value)
    if faults:
        raise BadInput(*faults)


async def _keep_first(tx: Tx, was: Ruling) -> None:
    """What was in force before editions were kept is one too, so that there is a way back to it."""
    if await tx.one(_NUMBERED, of=was.id, number=was.version) is None:
        kept = Edition(
            fresh(EditionId, at=tx.now),
            _kind(was),
            was.id,
            was.version,
            EditionState.PUBLISHED,
            body_of(was),
            None,
            tx.now,
            published_at=tx.now,
        )
        tx.add(kept)


def _kind(value: Ruling) -> Ruled:
    return Ruled.POLICY if isinstance(value, SlaPolicy) else Ruled.CALENDAR
