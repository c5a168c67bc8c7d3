"""Messages: the whole of one, its formatted body in a frame of its own, and what becomes of it."""

from typing import Any, Literal

from aiohttp import web

from crm_core.actions import delivery
from crm_core.model.ids import MessageId
from crm_core.model.message import Message
from crm_core.model.view import Json, folds, message_item
from crm_core.queries import ticket
from gateway.http import faces, headers
from gateway.http.routes import API, Ask, Input, route
from gateway.http.timeline import cleaned

OF_MESSAGE = f"{API}/messages/{{id}}"


@route("GET", OF_MESSAGE, answer=faces.MessageItem)
async def show(ask: Ask, *, id: str) -> Json:
    """One message with all of its text."""
    found = await ask.read(ticket.message, MessageId(id))
    whole = {"text": found.text, "folds": folds(found, text=found.text), "cut": False}
    return {**message_item(found), **whole, "html": cleaned(found)}


@route("GET", f"{OF_MESSAGE}/html", produces="text/html")
async def html(ask: Ask, *, id: str) -> web.Response:
    """The formatted body as a page of its own: cleaned, without script, in an opaque origin.

    Remote pictures would tell the sender who reads when and where: nothing is loaded from elsewhere.
    """
    found = await ask.read(ticket.message, MessageId(id))
    page = f'<!doctype html><meta charset="utf-8"><base target="_blank"><body>{cleaned(found) or ""}</body>'
    return web.Response(
        text=page,
        content_type="text/html",
        charset="utf-8",
        headers={"Content-Security-Policy": headers.MAIL, "X-Frame-Options": "SAMEORIGIN"},
    )


class DeliveryBody(Input):
    """Send it again, or it did arrive."""

    choice: Literal["resend", "delivered"]


@route("POST", f"{OF_MESSAGE}/deliveries", body=DeliveryBody, answer=faces.MessageItem)
async def settle(ask: Ask, *, id: str, body: DeliveryBody) -> Any:
    """Decide on a message whose fate is unknown, or that failed."""
    return await ask.do(_shown, delivery.choose, MessageId(id), choice=body.choice, house=ask.house.keeper.house)


def _shown(message: Message) -> Json:
    return message_item(message)
