"""A channel for the worker to stumble over; in a module of its own, for the worker imports it while its clock runs."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass

from channels.contract import Ask, Outcome, Reading, Rendering, Response, Unreadable, Wire
from crm_core.model.message import Outbound, Receipt


@dataclass(frozen=True)
class Odd:
    """A channel that does what its wire says."""

    def read(self, wire: Wire) -> Reading:
        match wire.url:
            case "sleep":
                time.sleep(60)
            case "eat":
                bytearray(10**12)
            case "die":
                os._exit(3)
            case "refuse":
                raise Unreadable("no")
        return Reading((Ask(str(os.getpid())),))

    def answer(self, reading: Reading, outcomes: Sequence[Outcome]) -> Response:
        return Response()

    def render(self, message: Outbound) -> Rendering:
        return Rendering(parts=(message.text,))

    async def send(self, message: Outbound) -> Receipt:
        raise NotImplementedError
