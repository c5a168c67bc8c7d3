"""Whether a mailbox works, as an admin asks it: both ways are gone as far as goes without a mail, and the DNS is asked.

What others need to see to believe our mail (SPF, DMARC) is said with the record to publish.
Whether a relay signs (DKIM) nobody can see but in a mail that it sent.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence

from channels.contract import Finding, NoRoute, Opening, Unavailable
from channels.email import imap
from channels.email.imap import Place
from channels.email.proving.names import Names, Silent
from channels.email.proving.prover import in_dns
from channels.email.sending import Outbox
from channels.email.settings import EmailSettings
from channels.email.tokens import Tokens

SECONDS = 20.0
"""How long each server may take: an admin is waiting."""


async def findings(opening: Opening, outbox: Outbox, *, names: Names) -> Sequence[Finding]:
    """In the order in which an admin mends them."""
    found = [await _way_out(outbox)]
    settings: EmailSettings = opening.settings
    if settings.mailbox:
        found.append(await _way_in(settings))
    domain = in_dns((opening.address or "").rpartition("@")[2])
    if domain is None:
        return [*found, _bad("The inbox has no mail address of its own.", "这个收件箱还没有自己的邮件地址。")]
    try:
        return [*found, *[one async for one in _seen_by_others(domain, names)]]
    except Silent:
        words = f"The DNS says nothing about {domain} at the moment.", f"DNS 目前没有回答关于 {domain} 的查询。"
        return [*found, _bad(*words)]


async def _way_out(outbox: Outbox) -> Finding:
    try:
        async with asyncio.timeout(SECONDS):
            relay = await outbox.greet()
    except NoRoute:
        return _bad(
            "Answers have no way out: set a relay here, or for the whole installation.",
            "回复无法发出：请在这里或为整个系统设置发信服务器。",
        )
    except Unavailable as why:
        return _bad(str(why), f"发信服务器无法使用：{why}")
    except TimeoutError:
        return _bad(f"The relay said nothing for {SECONDS:.0f} seconds.", f"发信服务器在 {SECONDS:.0f} 秒内没有回应。")
    return _well(f"{relay} takes mail from us.", f"{relay} 接受我们发出的邮件。")


async def _way_in(settings: EmailSettings) -> Finding:
    tokens = Tokens.of(settings)
    try:
        place = Place.parse(settings.mailbox)
        token = None if tokens is None else tokens.current
        async with asyncio.timeout(SECONDS), imap.opened(place, token=token) as box:
            waiting = len(await box.uids(["UNSEEN"]))
    except Unavailable as why:
        return _bad(str(why), f"邮箱无法使用：{why}")
    except TimeoutError:
        return _bad(f"The mailbox said nothing for {SECONDS:.0f} seconds.", f"邮箱在 {SECONDS:.0f} 秒内没有回应。")
    return _well(
        f"The mailbox {place.folder} at {place.host} is open to us; {waiting} unread.",
        f"可以打开 {place.host} 上的邮箱 {place.folder}；未读 {waiting} 封。",
    )


async def _seen_by_others(domain: str, names: Names) -> AsyncIterator[Finding]:
    """What the DNS tells everybody who gets our mail, or wants to answer it."""
    for one in _judged(domain, await names.exchangers(domain), await names.texts(domain)):
        yield one
    policies = [text for text in await names.texts(f"_dmarc.{domain}") if text.startswith(b"v=DMARC1")]
    if policies:
        yield _well(f"{domain} has a DMARC policy.", f"{domain} 已设置 DMARC 策略。")
    else:
        record = f'_dmarc.{domain} TXT "v=DMARC1; p=none; rua=mailto:postmaster@{domain}"'
        yield _bad(
            f"Nobody can tell our mail from a forgery: publish {record}, and a stricter p= when the reports look right.",
            f"收件方无法识别伪造邮件：请发布 {record}，报告正常后再收紧 p=。",
        )


def _judged(domain: str, exchangers: Sequence[str], texts: Sequence[bytes]) -> Iterator[Finding]:
    if exchangers:
        yield _well(f"Mail to {domain} goes to {exchangers[0]}.", f"发往 {domain} 的邮件由 {exchangers[0]} 接收。")
    else:
        yield _bad(
            f"Nobody can answer: {domain} names no mail server (MX) in the DNS.",
            f"别人无法回信：{domain} 在 DNS 中没有邮件服务器（MX）记录。",
        )
    policies = [text for text in texts if text.split(b" ")[0].lower() == b"v=spf1"]
    record = f'{domain} TXT "v=spf1 mx include:YOUR-RELAY -all"'
    if len(policies) == 1:
        yield _well(f"{domain} says who sends its mail (SPF).", f"{domain} 已声明由谁发送其邮件（SPF）。")
    elif policies:
        yield _bad(
            f"{domain} has several SPF records, so none counts: make them one.",
            f"{domain} 有多条 SPF 记录，因此都无效：请合并为一条。",
        )
    else:
        yield _bad(
            f"Our mail may be taken for spam: {domain} does not say who sends its mail. Publish {record}.",
            f"我们的邮件可能被当作垃圾邮件：{domain} 没有声明由谁发送其邮件。请发布 {record}。",
        )


def _well(en: str, zh: str) -> Finding:
    return Finding(well=True, words={"en": en, "zh": zh})


def _bad(en: str, zh: str) -> Finding:
    return Finding(well=False, words={"en": en, "zh": zh})
