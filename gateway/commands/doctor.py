"""`onestop doctor`: looks at the configuration and the doors, and says what to do."""

import shutil
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from channels.contract import Equipped
from config.settings import Settings
from crm_core.model.actor import Actor
from crm_core.model.ids import InboxId
from crm_core.queries import events, indexing, setup
from gateway.clamd import Scanner, ScannerAway, ScannerFailed
from gateway.wiring import AnyDesk, House, build

DOCTOR = Actor.worker("operator")
OLD_DAYS = 7
"""Signatures older than this miss what goes about now."""

FAR_BEHIND = 1000
"""Events and messages that search does not find yet, from which a person should look."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: whether it is well, what was seen, what to do if not."""

    well: bool
    what: str
    advice: str = ""


async def doctor(settings: Settings) -> int:
    """Print every finding; 1 where something needs a hand."""
    ill = 0
    async with build(settings) as house:
        async for finding in _look(house):
            ill += not finding.well
            print(
                f"{'ok  ' if finding.well else 'look'}  {finding.what}{'. ' + finding.advice if finding.advice else ''}"
            )
    return 1 if ill else 0


async def _look(house: House) -> AsyncIterator[Finding]:
    settings = house.settings
    kind = f"SQLite at {settings.sqlite_path}" if settings.sqlite_path else "PostgreSQL"
    yield Finding(well=True, what=f"{kind} answers, its schema is current")
    yield _room(settings)
    yield Finding(
        bool(settings.smtp_relay),
        _relay(settings),
        "" if settings.smtp_relay else "Set ONESTOP_SMTP_RELAY to send answers",
    )
    yield Finding(
        settings.public_url.startswith("https://") or settings.http.host.startswith("127."),
        f"people reach us at {settings.public_url}",
        ""
        if settings.public_url.startswith("https://")
        else "For other computers put a TLS proxy before it (docs/operations.md)",
    )
    async for finding in _record(house.desk):
        yield finding
    for inbox in house.keeper.setup.inboxes:
        missing = await _lost_secrets(house, inbox.id)
        yield Finding(
            not missing,
            f"inbox {inbox.name} ({inbox.channel})",
            f"Enter again: {', '.join(missing)}" if missing else "",
        )
    if settings.clamd is not None:
        yield await _scanner(Scanner(settings.clamd), at=str(settings.clamd), now=house.clock())
    for finding in await _equipment(house):
        yield finding
    for place, name in ((settings.http, "ONESTOP_HTTP"), (settings.smtp, "ONESTOP_SMTP")):
        if place is not None:
            yield _port(place.host, place.port, name)


async def _equipment(house: House) -> list[Finding]:
    """What open inboxes need of this machine, each thing once."""
    doors = [door.channel for door in house.keeper.doors.values()]
    found = [one for channel in doors if isinstance(channel, Equipped) for one in await channel.equipment()]
    said = (Finding(one.well, one.words["en"].rstrip("."), one.todo.get("en", "").rstrip(".")) for one in found)
    return list(dict.fromkeys(said))


async def _scanner(scanner: Scanner, *, at: str, now: datetime) -> Finding:
    """Whether files are really looked into, with which signatures."""
    try:
        version = await scanner.version()
    except (ScannerAway, ScannerFailed) as why:
        return Finding(well=False, what=str(why), advice="Files wait until it does: systemctl status clamav-daemon")
    if version.signatures is None:
        return Finding(
            well=True, what=f"{version.said} looks into files at {at}; it does not say how old its signatures are"
        )
    days = (now - version.signatures).days
    said = f"{version.said} looks into files at {at}, with signatures of {version.signatures:%Y-%m-%d}"
    return Finding(days <= OLD_DAYS, said, "" if days <= OLD_DAYS else f"They are {days} days old: look at freshclam")


async def _record(desk: AnyDesk) -> AsyncIterator[Finding]:
    staff = await desk.ask(DOCTOR, setup.staff)
    yield Finding(
        bool(staff), f"{len(staff)} members of staff", "" if staff else "Add one: onestop user add EMAIL --role admin"
    )
    yield Finding(well=True, what=f"{await desk.ask(DOCTOR, events.top):,} events in the record")
    behind = await desk.ask(DOCTOR, indexing.lag)
    yield Finding(
        behind < FAR_BEHIND,
        f"search is {behind:,} events and messages behind" if behind else "search finds everything",
        ""
        if behind < FAR_BEHIND
        else "It catches up while `onestop serve` runs; if not, look for `indexing` in its log",
    )


def _room(settings: Settings) -> Finding:
    free = shutil.disk_usage(settings.data_dir if settings.data_dir.exists() else ".").free
    return Finding(
        free > 1 << 30, f"{free >> 20:,} MB free for {settings.data_dir}", "" if free > 1 << 30 else "Make room"
    )


def _relay(settings: Settings) -> str:
    return "outgoing mail has a relay" if settings.smtp_relay else "no relay: outgoing mail waits"


def _port(host: str, port: int, name: str) -> Finding:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.settimeout(1)
        taken = probe.connect_ex((host, port)) == 0
    return Finding(well=True, what=f"{name} {host}:{port} {'is being served' if taken else 'is free'}")


async def _lost_secrets(house: House, inbox: InboxId) -> list[str]:
    sealed = await house.desk.ask(DOCTOR, setup.sealed, inbox)
    return [name for name, value in sealed.items() if house.keys.open(value, bound_to=f"{inbox}/{name}") is None]
