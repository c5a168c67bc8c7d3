"""The sender: claims what is due, hands it to its channel, and records how it went.

One sender by lease for the whole house. A claim is committed before the wire is
touched; what was claimed when we died is unknown, and a person chooses.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any

import structlog

from channels.contract import NoRoute, OutcomeUnknown, Unavailable, Undeliverable
from crm_core.actions import delivery
from crm_core.actions.delivery import Parcel
from crm_core.actions.desk import Desk
from crm_core.actions.housekeeping import Lease
from crm_core.model.actor import Actor
from crm_core.model.errors import Refusal
from crm_core.model.event import Stamped
from crm_core.model.message import Delivery, File, Outbound, Receipt
from gateway.files import FileStore, opened
from gateway.house import Door, HouseKeeper
from gateway.workers.leading import Leadership

log = structlog.get_logger()

SENDER = Actor.worker("sender")
LEASE_SECONDS = 10.0
LOOK_SECONDS = 1.0
SEND_SECONDS = 300.0
"""A channel that has not come back by then is given up: nobody knows whether it arrived."""

AT_ONCE = 40
"""Under way at most: one mail server that answers slowly must not hold up the others' mail."""

DRAIN_SECONDS = 8.0
"""At a clean stop, what is on the wire may finish within this; what does not is unknown."""


class Sender:
    """See the module. `run` until cancelled."""

    def __init__(self, desk: Desk, keeper: HouseKeeper, *, files: FileStore, holder: str) -> None:
        self._desk = desk
        self._keeper = keeper
        self._files = files
        self._leadership = Leadership(desk, SENDER, holder=holder, seconds=LEASE_SECONDS, begin=self._begin)
        self._claiming: asyncio.Task[int] | None = None
        self._flying: set[asyncio.Task[None]] = set()

    async def hear(self, events: list[Stamped]) -> None:
        """Wake when something was queued."""
        if any(event.type in ("message.queued", "message.delivery") for event in events):
            self._leadership.wake()

    async def run(self) -> None:
        """Until cancelled; what is on the wire then may land first."""
        async with self._leadership.sought():
            try:
                await self._leadership.rounds(self._send_due, look=LOOK_SECONDS)
            finally:
                await self._land()

    async def _begin(self, _lease: Lease) -> None:
        """A new sender: what the last one had in its hands is unknown; what had no way may have one now."""
        while await self._desk.do(SENDER, delivery.recover):
            pass
        await self._desk.do(SENDER, delivery.unpark)

    async def _send_due(self) -> None:
        while (lease := self._leadership.lease) and len(self._flying) < AT_ONCE:
            self._claiming = asyncio.create_task(self._claim(lease))
            if not await asyncio.shield(self._claiming):
                return

    async def _claim(self, lease: Lease) -> int:
        """Take what is due and begin to send it; how many.

        Whole, even when we are stopped meanwhile: the record would hold messages as being
        sent that nobody has in hand.
        """
        parcels = await self._desk.do(SENDER, delivery.claim, lease=lease, house=self._keeper.house)
        for parcel in parcels:
            task = asyncio.create_task(self._send(parcel))
            self._flying.add(task)
            task.add_done_callback(self._landed)
        return len(parcels)

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._flying.discard(task)
        self._leadership.wake()

    async def _land(self) -> None:
        """Let what was claimed, or is on the wire, come to its end, for a while."""
        if self._claiming is not None:
            await asyncio.wait({self._claiming}, timeout=DRAIN_SECONDS)
        if self._flying:
            await asyncio.wait(self._flying, timeout=DRAIN_SECONDS)
        for task in self._flying:
            task.cancel()
        await asyncio.gather(*self._flying, return_exceptions=True)

    async def _send(self, parcel: Parcel) -> None:
        """Send it, and write down what came of it: that is known only here, so it is tried until the record takes it."""
        outcome = await self._outcome(parcel)
        while True:
            try:
                await outcome()
                return
            except Refusal as why:
                log.warning("the outcome of a sending waits for the record", why=why.why)
                await asyncio.sleep(LOOK_SECONDS)

    async def _outcome(self, parcel: Parcel) -> Callable[[], Awaitable[Any]]:
        """Put it on the wire; what is to be written down."""
        message, version, house = parcel.outbound.message, parcel.version, self._keeper.house
        door = self._keeper.doors.get(parcel.outbound.inbox)
        try:
            receipt = await self._through(door, await self._filled(parcel))
        except NoRoute:
            return partial(self._desk.do, SENDER, delivery.park, message, claimed=version)
        except (Unavailable, Refusal) as why:
            return partial(
                self._desk.do, SENDER, delivery.postpone, message, why=str(why), house=house, claimed=version
            )
        except Undeliverable as why:
            receipt = Receipt(Delivery.FAILED, str(why))
        except (OutcomeUnknown, TimeoutError) as why:
            receipt = Receipt(Delivery.UNKNOWN, str(why) or "No answer came in time.")
        except Exception as why:  # a channel's fault: it may have left the house
            log.exception("send failed", channel=parcel.channel)
            receipt = Receipt(Delivery.UNKNOWN, f"The channel failed ({type(why).__name__}).")
        return partial(self._desk.do, SENDER, delivery.record, message, receipt, house=house)

    async def _through(self, door: Door | None, outbound: Outbound) -> Receipt:
        if door is None:
            raise Unavailable("This inbox is switched off.")
        if self._leadership.lease is None:  # we were frozen since the claim: another may have it in hand
            raise Unavailable("Sending was interrupted before it began.")
        async with asyncio.timeout(SEND_SECONDS):
            return await door.channel.send(outbound)

    async def _filled(self, parcel: Parcel) -> Outbound:
        files = []
        for file in parcel.attachments:
            content = await opened(file.digest, desk=self._desk, actor=SENDER, files=self._files)
            files.append(File(file.name, file.type, content, file.content_id))
        return replace(parcel.outbound, files=tuple(files))
