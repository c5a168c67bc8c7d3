"""Services are written, published and taken back: each edition stays, and addresses never change."""

from dataclasses import replace

import sqlalchemy as sa

from crm_core.model.catalogue import EditionState, ServiceEdition
from crm_core.model.errors import BadInput, NotAllowedNow, NotFound, Problem, Stale
from crm_core.model.event_catalogue import ServiceChanged, ServiceDrafted
from crm_core.model.ids import AgentId, PolicyId, QueueId, ServiceEditionId, ServiceId, UnitId, fresh
from crm_core.model.queue import Queue
from crm_core.model.service import Service, Unit
from crm_core.model.sla import Calendar, SlaPolicy
from crm_core.rules import editions as rule
from crm_core.rules import forms
from crm_core.store.tables import service_editions, services
from crm_core.store.tx import Tx

_text = sa.Text
_DRAFT = sa.select(service_editions).where(
    service_editions.c.service == sa.bindparam("service", type_=_text), service_editions.c.state == "draft"
)
_NUMBER = sa.select(sa.func.max(service_editions.c.number)).where(
    service_editions.c.service == sa.bindparam("service", type_=_text)
)
_NUMBERED = sa.select(service_editions).where(
    service_editions.c.service == sa.bindparam("service", type_=_text),
    service_editions.c.number == sa.bindparam("number", type_=sa.BigInteger),
)
_DROP = sa.delete(service_editions).where(
    service_editions.c.service == sa.bindparam("key_service", type_=_text), service_editions.c.state == "draft"
)
_SLUG = sa.select(services.c.id).where(services.c.slug == sa.bindparam("slug", type_=_text))
_LAST = sa.select(sa.func.max(services.c.order))


async def add_service(
    tx: Tx, *, slug: str, name: dict[str, str], unit: UnitId, queue: QueueId, policy: PolicyId
) -> Service:
    """A new entry of the catalogue, seen by nobody until it is published."""
    await tx.permit(to="catalogue")
    if await tx.one(_SLUG, slug=slug) is not None:
        raise BadInput(Problem("slug", "Another service has this address."))
    last = await tx.one(_LAST)
    service = Service(
        fresh(ServiceId, at=tx.now),
        slug,
        name,
        {},
        {},
        unit,
        queue,
        policy,
        {},
        (),
        {},
        active=False,
        order=int((last[0] if last else 0) or 0) + 1,
    )
    await _must_stand(tx, service)
    rule.check(service, slug=slug)
    tx.add(service)
    tx.emit(ServiceChanged(service=service, note="new"))
    return service


async def save_draft(
    tx: Tx, service_id: ServiceId, *, content: Service, seen_version: int | None = None
) -> ServiceEdition:
    """Keep what is being written; nobody outside sees it. `seen_version` is the draft's, None for a first one.

    Much may still be missing in a draft; a condition that nothing could meet is refused at
    once, while whoever wrote it knows what they did.
    """
    await tx.permit(to="catalogue")
    service = await tx.get(Service, service_id)
    forms.check(content.fields)
    kept = replace(content, id=service.id, slug=service.slug, version=service.version, order=service.order)
    draft = await tx.value(ServiceEdition, _DRAFT, service=service_id)
    if draft is None:
        made = ServiceEdition(
            fresh(ServiceEditionId, at=tx.now),
            service_id,
            await _next(tx, service_id),
            EditionState.DRAFT,
            kept,
            AgentId(tx.actor.id),
            tx.now,
        )
        tx.add(made)
        tx.emit(ServiceDrafted(service=service_id))
        return made
    if seen_version is not None and seen_version != draft.version:
        raise Stale("Somebody else wrote in this draft meanwhile.", version=draft.version)
    saved = replace(draft, content=kept, by=AgentId(tx.actor.id), at=tx.now, version=draft.version + 1)
    await tx.save(saved)
    tx.emit(ServiceDrafted(service=service_id))
    return saved


async def drop_draft(tx: Tx, service_id: ServiceId) -> None:
    """Let go of what was written; what people see stays as it is."""
    await tx.permit(to="catalogue")
    if not await tx.change(_DROP, key_service=service_id):
        raise NotFound
    tx.emit(ServiceDrafted(service=service_id))


