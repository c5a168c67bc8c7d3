"""What an admin is told when they test an inbox: whether Twilio knows us, and whether it calls us."""

from collections.abc import Mapping
from typing import Any

import aiohttp

from channels.contract import Finding, Unavailable, Verdict
from channels.shared import wording
from channels.shared.form import form_of
from channels.shared.twilio import errors
from channels.shared.twilio.account import is_public
from channels.shared.twilio.sending import Carrier
from channels.shared.twilio.settings import TwilioSettings

_WORDS = wording.beside(__file__)


def steps() -> Mapping[str, Mapping[str, str]]:
    """Our own settings first, then what Twilio says to them."""
    return _WORDS.steps("settings", "account", "number")


def settings(given: TwilioSettings) -> Finding:
    """Whether the inbox's own settings can be read; those that cannot are named as the form names them."""
    wrong = set(given.wrong())
    labels = [field.label for name, field in form_of(type(given)).fields.items() if name in wrong]
    if not labels:
        return _WORDS.well("settings", "readable")
    names = {"en": ", ".join(one["en"] for one in labels), "zh": "、".join(one["zh"] for one in labels)}
    words = {language: _WORDS.said("unreadable", names=named)[language] for language, named in names.items()}
    return Finding("settings", Verdict.ILL, words, _WORDS.todo("unreadable"))


async def account(carrier: Carrier) -> Finding:
    """Whether name and token are right, by asking for one message."""
    try:
        status, page = await carrier.ask("GET", "Messages.json", query={"PageSize": "1"})
    except Unavailable as why:
        return wording.out_of("account", why)
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return _WORDS.ill("account", "silent")
    if status == 200:
        return _WORDS.well("account", "known")
    return Finding("account", Verdict.ILL, _meaning(page.get("code") or 20003))


async def number(carrier: Carrier, number: str, *, hook: str, told: str = "sms_url") -> Finding:
    """Whether Twilio passes on to us what comes to the number; `told` is the field that says where to."""
    said = {"number": number, "hook": hook}
    if carrier.account.is_far and not is_public(hook):
        return _WORDS.ill("number", "not_public", **said)
    try:
        _, page = await carrier.ask("GET", "IncomingPhoneNumbers.json", query={"PhoneNumber": number})
    except (Unavailable, aiohttp.ClientError, TimeoutError, ValueError):
        return _WORDS.ill("number", "silent")
    known = page.get("incoming_phone_numbers") or []
    if not known:
        return _WORDS.ill("number", "no_number", **said)
    if any(one.get(told) == hook for one in known):
        return _WORDS.well("number", "calls", **said)
    return _WORDS.ill("number", "calls_elsewhere", **said)


def by_hand(carrier: Carrier, number: str, *, hook: str) -> Finding:
    """The same where Twilio does not tell: the admin looks."""
    said = {"number": number, "hook": hook}
    if carrier.account.is_far and not is_public(hook):
        return _WORDS.ill("number", "not_public", **said)
    return _WORDS.look("number", "by_hand", **said)


def _meaning(code: Any) -> Mapping[str, str]:
    return errors.known().get(str(code)) or {"en": errors.said(code), "zh": f"{code}：Twilio 拒绝了请求。"}
