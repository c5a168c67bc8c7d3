"""What an action writes and does not tell is found (`tests/told.py`)."""

from __future__ import annotations

from dataclasses import replace

from crm_core.model.event import TicketRenamed
from tests.crm_core.rules.made import a_ticket
from tests.told import untold


def test_a_ticket_that_is_written_again_after_it_was_told_is_found() -> None:
    written = replace(a_ticket(), version=3)
    assert untold({written.id: written}, [TicketRenamed(ticket=replace(written, version=2))]) == [
        f"{written.number} was written as version 3 and told as 2"
    ]
    assert untold({written.id: written}, []) == [f"{written.number} was written as version 3 and told as nothing"]
    assert untold({written.id: written}, [TicketRenamed(ticket=written)]) == []
