"""Messages: the whole of one, and what becomes of it."""

from typing import Any, Literal

from crm_core.actions import delivery
from crm_core.model.ids import MessageId
from crm_core.model.message import Message
from crm_core.model.view import Json, folds, message_item
from crm_core.queries import ticket
from gateway.http import faces
from gateway.http.routes import API, Ask, Input, route
from gateway.http.timeline import cleaned

OF_MESSAGE = f"{API}/messages/{{id}}"


@route("GET", OF_MESSAGE, answer=faces.MessageItem)
async def show(ask: Ask, *, id: str) -> Json:
    """One message with all of its text."""
    found = await ask.read(ticket.message, MessageId(id))
    whole = {"text": found.text, "folds": folds(found, text=found.text), "cut": False}
    return {**message_item(found), **whole, "html": cleaned(found)}


class DeliveryBody(Input):
    """Send it again, or it did arrive."""

    choice: Literal["resend", "delivered"]


@route("POST", f"{OF_MESSAGE}/deliveries", body=DeliveryBody, answer=faces.MessageItem)
async def settle(ask: Ask, *, id: str, body: DeliveryBody) -> Any:
    """Decide on a message whose fate is unknown, or that failed."""
    return await ask.do(_shown, delivery.choose, MessageId(id), choice=body.choice, house=ask.house.keeper.house)


def _shown(message: Message) -> Json:
    return message_item(message)
