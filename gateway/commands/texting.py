"""`onestop simulate --twilio`: a provider of texts and calls on this machine, for whoever has no account there.

It asks the record which inboxes send to it, and makes one for each channel that can where
there is none yet. It runs beside `serve`, which notices new inboxes within its second.
"""

import asyncio
import secrets
from collections.abc import Iterable
from dataclasses import fields
from random import Random

import aiohttp

from channels.contract import ChannelType, Habitual
from channels.shared.twilio.messaging import Line
from channels.shared.twilio.simulator.app import Simulator
from channels.shared.twilio.simulator.callers import Callers, Person
from channels.shared.twilio.simulator.carrier import Carrier, Number, sid
from channels.shared.twilio.simulator.citizens import Citizens
from channels.shared.twilio.simulator.faults import Odds
from channels.shared.twilio.simulator.lines import Line as Call
from config.settings import Settings
from crm_core.actions.inboxes import add_inbox, keep_secrets
from crm_core.model.house import GENERAL
from crm_core.model.ids import InboxId, fresh
from gateway.city.ready import until_ready
from gateway.commands.simulated import HOST, OPERATOR, Run, open_waiting, say
from gateway.house import Door
from gateway.wiring import House, build

PACE = 0.7
CALLS_ARE_RARER = 6
"""A call takes an agent whole for minutes: so many texts come for each."""

FORGED = 403
OPENS_WITHIN = 15.0
NEEDED = frozenset({"account_sid", "auth_token", "number", "api"})
NUMBERS = "+1555014{:04}"
TEMPLATES = """HX0000000000000000000000000000news | en | News | About {{1}}: we have news for you. Answer here to read it.
HX000000000000000000000000000000zh | zh | 新消息 | 关于{{1}}，我们有新的消息。请在此回复查看。
HX0000000000000000000000000000ready | en | Ready | What you asked for is ready. Come to {{1}} from {{2}} on.
"""


async def simulate(settings: Settings, run: Run) -> int:
    """Until the time is over: 0 if our hooks took anything, 1 if nothing, 2 where it could not begin."""
    try:
        odds = Odds.of(run.faults)
    except ValueError as why:
        say(str(why))
        return 2
    await until_ready(settings)
    async with build(settings) as house:
        there = f"http://{HOST}:{run.port}"
        if not _doors(house, there):
            texts = {kind.name for kind in _kinds(house.types.values())}
            await open_waiting(house, channels=texts, api=there, secret=("auth_token", secrets.token_hex(16)))
        if not _doors(house, there):
            await _make(house, there)
        doors = _doors(house, there)
    if not doors:
        say("There is no inbox that could send here: is the catalogue empty? Start `onestop serve --sample` first.")
        return 2
    if not await _open(doors):
        say(f"Nobody answers at {doors[0].opening.hook_url}: is `onestop serve` running?")
        return 2
    return await _drive(doors, run, odds=odds)


def _doors(house: House, there: str) -> list[Door]:
    """The inboxes that send to this simulator, all of the account of the first."""
    texts = {kind.name for kind in _kinds(house.types.values())}
    found = [
        one
        for one in house.keeper.doors.values()
        if one.inbox.channel in texts and one.opening.settings.api.rstrip("/") == there
    ]
    return [one for one in found if one.opening.settings.account_sid == found[0].opening.settings.account_sid]


def _kinds(types: Iterable[ChannelType]) -> list[ChannelType]:
    return [kind for kind in types if {field.name for field in fields(kind.settings)} >= NEEDED]


async def _make(house: House, there: str) -> None:
    """An inbox for each channel that goes through this provider, with a token that nobody else has."""
    general = next((one for one in house.keeper.setup.services if one.slug == GENERAL), None)
    if general is None:
        return
    account, token = sid("AC"), secrets.token_hex(16)
    for index, kind in enumerate(_kinds(house.types.values())):
        number = NUMBERS.format(index)
        id = fresh(InboxId, at=house.clock())
        plain = {"account_sid": account, "number": number, "api": there}
        if "templates" in {field.name for field in fields(kind.settings)}:
            plain["templates"] = TEMPLATES
        await house.desk.do(
            OPERATOR,
            add_inbox,
            channel=kind.name,
            name=f"{kind.title['en']} (simulated)",
            queue=general.queue,
            address=number,
            settings=plain,
            id=id,
        )
        sealed = house.keys.seal(token, bound_to=f"{id}/auth_token")
        await house.desk.do(OPERATOR, keep_secrets, id, {"auth_token": sealed})
        say(f"Made an inbox: {kind.title['en']}, {number}.")
    await house.keeper.refresh()


