"""Who comes next while the simulation runs, with what matter, and what they say: drawn from the city's books."""

from datetime import UTC, datetime, timedelta

from gateway.city.books import Turn, books, samples_at
from gateway.city.citizens import Citizen, draw_citizens
from gateway.city.drafts import Draft, Drafter
from gateway.city.house import build_house
from gateway.city.plan import SEED

_THANKS = {"en": "Thank you, that helps.", "zh": "好的，谢谢您。"}


class Arrivals:
    """Those who come by some doors of the city."""

    def __init__(self, *doors: str, seed: int) -> None:
        now = datetime.now(UTC)
        samples = [sample for door in doors for sample in samples_at(door)]
        house = build_house(books(), samples, now=now, seed=SEED)
        self.citizens = draw_citizens(books(), now=now, seed=SEED)
        self.services = house.services
        self._drafter = Drafter(books(), house, samples, now=now, seed=seed)

    def drawn(self, who: list[Citizen] | None = None) -> Draft:
        """Somebody, or one of these, with a matter of their own."""
        return self._drafter.drawn(datetime.now(UTC), self.citizens if who is None else who)


def their_turns(draft: Draft) -> list[Turn]:
    """What they say themselves, in order."""
    return [turn for turn in draft.matter.turns if turn.who == "citizen"]


def next_turn(ahead: list[Turn], *, language: str) -> Turn:
    """What they still wanted to say, which is taken from `ahead`; at the end they say thank you."""
    return ahead.pop(0) if ahead else Turn("citizen", timedelta(), _THANKS[language])
