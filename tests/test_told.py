"""What an action writes and does not tell is found (`tests/told.py`)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from crm_core.model.event import TicketRenamed
from crm_core.model.ticket import Ticket
from tests.crm_core.rules.made import a_ticket
from tests.told import ACTIONS, untold
from tests.world import ANNA, World


def test_a_ticket_that_is_written_again_after_it_was_told_is_found() -> None:
    written = replace(a_ticket(), version=3)
    assert untold({written.id: written}, [TicketRenamed(ticket=replace(written, version=2))]) == [
        f"{written.number} was written as version 3 and told as 2"
    ]
    assert untold({written.id: written}, []) == [f"{written.number} was written as version 3 and told as nothing"]
    assert untold({written.id: written}, [TicketRenamed(ticket=written)]) == []


async def test_an_action_that_writes_and_says_nothing_fails_the_test_it_runs_in(
    world: World, listened_to: list[str]
) -> None:
    """By the place where it was written: this one stands where no action does, and says so of itself."""
    written = "async def silent(tx, kind, id):\n    one = await tx.get(kind, id)\n    await tx.save(replace(one, subject='?', version=one.version + 1))\n"
    made: dict[str, Any] = {"replace": replace}
    exec(compile(written, f"{ACTIONS}/silent.py", "exec"), made)
    ticket = await world.ticket((await world.mail()).ticket)
    await world.do(ANNA, made["silent"], Ticket, ticket.id)
    assert listened_to == [f"{ticket.number} was written as version {ticket.version + 1} and told as nothing"]
    listened_to.clear()