async def _open(doors: list[Door]) -> bool:
    """Whether each hook is open: what is not signed is refused there with 403. A new one takes a moment."""
    loop = asyncio.get_running_loop()
    until = loop.time() + OPENS_WITHIN
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
        for door in doors:
            while await _status(session, door.opening.hook_url) != FORGED:
                if loop.time() > until:
                    return False
                await asyncio.sleep(0.2)
    return True


async def _status(session: aiohttp.ClientSession, url: str) -> int:
    try:
        async with session.post(url) as answer:
            return answer.status
    except (aiohttp.ClientError, TimeoutError):
        return 0


async def _drive(doors: list[Door], run: Run, *, odds: Odds) -> int:
    taken = 0

    def told(url: str, status: int) -> None:
        nonlocal taken
        taken += status == 200
        if status not in (200, 204):
            say(f"NOT TAKEN: {status or 'no answer'} from {url.partition('?')[0]}")

    settings = doors[0].opening.settings
    carrier = Carrier(settings.account_sid, settings.auth_token, [_number(door) for door in doors])
    simulator = Simulator(carrier, odds, seed=run.seed, pace=PACE, told=told)
    citizens = Citizens(simulator, Random(run.seed), say)  # noqa: S311 - it draws who writes, and keeps no secret
    simulator.arrived = citizens.read
    try:
        await simulator.open(host=HOST, port=run.port)
    except OSError as why:
        say(f"Port {run.port} cannot be had ({why.strerror}). Choose another with --port.")
        return 2
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_write(citizens, run))
            for number in (one for one in carrier.numbers.values() if one.voice):
                group.create_task(_call(simulator, number, run))
        await simulator.hear_out()
    finally:
        await simulator.close()
    return 0 if taken else 1


async def _write(citizens: Citizens, run: Run) -> None:
    """New matters at random moments, as they come (Poisson)."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + run.minutes * 60
    while loop.time() < ends:
        if run.rate > 0:
            citizens.write()
        wait = citizens.random.expovariate(run.rate / 60) if run.rate > 0 else run.minutes * 60
        await asyncio.sleep(max(0.0, min(wait, ends - loop.time())))


async def _call(simulator: Simulator, number: Number, run: Run) -> None:
    """People call at random moments; whoever is not put through in their patience hangs up."""
    callers = Callers(simulator.exchange, Random(run.seed), _told)  # noqa: S311 - it draws who calls, and keeps no secret
    loop = asyncio.get_running_loop()
    ends = loop.time() + run.minutes * 60
    say(f"People call {number.number}. Sign in, be available, and take a call in the console.")
    while run.rate > 0 and (left := ends - loop.time()) > 0:
        simulator.later(callers.call(callers.drawn(), to=number.number))
        await asyncio.sleep(min(left, callers.random.expovariate(run.rate / CALLS_ARE_RARER / 60)))
    await asyncio.sleep(max(0.0, ends - loop.time()))


def _told(line: Call, person: Person) -> None:
    """A line for each call that is over, as for each text."""
    lasted = (line.ended - (line.began or line.ended)).total_seconds() if line.ended else 0
    say(f"{person.number}  called, {person.became}, {lasted:.0f} s in all")


def _number(door: Door) -> Number:
    settings, channel = door.opening.settings, door.channel
    prefix = channel.prefix if isinstance(channel, Line) else ""
    templates = {one.id: one.text for one in channel.habits().templates} if isinstance(channel, Habitual) else {}
    voice = door.type.capabilities.calls
    return Number(f"{prefix}{settings.number}", door.opening.hook_url, settings.auth_token, templates, voice=voice)
