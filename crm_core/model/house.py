"""The house: how this installation is set up, as actions need to know it.

A snapshot, made anew when an event says that something in it changed, and handed to
actions as a value: the catalogue is read a thousand times for each time it changes.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from crm_core.model.catalogue import Index, Notice, Ownership, Place
from crm_core.model.feedback import USUAL_REST
from crm_core.model.habits import Habits
from crm_core.model.handout import USUAL_LINK
from crm_core.model.ids import CalendarId, InboxId, PolicyId, QueueId, ServiceId
from crm_core.model.inbox import Capabilities, Inbox
from crm_core.model.queue import Queue
from crm_core.model.service import Service
from crm_core.model.sla import Calendar, SlaPolicy
from crm_core.model.suspicion import Block

SUSPECTING = "suspecting"
"""The setting that says from which score on a contact is held as spam; empty: nothing is."""

ASKING_REST = "asking rest"
"""The setting that says for how many days nobody is asked a second time how they were served."""

GENERAL = "general"
"""The slug of the service for whatever nobody has named yet."""


@dataclass(frozen=True, slots=True)
class House:
    """Services, queues, promises, inboxes and what each channel can carry.

    `schemes` says which kind of address a channel reaches (`email` → `mailto`); `keys`
    sign reply tokens, newest first; `domain` stands in the Message-IDs we make,
    `public_url` before the addresses of pages that citizens open. `index` are the
    catalogue's words, made ready for matching. `drifting` are services at channels that do not keep their promise.
    `suspecting` is the score from which a contact is held as spam (None: none is), `blocks` whom we block.
    `habits` is what single inboxes add to what their channel can: quiet hours, approved texts.
    `rest`: so long nobody is asked a second time how they were served.
    `country` is where a phone number without a country code belongs (ISO 3166), unless its inbox says another.
    """

    services: dict[ServiceId, Service]
    queues: dict[QueueId, Queue]
    policies: dict[PolicyId, SlaPolicy]
    calendars: dict[CalendarId, Calendar]
    inboxes: dict[InboxId, Inbox]
    can: dict[str, Capabilities]
    schemes: dict[str, str]
    keys: tuple[bytes, ...]
    domain: str
    public_url: str = ""
    places: tuple[Place, ...] = ()
    ownerships: tuple[Ownership, ...] = ()
    notices: tuple[Notice, ...] = ()
    index: Index = field(default_factory=Index)
    drifting: frozenset[tuple[ServiceId, str]] = frozenset()
    habits: dict[InboxId, Habits] = field(default_factory=dict)
    suspecting: int | None = None
    blocks: tuple[Block, ...] = ()
    country: str = "US"
    rest: timedelta = USUAL_REST
    files_last: timedelta = USUAL_LINK

    def country_of(self, inbox: Inbox) -> str:
        """Where a phone number belongs that came by this inbox without a country code."""
        return str(inbox.settings.get("country") or self.country)

    def service(self, id: ServiceId | None, *, queue: QueueId) -> Service:
        """The service named, else the general one, else any of this queue. Raises LookupError on an empty catalogue."""
        if id is not None and id in self.services:
            return self.services[id]
        return self.general or self._any_of(queue)

    def promise(self, service: Service) -> tuple[SlaPolicy, Calendar]:
        """What is promised for a service and in which hours. Raises KeyError if it has no policy."""
        policy = self.policies[service.policy]
        return policy, self.calendars[policy.calendar]

    def reaching(self, scheme: str) -> Inbox | None:
        """An inbox that can write to this kind of address first: where answers go that cannot go back the same way."""
        able = (
            inbox
            for inbox in self.inboxes.values()
            if inbox.active and self.schemes[inbox.channel] == scheme and self.can[inbox.channel].starts
        )
        return min(able, key=lambda inbox: (inbox.created_at, inbox.id), default=None)

    @property
    def general(self) -> Service | None:
        """The service for what nobody has named yet; None where the catalogue has none."""
        return next((service for service in self.services.values() if service.slug == GENERAL), None)

    def _any_of(self, queue: QueueId) -> Service:
        services = sorted(self.services.values(), key=lambda service: (service.queue != queue, service.order))
        if not services:
            raise LookupError("The catalogue is empty: no ticket can be opened without a service.")
        return services[0]
