"""`onestop simulate --telegram`: a Bot API on this machine, for whoever has no bot, and people who write to one.

It asks the record for the inbox whose bot lives here, and makes one where there is none yet. It
runs beside `serve`, which notices a new inbox within its second and begins to fetch.
"""

import asyncio
import secrets
from typing import Any

from channels.telegram.channel import CHANNEL
from channels.telegram.simulator import BotApi, Faults
from channels.telegram.simulator.citizens import Citizens
from config.settings import Settings
from crm_core.actions.inboxes import add_inbox, keep_secrets
from crm_core.model.house import GENERAL
from crm_core.model.ids import InboxId, fresh
from gateway.city.ready import until_ready
from gateway.commands.simulated import HOST, OPERATOR, Run, open_waiting, say
from gateway.wiring import House, build


async def simulate(settings: Settings, run: Run) -> int:
    """Until the time is over: 0 if the bot was asked for what people wrote, 1 if nobody did, 2 where it could not begin."""
    try:
        faults = Faults.parsed(run.faults, seed=run.seed)
    except ValueError as why:
        say(str(why))
        return 2
    there = f"http://{HOST}:{run.port}"
    await until_ready(settings)
    async with build(settings) as house:
        if _token(house, there) is None:
            await open_waiting(house, channels={CHANNEL.name}, api=there, secret=("token", _fresh_token()))
        token = _token(house, there) or await _make(house, there)
    if token is None:
        say("There is no queue for a bot: is the catalogue empty? Start `onestop serve --sample` first.")
        return 2
    api = BotApi(token=token, faults=faults)
    async with api.served(host=HOST, port=run.port):
        say(f"A Bot API listens at {api.url}. `onestop serve` fetches from it.")
        await _drive(api, run)
    fetched = api.calls.count("getUpdates") + bool(api.webhook)
    say(f"{len(api.people)} people wrote; {api.calls.count('sendMessage')} answers arrived.")
    return 0 if fetched else 1


async def _drive(api: BotApi, run: Run) -> None:
    citizens = Citizens(api, seed=run.seed, say=say)
    loop = asyncio.get_running_loop()
    until = loop.time() + run.minutes * 60
    while loop.time() < until:
        citizens.act()
        await asyncio.sleep(min(60 / run.rate, max(0.0, until - loop.time())))


def _token(house: House, there: str) -> str | None:
    """Of the bot that lives here."""
    doors = [door for door in house.keeper.doors.values() if door.type.name == CHANNEL.name]
    found = [door.opening.settings for door in doors if door.opening.settings.api.rstrip("/") == there]
    return next((str(one.token) for one in found if one.token), None)


def _fresh_token() -> str:
    return f"{secrets.randbelow(10**9) + 10**8}:{secrets.token_urlsafe(24)}"


async def _make(house: House, there: str) -> str | None:
    general = next((one for one in house.keeper.setup.services if one.slug == GENERAL), None)
    if general is None:
        return None
    id = fresh(InboxId, at=house.clock())
    token = _fresh_token()
    given: Any = {"channel": CHANNEL.name, "name": f"{CHANNEL.title['en']} (simulated)", "settings": {"api": there}}
    await house.desk.do(OPERATOR, add_inbox, queue=general.queue, address=None, id=id, **given)
    sealed = house.keys.seal(token, bound_to=f"{id}/token")
    await house.desk.do(OPERATOR, keep_secrets, id, {"token": sealed})
    say(f"Made an inbox: {given['name']}.")
    return token
