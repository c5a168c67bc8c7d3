"""A run of a provider that is simulated on this machine (`onestop simulate --telegram`, `--twilio`)."""

import sys
from collections.abc import Collection
from dataclasses import dataclass

from crm_core.actions.inboxes import change_inbox, keep_secrets
from crm_core.model.actor import Actor
from gateway.wiring import House

OPERATOR = Actor.worker("operator")
HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Run:
    """How many write a minute, for how long, by which seed, with which faults, and where the provider listens."""

    rate: float
    minutes: float
    seed: int
    faults: str = ""
    port: int = 8090


def say(line: str) -> None:
    """To whoever watches."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def open_waiting(house: House, *, channels: Collection[str], api: str, secret: tuple[str, str]) -> None:
    """Open the inboxes of these channels that wait for a provider at `api`, as the sample city's do.

    `secret` is the name of the setting that the provider and we share, and a value that nobody else has.
    """
    name, value = secret
    waiting = [one for one in house.keeper.setup.inboxes if one.channel in channels and not one.active]
    for inbox in waiting:
        if str(inbox.settings.get("api", "")).rstrip("/") != api:
            continue
        sealed = house.keys.seal(value, bound_to=f"{inbox.id}/{name}")
        await house.desk.do(OPERATOR, keep_secrets, inbox.id, {name: sealed})
        await house.desk.do(OPERATOR, change_inbox, inbox.id, active=True)
        say(f"Opened an inbox: {inbox.name}.")
    await house.keeper.refresh()
