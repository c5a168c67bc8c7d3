"""From Telegram's updates to our words. Pure."""

import json
import re
from collections.abc import Iterator, Mapping
from hmac import compare_digest
from typing import Any

from telegram import ChatMemberUpdated, Contact, Location, Message, PhotoSize, Sticker, Update, User, Venue
from telegram.constants import ChatMemberStatus, ChatType

from channels.contract import Forged, Reading, Sign, Unreadable, Wire
from channels.telegram.limits import SCHEME
from crm_core.model.address import Address
from crm_core.model.consent import Wish
from crm_core.model.feedback import Rated
from crm_core.model.message import Elsewhere, Inbound

SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the name of a header
FETCHED = "fetched"
"""Evidence of a wire that we fetched ourselves, by the token: nobody else can hand one in."""

EDITED = "edited"
START = "start"
PRESSED = "pressed:"
STEP = re.compile(r"([1-5]):([0-9a-z]{51})")
"""What a button under our question brings back: the step and what proves it. Of the 64 bytes that it may be, 53."""


def read(wire: Wire, *, secret: str) -> Reading:
    """One update, or the updates of one album. Raises Forged or Unreadable."""
    if FETCHED not in wire.evidence:
        _prove(wire.headers, secret)
    try:
        given = json.loads(wire.body.replace(b"\\u0000", b""))
        updates = [Update.de_json(one) for one in (given if isinstance(given, list) else [given])]
        messages = [message for update in updates if (message := update.effective_message) is not None]
    except (ValueError, TypeError, KeyError, AttributeError) as why:
        raise Unreadable(f"This is no update of Telegram's ({type(why).__name__}).") from why
    if not updates:
        raise Unreadable("This is no update of Telegram's.")
    [first, *_] = updates
    if first.callback_query is not None:
        return _pressed(first)
    if first.my_chat_member is not None:
        return _came_or_went(first.my_chat_member, id=first.update_id)
    if not messages or messages[0].chat.type != ChatType.PRIVATE or messages[0].from_user is None:
        return Reading(())  # groups, channels: nothing that anybody asked of us
    if (messages[0].text or "").split(" ")[0].split("@")[0] == "/start":
        return Reading((Sign(START, _address(messages[0].from_user)),))
    return Reading((_inbound(messages, is_edit=first.edited_message is not None),))


def _prove(headers: Mapping[str, str], secret: str) -> None:
    given = next((value for name, value in headers.items() if name.casefold() == SECRET_HEADER), "")
    if not secret or not compare_digest(given.encode("utf-8", "surrogateescape"), secret.encode()):
        raise Forged


def _address(user: User) -> Address:
    return Address(SCHEME, str(user.id))


def _pressed(update: Update) -> Reading:
    """A button under one of our messages: a step of ours, for the core to prove; of any other its words are what they say."""
    query = update.callback_query
    assert query is not None
    step = STEP.fullmatch(query.data or "")
    if step is not None:
        who, language = _address(query.from_user), _language(query.from_user)
        return Reading((Rated(step[2], int(step[1]), who, query.id, language),))
    said = Inbound(
        external_id=f"press:{query.id}",
        sender=_address(query.from_user),
        sender_name=query.from_user.full_name,
        text=query.data or "",
        language=_language(query.from_user),
        proven="signature",
    )
    return Reading((Sign(f"{PRESSED}{query.id}", said.sender), said))


def _came_or_went(changed: ChatMemberUpdated, *, id: int) -> Reading:
    """Who blocks the bot asks for no more messages; who lets it in again wants them."""
    was, now = changed.old_chat_member.status, changed.new_chat_member.status
    if changed.chat.type != ChatType.PRIVATE or ChatMemberStatus.BANNED not in (was, now) or was == now:
        return Reading(())
    blocked = now == ChatMemberStatus.BANNED
    said = Inbound(
        external_id=f"member:{id}",
        sender=_address(changed.from_user),
        sender_name=changed.from_user.full_name,
        text="[Blocked this bot]" if blocked else "[Unblocked this bot]",
        sent_at=changed.date,
        language=_language(changed.from_user),
        proven="signature",
        automatic="my_chat_member",
        wish=Wish.STOP if blocked else Wish.START,
    )
    return Reading((said,))


def _inbound(messages: list[Message], *, is_edit: bool) -> Inbound:
    """Several messages are one album: their words in order, their pictures together."""
    first, user = messages[0], messages[0].from_user
    assert user is not None
    id = f"{first.chat.id}:{first.message_id}"
    edited = f":{int(first.edit_date.timestamp())}" if is_edit and first.edit_date else ""
    in_parts = bool(first.media_group_id) and not is_edit
    words = [word for message in messages for word in _words(message)]
    files = () if is_edit else tuple(file for message in messages for file in _files(message))
    return Inbound(
        external_id=f"{id}{edited}",
        sender=_address(user),
        sender_name=user.full_name,
        text="\n".join(words),
        sent_at=first.date,
        wire_id=f"album:{first.chat.id}:{first.media_group_id}" if in_parts else None,
        in_parts=in_parts,
        elsewhere=files,
        language=_language(user),
        proven="signature",
        flags=(EDITED,) if is_edit else (),
    )


def _language(user: User) -> str | None:
    return user.language_code.partition("-")[0] if user.language_code else None


def _words(message: Message) -> Iterator[str]:
    if message.text or message.caption:
        yield message.text or message.caption or ""
    if message.contact is not None:
        yield _contact(message.contact)
    if message.venue is not None:
        yield _place(message.venue.location, message.venue)
    elif message.location is not None:
        yield _place(message.location, None)
    if message.sticker is not None:
        yield _sticker(message.sticker)
    if message.poll is not None:
        yield "\n".join([f"[Poll] {message.poll.question}", *(f"– {one.text}" for one in message.poll.options)])
    if message.dice is not None:
        yield f"[{message.dice.emoji} {message.dice.value}]"


def _contact(contact: Contact) -> str:
    name = " ".join(part for part in (contact.first_name, contact.last_name) if part)
    return f"[Contact] {name}, {contact.phone_number}"


def _place(location: Location, venue: Venue | None) -> str:
    named = f"{venue.title}, {venue.address}\n" if venue is not None else ""
    at = f"{location.latitude:.6f}, {location.longitude:.6f}"
    where = f"mlat={location.latitude:.6f}&mlon={location.longitude:.6f}"
    return f"[Place] {named}{at}\nhttps://www.openstreetmap.org/?{where}"


def _sticker(sticker: Sticker) -> str:
    return f"[Sticker] {sticker.emoji or sticker.set_name or ''}".rstrip()


_NAMED: Mapping[str, tuple[str, str]] = {
    "document": ("file", "application/octet-stream"),
    "video": ("video.mp4", "video/mp4"),
    "animation": ("animation.mp4", "video/mp4"),
    "audio": ("audio.mp3", "audio/mpeg"),
    "voice": ("voice.ogg", "audio/ogg"),
    "video_note": ("video.mp4", "video/mp4"),
}


def _files(message: Message) -> Iterator[Elsewhere]:
    if message.photo:
        largest: PhotoSize = max(message.photo, key=lambda size: size.width * size.height)
        yield Elsewhere(f"photo-{message.message_id}.jpg", "image/jpeg", largest.file_id)
    for kind, (name, type) in _NAMED.items():
        file: Any = getattr(message, kind)
        if file is not None and not (kind == "document" and message.animation is not None):
            yield Elsewhere(
                getattr(file, "file_name", None) or name, getattr(file, "mime_type", None) or type, file.file_id
            )
