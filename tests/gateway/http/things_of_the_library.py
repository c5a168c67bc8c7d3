"""Real things that the house tells (answers, macros, known problems), for the matrix of permissions."""

from __future__ import annotations

import itertools
from dataclasses import replace

from crm_core.actions import answers, delivery, macros, notices
from crm_core.actions.reply import Draft, reply
from crm_core.actions.uploads import upload
from crm_core.model.actor import Actor
from crm_core.model.answer import Wording
from crm_core.model.catalogue import NoticeState
from crm_core.model.ids import ServiceId
from crm_core.model.message import Delivery, Receipt
from tests.gateway.http.site import Site
from tests.world import ANNA, SUE, inbound

_count = itertools.count()


async def answer_draft(site: Site) -> str:
    """An answer that is told, and the draft of its next edition."""
    id = await answer(site)
    await site.world.do(ANNA, answers.draft_answer, id, Wording({"en": "Next"}, {"en": "Next"}, {}, {}))
    return id


async def answer(site: Site) -> str:
    return await _told(site, f"answer-{next(_count)}", public=False)


async def public_answer(site: Site) -> str:
    """The address of an answer for everybody."""
    slug = f"answer-{next(_count)}"
    await _told(site, slug, public=True)
    return slug


async def _told(site: Site, slug: str, *, public: bool) -> str:
    service = ServiceId("s-permit")
    wording = Wording({"en": "What a permit costs"}, {"en": "Bring {proof}."}, {}, {"proof": {"en": "a bill"}})
    made = await site.world.do(ANNA, answers.add_answer, slug=slug, service=service, wording=wording)
    await site.world.do(SUE, answers.approve, made.id)
    terms = answers.Terms(service=service, public=public, owner=ANNA, review_at=None, expires_at=None)
    await site.world.do(SUE, answers.arrange, made.id, terms)
    return str(made.id)


async def macro(site: Site) -> str:
    parts = macros.Parts(name={"en": "Tomorrow"}, snooze=24)
    return str((await site.world.do(SUE, macros.add_macro, parts, house=site.world.house)).id)


async def notice(site: Site) -> str:
    draft = notices.Draft(service=ServiceId("s-permit"), title={"en": "Machines are down"}, text={})
    made = await site.world.do(SUE, notices.add_notice, draft, state=NoticeState.OPEN)
    return str(made.id)


async def handed_out(site: Site) -> str:
    """An answer whose files went as a link, as if mail carried none."""
    kept = await site.world.do(ANNA, upload, site.files.keep(b"a plan"), name="plan.txt", type="text/plain")
    house, asked = site.world.house, inbound("May I see the plan?", number=500_000 + next(_count))
    ticket = (await site.world.receive(asked)).ticket
    poor = replace(house, can={name: replace(one, files=False) for name, one in house.can.items()})
    draft = Draft(text="The plan.", files=(kept.id,))
    sent = await site.world.do(ANNA, reply, ticket, draft, house=poor)
    await site.desk.do(Actor.worker("sender"), delivery.record, sent.id, Receipt(Delivery.SENT), house=house)
    return str(sent.id)
