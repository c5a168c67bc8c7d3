"""What a wire may ask of the core (`contract.Ask`): one answer for each kind, given as that inbox.

A channel puts the question and draws the answer; it never sees the record. A new kind is a
function here and a line in `ANSWERS`.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from channels.contract import Ask
from crm_core.actions.desk import Desk
from crm_core.model.errors import BadInput, Problem
from gateway.house import Door, HouseKeeper

Answer = Callable[[Ask, Door, Desk, HouseKeeper], Awaitable[Any]]

ANSWERS: Mapping[str, Answer] = {}


async def answer(ask: Ask, *, door: Door, desk: Desk, keeper: HouseKeeper) -> Any:
    """What `Channel.answer` finds in the outcome. Raises BadInput for a kind that nobody answers."""
    found = ANSWERS.get(ask.kind)
    if found is None:
        raise BadInput(Problem("ask", f"Nobody answers {ask.kind!r} here."))
    return await found(ask, door, desk, keeper)
