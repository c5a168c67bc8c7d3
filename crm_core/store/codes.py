"""The matter that a signed code of ours is about. Here, because both who enters a paper and who only looks at it needs it."""

from crm_core.model.house import House
from crm_core.model.ticket import Conversation, Ticket
from crm_core.rules import signs
from crm_core.store.tx import Read


async def signed_for(read: Read, code: str, *, house: House) -> Ticket | None:
    """None for anything that we did not sign. No permission is checked."""
    id = signs.read_token(house.keys, code)
    conversation = None if id is None else await read.find(Conversation, id)
    return None if conversation is None else await read.get(Ticket, conversation.ticket)
