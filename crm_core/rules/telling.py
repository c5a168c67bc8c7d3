"""What the answers told at any moment: by the wordings approved until then, and the facts that stood then.

Recomputed from what is never rewritten, so that no figure has to be kept and a new way to count needs no migration.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache

from crm_core.model.answer import Answer, Wording
from crm_core.model.catalogue import ServiceEdition
from crm_core.model.ids import ServiceId
from crm_core.model.service import Service
from crm_core.rules import sameness
from crm_core.rules.sameness import Line

Moment = tuple[datetime, Wording]


class Telling:
    """The approved answers with all their wordings, oldest first, and the states of their services."""

    def __init__(
        self,
        answers: Iterable[Answer],
        *,
        wordings: Mapping[str, Sequence[Moment]],
        editions: Iterable[ServiceEdition],
        services: Mapping[ServiceId, Service],
    ) -> None:
        self._answers = [one for one in answers if one.service in services]
        self._wordings = wordings
        self._services = services
        self._editions: dict[ServiceId, list[ServiceEdition]] = {}
        for one in sorted(editions, key=lambda one: one.number):
            self._editions.setdefault(one.service, []).append(one)
        self._lines = cache(self._compared)

    def share(self, at: datetime, *, of: ServiceId | None = None) -> float | None:
        """The share of facts that every door was told alike at that moment; None where no answer stood yet."""
        lines = [
            line for answer in self._answers if of is None or answer.service == of for line in self._told(answer, at=at)
        ]
        return sameness.share(lines)

    def _told(self, answer: Answer, *, at: datetime) -> tuple[Line, ...]:
        """Most moments look alike: each wording is compared with each state of its service once."""
        said = [place for place, (since, _) in enumerate(self._wordings.get(answer.id, ())) if since <= at]
        if not said or (answer.expires_at is not None and answer.expires_at <= at):
            return ()
        return self._lines(answer.id, said[-1], self._state(answer.service, at=at))

    def _state(self, service: ServiceId, *, at: datetime) -> int:
        """Which edition stood then; the first one stood before anything was changed. -1: it never was."""
        editions = self._editions.get(service, [])
        return max((place for place, one in enumerate(editions) if place == 0 or one.at <= at), default=-1)

    def _compared(self, id: str, wording: int, state: int) -> tuple[Line, ...]:
        answer = next(one for one in self._answers if one.id == id)
        service = self._services[answer.service] if state < 0 else self._editions[answer.service][state].content
        return tuple(sameness.lines(answer, wording=self._wordings[id][wording][1], service=service))
