"""An admin decides what forms ask of whoever fills one in, and which sites may show them."""

from collections.abc import Iterable
from dataclasses import replace

from crm_core.model.errors import BadInput, Problem
from crm_core.model.event_house import InboxChanged
from crm_core.model.ids import InboxId
from crm_core.model.inbox import Forms, Inbox
from crm_core.rules import origins as rule
from crm_core.store.tx import Tx


async def choose_forms(tx: Tx, id: InboxId, *, confirm: bool, origins: Iterable[str]) -> Inbox:
    """Whether a typed address is confirmed before it is written to again, and where the forms may stand."""
    await tx.permit(to="inboxes")
    named = rule.tidy(origins)
    strange = rule.strange(named)
    if strange:
        raise BadInput(Problem("origins", f"{strange[0]} is no site. Write it like https://www.example.org."))
    inbox = await tx.get(Inbox, id)
    changed = await tx.save(replace(inbox, forms=Forms(confirm, named), version=inbox.version + 1))
    tx.emit(InboxChanged(inbox=changed))
    return changed
