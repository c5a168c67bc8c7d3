"""The test button: who the bot is, and whether what people write reaches us."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from telegram.error import InvalidToken, TelegramError

from channels.contract import Finding, NoRoute, Opening
from channels.telegram.bot import close_bot, open_bot, said
from channels.telegram.settings import OFFICIAL, TelegramSettings

_NO_TOKEN = {
    "en": "The token is missing. Ask @BotFather for one and set it here.",
    "zh": "缺少令牌。请向 @BotFather 索取并在此设置。",
}
_UNKNOWN = {
    "en": "Telegram does not know this token. Get it from @BotFather (/token) and set it anew.",
    "zh": "Telegram 不认识此令牌。请从 @BotFather（/token）重新获取并设置。",
}
_NO_HTTPS = {
    "en": "Telegram calls only public https addresses, and ours is none (ONESTOP_PUBLIC_URL). Turn the webhook off: then we fetch.",
    "zh": "Telegram 只呼叫公开的 https 地址，而本系统的地址不是（ONESTOP_PUBLIC_URL）。请关闭 webhook，改由本系统拉取。",
}
_FETCHED = {
    "en": "We fetch what people write. {waits} wait.",
    "zh": "由本系统拉取来信，现有 {waits} 条等待。",
}
_TAKEN = {
    "en": "A webhook of somebody else is set. It is taken back within a minute; if it comes again, renew the token.",
    "zh": "已设置了别处的 webhook。一分钟内会收回；如再次出现，请更换令牌。",
}
_CALLED = {
    "en": "Telegram calls us at our address. {waits} wait there.",
    "zh": "Telegram 会呼叫本系统的地址，现有 {waits} 条等待。",
}
_FAILS = {
    "en": "Telegram's last call failed: {why}. Is our address reachable from outside?",
    "zh": "Telegram 最近一次呼叫失败：{why}。请检查外部能否访问本系统地址。",
}
_BOT = {
    "en": "Telegram knows the bot: @{name}. Write to it, and see the message arrive.",
    "zh": "Telegram 认识此机器人：@{name}。请给它发一条消息，看看是否收到。",
}


async def test(opening: Opening) -> list[Finding]:
    """In order: the token, then the way in."""
    settings: TelegramSettings = opening.settings
    try:
        bot = open_bot(settings)
    except NoRoute:
        return [Finding(well=False, words=_NO_TOKEN)]
    try:
        me = await bot.get_me()
        info = await bot.get_webhook_info()
    except InvalidToken:
        return [Finding(well=False, words=_UNKNOWN)]
    except TelegramError as why:
        return [Finding(well=False, words={"en": said(why), "zh": f"无法连接 Telegram（{why.message}）。"})]
    finally:
        await close_bot(bot)
    found = [Finding(well=True, words=_filled(_BOT, name=me.username or me.first_name))]
    waits = info.pending_update_count
    if not settings.webhook:
        return [*found, Finding(well=not info.url, words=_TAKEN if info.url else _filled(_FETCHED, waits=waits))]
    if urlsplit(opening.hook_url).scheme != "https" and settings.api == OFFICIAL:
        return [*found, Finding(well=False, words=_NO_HTTPS)]
    if info.url != opening.hook_url:
        return [*found, Finding(well=False, words=_TAKEN)]
    if info.last_error_message and waits:
        return [*found, Finding(well=False, words=_filled(_FAILS, why=info.last_error_message))]
    return [*found, Finding(well=True, words=_filled(_CALLED, waits=waits))]


def _filled(words: Mapping[str, str], **values: object) -> dict[str, str]:
    return {language: text.format(**values) for language, text in words.items()}
