"""The house as it is set up now, and its doors: channels opened with their inboxes' settings."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import structlog

from channels.contract import Channel, ChannelType, Habitual, LiveCalls, Opening, Secret
from config.settings import Settings
from crm_core.actions.desk import Desk
from crm_core.model.actor import Actor
from crm_core.model.event import Stamped
from crm_core.model.habits import Habits
from crm_core.model.house import House
from crm_core.model.ids import AppKeyId, InboxId
from crm_core.model.inbox import Inbox
from crm_core.queries import app_keys, setup
from crm_core.rules import matching
from gateway.keys import Keys

log = structlog.get_logger()

GATEWAY = Actor.worker("gateway")
HOOKS = "/hooks"

_REFRESHED_BY = (
    "inbox.added",
    "inbox.changed",
    "key.made",
    "key.revoked",
    "queue.changed",
    "aims.changed",
    "edition.published",
    "city.loaded",
    "service.changed",
    "unit.changed",
    "ownership.changed",
    "notice.changed",
    "drift.found",
    "drift.over",
    "block.added",
    "block.lifted",
    "suspecting.changed",
    "asking.changed",
)


@dataclass(frozen=True, slots=True)
class Door:
    """An inbox with its open channel, and what that was opened with."""

    inbox: Inbox
    type: ChannelType
    channel: Channel
    opening: Opening


def is_called(kind: ChannelType) -> bool:
    """Whether each of its inboxes has an address below /hooks that a provider calls."""
    return any(mount == HOOKS or mount.startswith(f"{HOOKS}/") for mount in kind.mounts)


def hook_url(kind: ChannelType, inbox: InboxId, *, public_url: str) -> str:
    """Where an inbox's provider calls us; empty where its channel answers no calls below /hooks."""
    return f"{public_url.rstrip('/')}{HOOKS}/{kind.name}/{inbox}" if is_called(kind) else ""


class HouseKeeper:
    """Holds the newest snapshot of the setup; an event that changes it makes a new one."""

    def __init__(
        self, desk: Desk, *, types: Mapping[str, ChannelType], keys: Keys, settings: Settings, relay: str
    ) -> None:
        self._desk = desk
        self._types = types
        self._keys = keys
        self._settings = settings
        self._relay = relay
        self._signing = keys.of("reply")
        self.house = House({}, {}, {}, {}, {}, {}, {}, self._signing, "localhost")
        self.setup = setup.Setup((), (), (), (), (), ())
        self.doors: dict[InboxId, Door] = {}
        self.takes_calls = False
        self._app_keys: dict[InboxId, dict[str, AppKeyId]] = {}
        self._refreshing = asyncio.Lock()

    async def refresh(self) -> None:
        """Read the setup again."""
        async with self._refreshing:
            found = await self._desk.ask(GATEWAY, setup.setup)
            inboxes = [inbox for inbox in found.inboxes if inbox.channel in self._types]
            self.setup = found
            self.house = House(
                services={service.id: service for service in found.services},
                queues={queue.id: queue for queue in found.queues},
                policies={policy.id: policy for policy in found.policies},
                calendars={calendar.id: calendar for calendar in found.calendars},
                inboxes={inbox.id: inbox for inbox in inboxes},
                can={name: kind.capabilities for name, kind in self._types.items()},
                schemes={name: kind.address_scheme for name, kind in self._types.items()},
                keys=self._signing,
                domain=self._domain(inboxes),
                public_url=self._settings.public_url.rstrip("/"),
                places=found.places,
                ownerships=found.ownerships,
                notices=found.notices,
                index=matching.build(found.services, places=found.places),
                blocks=found.blocks,
                suspecting=found.suspecting,
                rest=found.rest,
                files_last=timedelta(days=self._settings.file_link_days),
                country=self._settings.country,
                drifting=frozenset((drift.service, drift.channel) for drift in found.drifts),
            )
            self._app_keys = await self._desk.ask(GATEWAY, app_keys.open_now)
            self.doors = {inbox.id: await self._open(inbox) for inbox in inboxes if inbox.active}
            self.takes_calls = any(isinstance(door.channel, LiveCalls) for door in self.doors.values())
            self.house = replace(self.house, habits=_habits(self.doors))

    async def hear(self, events: list[Stamped]) -> None:
        """Refresh when something in the setup changed."""
        if any(event.type in _REFRESHED_BY for event in events):
            await self.refresh()

    def door_at(self, address: str) -> Door | None:
        """The open door with this mail address (or number), whatever stands after a plus sign."""
        local, _, domain = address.casefold().rpartition("@")
        plain = f"{local.split('+')[0]}@{domain}" if domain and local else address
        for door in self.doors.values():
            if door.inbox.address is not None and door.inbox.address.casefold() == plain:
                return door
        return None

    async def _open(self, inbox: Inbox) -> Door:
        kind = self._types[inbox.channel]
        opening = Opening(
            inbox=inbox.id,
            address=inbox.address,
            name=inbox.name,
            settings=await self._settings_of(inbox, kind),
            public_url=self._settings.public_url,
            relay=self._relay or None,
            keys=self._app_keys.get(inbox.id, {}),
            hook_url=hook_url(kind, inbox.id, public_url=self._settings.public_url),
        )
        known = self.doors.get(inbox.id)
        same = known is not None and known.opening == opening  # its connections and listeners go on
        return Door(inbox, kind, known.channel if known and same else kind.opener(opening), opening)

    async def _settings_of(self, inbox: Inbox, kind: ChannelType) -> Any:
        """The channel's settings, its secrets opened; one that no key opens is empty and asked for again.

        The country is the installation's where an inbox says none.
        """
        known = {field.name for field in fields(kind.settings)}
        said = {**inbox.settings, "country": self.house.country_of(inbox)}
        values = {name: value for name, value in said.items() if name in known}
        for name, sealed in (await self._desk.ask(GATEWAY, setup.sealed, inbox.id)).items():
            plain = self._keys.open(sealed, bound_to=f"{inbox.id}/{name}")
            if plain is not None and name in known:
                values[name] = Secret(plain)
        return kind.settings(**values)

    def _domain(self, inboxes: list[Inbox]) -> str:
        if self._settings.mail_domain:
            return self._settings.mail_domain
        for inbox in inboxes:
            if inbox.address and "@" in inbox.address:
                return inbox.address.rpartition("@")[2]
        return urlsplit(self._settings.public_url).hostname or "localhost"


def _habits(doors: Mapping[InboxId, Door]) -> dict[InboxId, Habits]:
    """What single inboxes add to what their channel can; settings that nobody can read add nothing."""
    found = {}
    for id, door in doors.items():
        if isinstance(door.channel, Habitual):
            try:
                found[id] = door.channel.habits()
            except ValueError as why:
                log.warning("settings of an inbox cannot be read", inbox=id, why=str(why))
    return found
