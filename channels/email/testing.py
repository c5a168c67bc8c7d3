"""Whether a mailbox works, as an admin asks it: both ways are gone as far as goes without a mail, and the DNS is asked.

What others need to see to believe our mail (SPF, DKIM, DMARC) is said with the record to publish.
Whether a relay signs nobody can see but in a mail that it sent; that its key is published can be asked.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

from channels.contract import Finding, NoRoute, Opening, Unavailable
from channels.email import imap
from channels.email.imap import Place
from channels.email.proving.names import Names, Silent
from channels.email.proving.prover import in_dns
from channels.email.sending import Outbox
from channels.email.settings import EmailSettings, listed
from channels.email.tokens import Tokens
from channels.shared import wording

SECONDS = 20.0
"""How long each server may take: an admin is waiting."""

_KEY = re.compile(rb"(?:^|;)\s*p\s*=\s*[A-Za-z0-9+/]")
_WORDS = wording.beside(__file__)


def steps(opening: Opening) -> Mapping[str, Mapping[str, str]]:
    """In the order in which an admin mends them."""
    fetched = ["way_in"] if opening.settings.mailbox else []
    seen = ["exchanger", "spf", "dkim", "dmarc"] if _domain(opening) else ["address"]
    return _WORDS.steps("way_out", *fetched, *seen)


async def findings(opening: Opening, outbox: Outbox, *, names: Names) -> AsyncIterator[Finding]:
    """One for each of the steps; a silent DNS ends them."""
    yield await _way_out(outbox)
    settings: EmailSettings = opening.settings
    if settings.mailbox:
        yield await _way_in(settings)
    domain = _domain(opening)
    if domain is None:
        yield _WORDS.ill("address", "no_address")
        return
    step = "exchanger"
    try:
        async for one in _seen_by_others(domain, names, selectors=listed(settings.selectors)):
            yield one
            step = _AFTER.get(one.step, step)
    except Silent:
        yield _WORDS.ill(step, "dns_silent", domain=domain)


_AFTER = {"exchanger": "spf", "spf": "dkim", "dkim": "dmarc"}
_USUAL_SELECTORS = ("default", "dkim", "mail", "google", "selector1", "selector2", "s1", "s2", "k1")
"""What relays and mail providers call their keys, where nobody says which one ours is."""


def _domain(opening: Opening) -> str | None:
    return in_dns((opening.address or "").rpartition("@")[2])


async def _way_out(outbox: Outbox) -> Finding:
    try:
        async with asyncio.timeout(SECONDS):
            relay = await outbox.greet()
    except NoRoute:
        return _WORDS.ill("way_out", "no_relay")
    except Unavailable as why:
        return wording.out_of("way_out", why)
    except TimeoutError:
        return _WORDS.ill("way_out", "relay_silent", seconds=f"{SECONDS:.0f}")
    return _WORDS.well("way_out", "relay_takes", relay=relay)


async def _way_in(settings: EmailSettings) -> Finding:
    tokens = Tokens.of(settings)
    try:
        place = Place.parse(settings.mailbox)
        token = None if tokens is None else tokens.current
        async with asyncio.timeout(SECONDS), imap.opened(place, token=token) as box:
            waiting = len(await box.uids(["UNSEEN"]))
    except Unavailable as why:
        return wording.out_of("way_in", why)
    except TimeoutError:
        return _WORDS.ill("way_in", "mailbox_silent", seconds=f"{SECONDS:.0f}")
    return _WORDS.well("way_in", "mailbox_open", folder=place.folder, host=place.host, waiting=waiting)


async def _seen_by_others(domain: str, names: Names, *, selectors: Sequence[str]) -> AsyncIterator[Finding]:
    """What the DNS tells everybody who gets our mail, or wants to answer it."""
    exchangers = await names.exchangers(domain)
    if exchangers:
        yield _WORDS.well("exchanger", "exchanged", domain=domain, exchanger=exchangers[0])
    else:
        yield _WORDS.ill("exchanger", "no_exchanger", domain=domain)
    for one in _judged(domain, await names.texts(domain)):
        yield one
    yield await _signed(domain, names, selectors=selectors)
    policies = [text for text in await names.texts(f"_dmarc.{domain}") if text.startswith(b"v=DMARC1")]
    if policies:
        yield _WORDS.well("dmarc", "dmarc_said", domain=domain)
    else:
        yield _WORDS.ill("dmarc", "dmarc_none", domain=domain)


async def _signed(domain: str, names: Names, *, selectors: Sequence[str]) -> Finding:
    """Whether a key stands where the relay's signatures say that it does (RFC 6376, 3.6.1); an empty one was withdrawn."""
    for selector in selectors or _USUAL_SELECTORS:
        found = [_KEY.search(text) for text in await names.texts(f"{selector}._domainkey.{domain}")]
        if any(found):
            return _WORDS.well("dkim", "dkim_said", domain=domain, selector=selector)
    if selectors:
        return _WORDS.ill("dkim", "dkim_none", domain=domain, selector=selectors[0])
    return _WORDS.look("dkim", "dkim_unknown", domain=domain)


def _judged(domain: str, texts: Sequence[bytes]) -> Iterator[Finding]:
    policies = [text for text in texts if text.split(b" ")[0].lower() == b"v=spf1"]
    if len(policies) == 1:
        yield _WORDS.well("spf", "spf_said", domain=domain)
    else:
        yield _WORDS.ill("spf", "spf_several" if policies else "spf_none", domain=domain)
