"""What an admin is told when they test an inbox: whether Twilio knows us, and whether it calls us."""

from collections.abc import Mapping
from typing import Any

import aiohttp

from channels.contract import Finding, Unavailable
from channels.shared.twilio import errors
from channels.shared.twilio.account import is_public
from channels.shared.twilio.sending import Carrier

KNOWN = {"en": "Twilio knows our account and token.", "zh": "Twilio 认可我们的账户和令牌。"}
SILENT = {"en": "Twilio cannot be reached from here.", "zh": "无法连接 Twilio。"}
NOT_PUBLIC = {
    "en": "Twilio cannot call {hook}: ONESTOP_PUBLIC_URL must be an address that the whole world reaches.",
    "zh": "Twilio 无法访问 {hook}：ONESTOP_PUBLIC_URL 必须是公网可达的地址。",
}
CALLS = {"en": "Messages to {number} are passed on to this inbox.", "zh": "发往 {number} 的消息会转到此收件箱。"}
CALLS_ELSEWHERE = {
    "en": "Messages to {number} are passed on elsewhere. At Twilio, set “A message comes in” to {hook} (POST).",
    "zh": "发往 {number} 的消息被转到别处。请在 Twilio 将“A message comes in”设为 {hook}（POST）。",
}
NO_NUMBER = {
    "en": "{number} is no number of this account: look it up in Twilio's console.",
    "zh": "{number} 不是该账户的号码，请在 Twilio 控制台核对。",
}
BY_HAND = {
    "en": "Look at Twilio whether {number} passes its messages on to {hook}: that cannot be asked.",
    "zh": "请在 Twilio 核对 {number} 的消息是否转到 {hook}：此项无法自动查询。",
}


async def account(carrier: Carrier) -> Finding:
    """Whether name and token are right, by asking for one message."""
    try:
        status, page = await carrier.ask("GET", "Messages.json", query={"PageSize": "1"})
    except Unavailable as why:
        return Finding(
            well=False, words={"en": str(why), "zh": "此收件箱的 Twilio 账户设置不完整或不正确，请管理员更正。"}
        )
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return Finding(well=False, words=SILENT)
    if status == 200:
        return Finding(well=True, words=KNOWN)
    return Finding(well=False, words=_meaning(page.get("code") or 20003))


async def number(carrier: Carrier, number: str, *, hook: str) -> Finding:
    """Whether Twilio passes on to us what comes to the number."""
    said = {"number": number, "hook": hook}
    if carrier.account.is_far and not is_public(hook):
        return Finding(well=False, words=_filled(NOT_PUBLIC, said))
    try:
        _, page = await carrier.ask("GET", "IncomingPhoneNumbers.json", query={"PhoneNumber": number})
    except (Unavailable, aiohttp.ClientError, TimeoutError, ValueError):
        return Finding(well=False, words=SILENT)
    known = page.get("incoming_phone_numbers") or []
    if not known:
        return Finding(well=False, words=_filled(NO_NUMBER, said))
    ours = any(one.get("sms_url") == hook for one in known)
    return Finding(well=ours, words=_filled(CALLS if ours else CALLS_ELSEWHERE, said))


def by_hand(carrier: Carrier, number: str, *, hook: str) -> Finding:
    """The same where Twilio does not tell: the admin looks."""
    said = {"number": number, "hook": hook}
    if carrier.account.is_far and not is_public(hook):
        return Finding(well=False, words=_filled(NOT_PUBLIC, said))
    return Finding(well=True, words=_filled(BY_HAND, said))


def settings(*, why: ValueError | None) -> list[Finding]:
    """What cannot be read of the inbox's own settings."""
    return (
        []
        if why is None
        else [
            Finding(well=False, words={"en": f"A setting cannot be read: {why}.", "zh": f"有一项设置无法识别：{why}。"})
        ]
    )


def _meaning(code: Any) -> Mapping[str, str]:
    return errors.known().get(str(code)) or {"en": errors.said(code), "zh": f"{code}：Twilio 拒绝了请求。"}


def _filled(words: Mapping[str, str], said: Mapping[str, str]) -> dict[str, str]:
    return {language: text.format(**said) for language, text in words.items()}
