"""The warden: a process that froze in the midst of a transaction must not hold up the others (PostgreSQL).

Every process that works looks for itself: no lease, since ending a dead session twice does no harm.
"""

import asyncio

import structlog

from crm_core.actions.desk import Desk
from crm_core.model.actor import Actor
from crm_core.model.errors import Refusal
from crm_core.queries import frozen

log = structlog.get_logger()

WARDEN = Actor.worker("warden")
LOOK_SECONDS = 1.0


async def watch(desk: Desk) -> None:
    """Until cancelled."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            ended = await desk.ask(WARDEN, frozen.cut_off)
            if ended:
                log.warning("frozen sessions cut off", sessions=ended)
        except Refusal as why:
            log.warning("warden waits", why=why.why)
        except Exception:  # whatever it was, looking must go on when it is over
            log.exception("warden failed")
