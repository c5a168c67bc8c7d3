"""What a caller or a visitor is told while they wait: their place, and an honest wait (`routing/waiting.py`)."""

from dataclasses import replace
from datetime import timedelta

from crm_core.actions.desk import Desk
from crm_core.model.actor import Actor
from crm_core.model.call import CallNews, Hears, Next, PhoneManners
from crm_core.model.ids import InboxId
from crm_core.queries import calls
from crm_core.queries.talks import Pace
from routing import waiting
from routing.decision import Timing

AGEING = Timing().live.ageing


async def told(next: Next, news: CallNews, *, inbox: InboxId, desk: Desk, manners: PhoneManners) -> Next:
    """The same with place and wait, for somebody who stands in line; the wait never grows by more than a step."""
    if next.hears is not Hears.LINE or next.call is None:
        return next
    found = await desk.ask(Actor.inbox(inbox), calls.queueing, next.call, ageing=AGEING)
    if found is None:
        return next
    place, pace = found
    said = reckoned(place, pace, told=news.told)
    if said is None:
        return replace(next, place=place, offers=news.number is not None)
    offers = news.number is not None and timedelta(minutes=said.least) >= manners.callback_after
    return replace(next, place=place, step=said.step, least=said.least, most=said.most, offers=offers)


def reckoned(place: int, pace: Pace, *, told: int | None) -> waiting.Told | None:
    """`told` is the step that they, or their page, say they were told last. None where nobody is there of whom to reckon."""
    if not pace.serving:
        return None
    before = None if told is None else waiting.Told(place, min(told, len(waiting.STEPS) - 1))
    ahead = waiting.Ahead(place=place, handle=pace.handle, serving=pace.serving, recent=pace.recent)
    return waiting.tell(ahead, before=before)
