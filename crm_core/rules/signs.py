"""Signed names that travel outside and come back: reply tokens and Message-IDs.

Both are an id with a MAC of 130 bits: nobody can make one who does not hold the key,
and only who got our mail knows one. Several keys verify, the first one signs, so that a
key can be changed without losing what is under way.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence
from typing import TypeVar

from crm_core.model.ids import ConversationId, FeedbackId, MessageId

TOKEN_LENGTH = 51
"""Characters of a reply token: with `name+` before it, 12 remain of a local part's 64 (RFC 5321)."""

T = TypeVar("T", bound=str)

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # as ids: Crockford's base 32, lower case
_ID = rf"[{_ALPHABET}]{{25}}"
_MAC = rf"[{_ALPHABET}]{{26}}"
_TOKEN = re.compile(rf"({_ID})({_MAC})")
_MESSAGE_ID = re.compile(rf"<?on\.({_ID})\.({_MAC})@[^<>\s@]{{1,255}}>?")
_LONGEST = 400


def sign_token(key: bytes, conversation: ConversationId) -> str:
    """The token that leads an answer back to this conversation; it fits into an address."""
    return conversation + _mac(key, purpose="reply", text=conversation)


def read_token(keys: Sequence[bytes], text: str) -> ConversationId | None:
    """The conversation a token names, or None for anything that we did not sign.

    Case is ignored: mail systems change it in addresses.
    """
    found = _match(_TOKEN, text=text)
    if not found:
        return None
    return _verified(keys, purpose="reply", id=ConversationId(found[1]), mac=found[2])


def sign_files(key: bytes, message: MessageId) -> str:
    """What opens the files of this message, and of no other."""
    return message + _mac(key, purpose="files", text=message)


def read_files(keys: Sequence[bytes], text: str) -> MessageId | None:
    """The message whose files this opens, or None for anything that we did not sign."""
    found = _match(_TOKEN, text=text)
    if not found:
        return None
    return _verified(keys, purpose="files", id=MessageId(found[1]), mac=found[2])


def sign_feedback(key: bytes, feedback: FeedbackId) -> str:
    """What lets its holder answer this one question of ours."""
    return feedback + _mac(key, purpose="feedback", text=feedback)


def read_feedback(keys: Sequence[bytes], text: str) -> FeedbackId | None:
    """The asking that this answers, or None for anything that we did not sign."""
    found = _match(_TOKEN, text=text)
    if not found:
        return None
    return _verified(keys, purpose="feedback", id=FeedbackId(found[1]), mac=found[2])


def message_id(key: bytes, message: MessageId, *, domain: str) -> str:
    """The Message-ID of our message: the same for each attempt, and provably ours when it comes back."""
    return f"<on.{message}.{_mac(key, purpose='message', text=message)}@{domain}>"


def read_message_id(keys: Sequence[bytes], text: str) -> MessageId | None:
    """The message of ours that a Message-ID names, or None for one that we did not make.

    The domain is not part of the proof: ours may change, and gateways rewrite it.
    """
    found = _match(_MESSAGE_ID, text=text)
    if not found:
        return None
    return _verified(keys, purpose="message", id=MessageId(found[1]), mac=found[2])


def _match(pattern: re.Pattern[str], *, text: str) -> re.Match[str] | None:
    if len(text) > _LONGEST:
        return None
    return pattern.fullmatch(text.strip().lower())


def _verified(keys: Sequence[bytes], *, purpose: str, id: T, mac: str) -> T | None:
    """All keys are tried, in constant time each: how long it takes tells nothing."""
    right = [hmac.compare_digest(_mac(key, purpose=purpose, text=id), mac) for key in keys]
    return id if any(right) else None


def _mac(key: bytes, *, purpose: str, text: str) -> str:
    """HMAC-SHA256 (RFC 2104) over purpose and text, its first 130 bits in base 32."""
    digest = hmac.digest(key, f"onestop {purpose}\0{text}".encode(), hashlib.sha256)
    number = int.from_bytes(digest[:17], "big") >> 6
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))
