"""The pictures and files that a message names: they lie at Twilio until they are fetched."""

import asyncio
import mimetypes

from channels.contract import Unavailable, Undeliverable
from channels.shared import outside
from channels.shared.charset import storable
from channels.shared.twilio.account import Account
from channels.shared.twilio.signature import Form
from crm_core.model.message import Elsewhere, File

MOST = 10
"""A message has at most ten."""

LARGEST = 16 * 1024 * 1024
"""WhatsApp's own limit; of MMS it is five."""

SECONDS = 5.0
"""Twilio waits fifteen for an answer and does not come again: better a message without its picture than none."""


def media_of(form: Form) -> tuple[Elsewhere, ...]:
    """Each of `MediaUrl0`, `MediaUrl1` … with its type and a name made of that."""
    found = []
    for number in range(MOST):
        if url := form.get(f"MediaUrl{number}"):
            kind = storable(form.get(f"MediaContentType{number}", ""))[:100] or "application/octet-stream"
            ending = mimetypes.guess_extension(kind) or ""
            found.append(Elsewhere(f"{kind.partition('/')[0]}-{number + 1}{ending}", kind, url))
    return tuple(found)


async def fetch(file: Elsewhere, *, account: Account) -> File:
    """The file, now or never: who sent it does not come again. Raises Undeliverable."""
    try:
        return await fetch_once(file, account=account)
    except Unavailable as why:
        raise Undeliverable("it could not be fetched from Twilio in time") from why


async def fetch_once(file: Elsewhere, *, account: Account) -> File:
    """The file. The account's token goes to the account's own host and to no other. Raises Undeliverable, or Unavailable where it may be had later."""
    own = account.is_own(file.at)
    near = account.host if own and not account.is_far else ""
    try:
        async with asyncio.timeout(SECONDS):
            content = await outside.fetch(file.at, most=LARGEST, headers=account.headers if own else None, near=near)
    except TimeoutError as why:
        raise Unavailable("Twilio did not send it in time.") from why
    return File(file.name, file.type, content)
