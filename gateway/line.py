"""What a caller or a visitor is told while they wait: their place, and an honest wait (`routing/waiting.py`)."""

from dataclasses import replace
from datetime import timedelta

from crm_core.actions.desk import Desk
from crm_core.model.actor import Actor
from crm_core.model.call import CallNews, Hears, Next, PhoneManners
from crm_core.model.ids import InboxId
from crm_core.queries import calls
from routing import waiting
from routing.decision import Timing

AGEING = Timing().live.ageing


async def told(next: Next, news: CallNews, *, inbox: InboxId, desk: Desk, manners: PhoneManners) -> Next:
    """The same with place and wait, for somebody who stands in line; the wait never grows by more than a step."""
    if next.hears is not Hears.LINE or next.call is None:
        return next
    ahead = await desk.ask(Actor.inbox(inbox), calls.queueing, next.call, ageing=AGEING)
    if ahead is None:
        return next
    said = reckoned(
        waiting.Ahead(place=ahead.place, handle=ahead.handle, serving=ahead.serving, recent=ahead.recent),
        told=news.told,
    )
    offers = news.number is not None and timedelta(minutes=said.least) >= manners.callback_after
    return replace(next, place=said.place, step=said.step, least=said.least, most=said.most, offers=offers)


def reckoned(ahead: waiting.Ahead, *, told: int | None) -> waiting.Told:
    """`told` is the step that they, or their page, say they were told last."""
    before = None if told is None else waiting.Told(ahead.place, min(told, len(waiting.STEPS) - 1))
    return waiting.tell(ahead, before=before)