async def publish(tx: Tx, service_id: ServiceId, *, note: str = "", seen_version: int | None = None) -> Service:
    """The draft is what people see from now on. Its address and its identity stay: links never break."""
    await tx.permit(to="catalogue")
    service = await tx.get(Service, service_id)
    draft = await tx.value(ServiceEdition, _DRAFT, service=service_id)
    if draft is None:
        raise NotAllowedNow("There is no draft to publish.")
    if seen_version is not None and seen_version != draft.version:
        raise Stale("Somebody else wrote in this draft meanwhile.", version=draft.version)
    await _first_kept(tx, service, before=draft.number)
    published = await _shown(tx, service, content=draft.content, note=note)
    done = replace(
        draft, state=EditionState.PUBLISHED, content=published, at=tx.now, note=note, version=draft.version + 1
    )
    await tx.save(done)
    return published


async def roll_back(tx: Tx, service_id: ServiceId, *, to: int) -> Service:
    """An older edition is shown again, as a new one: nothing that was ever shown is lost."""
    await tx.permit(to="catalogue")
    service = await tx.get(Service, service_id)
    old = await tx.value(ServiceEdition, _NUMBERED, service=service_id, number=to)
    if old is None or old.state is not EditionState.PUBLISHED:
        raise NotFound
    published = await _shown(tx, service, content=old.content, note=f"back to {to}")
    await keep_edition(tx, published, note=f"back to {to}")
    return published


async def change_service_fact(tx: Tx, service_id: ServiceId, *, fact: str, texts: dict[str, str]) -> Service:
    """One fact is another one at once, in what is shown and in what is being written: no draft brings the old one back."""
    await tx.permit(to="catalogue")
    service = await tx.get(Service, service_id)
    draft = await tx.value(ServiceEdition, _DRAFT, service=service_id)
    if draft is None:
        await first_kept(tx, service)
    else:
        await _first_kept(tx, service, before=draft.number)
        content = replace(draft.content, facts={**draft.content.facts, fact: texts})
        await tx.save(replace(draft, content=content, version=draft.version + 1))
    content = replace(service, facts={**service.facts, fact: texts})
    published = await _shown(tx, service, content=content, note=f"fact: {fact}")
    await keep_edition(tx, published, note=f"fact: {fact}")
    return published


async def keep_edition(tx: Tx, service: Service, *, note: str) -> None:
    """Keep what is shown now as a published edition."""
    tx.add(
        ServiceEdition(
            fresh(ServiceEditionId, at=tx.now),
            service.id,
            await _next(tx, service.id),
            EditionState.PUBLISHED,
            service,
            AgentId(tx.actor.id),
            tx.now,
            note,
        )
    )


async def first_kept(tx: Tx, service: Service) -> None:
    """Before a service's first change: what it was, so that there is a way back."""
    if await _next(tx, service.id) == 1:
        await keep_edition(tx, service, note="as it was")


async def _first_kept(tx: Tx, service: Service, *, before: int) -> None:
    """As above, where the draft has taken the first number: what was shown stands as number 0."""
    if before == 1 and await tx.one(_NUMBERED, service=service.id, number=0) is None:
        was = ServiceEdition(
            fresh(ServiceEditionId, at=tx.now),
            service.id,
            0,
            EditionState.PUBLISHED,
            service,
            None,
            tx.now,
            "as it was",
        )
        tx.add(was)


async def _shown(tx: Tx, service: Service, *, content: Service, note: str) -> Service:
    """What people see. Who owns it is not written here but decided by the dispatch catalogue."""
    await _must_stand(tx, replace(content, unit=service.unit))
    fit = rule.check(content, slug=service.slug)
    shown = replace(fit, id=service.id, unit=service.unit, order=service.order, version=service.version + 1)
    await tx.save(shown)
    tx.emit(ServiceChanged(service=shown, note=note))
    return shown


async def _next(tx: Tx, service: ServiceId) -> int:
    row = await tx.one(_NUMBER, service=service)
    return int((row[0] if row else 0) or 0) + 1


async def _must_stand(tx: Tx, service: Service) -> None:
    wrong = {
        "queue": await tx.find(Queue, service.queue) is None,
        "policy": await tx.find(SlaPolicy, service.policy) is None,
        "unit": await tx.find(Unit, service.unit) is None,
        "hours": service.hours is not None and await tx.find(Calendar, service.hours) is None,
    }
    problems = [Problem(name, "There is no such thing.") for name, missing in wrong.items() if missing]
    if problems:
        raise BadInput(*problems)
