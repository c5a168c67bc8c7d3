"""A mail into our words. Each step has its own fallback; odd mail is read oddly, never refused.

What is claimed stays a claim: nothing here believes a From, a Reply-To or a reference.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from channels.contract import Unreadable, Wire
from channels.email import addresses, bodies, homes
from channels.email.addresses import Mailbox, mailboxes
from channels.email.automatic import automatic
from channels.email.complaints import complained
from channels.email.returns import returned
from channels.shared.charset import GUARDED, codec_for, one_line
from channels.shared.mail_text import language_by_script
from channels.shared.mime import Budget, Part, parse
from crm_core.model.address import Address
from crm_core.model.blob import digest
from crm_core.model.message import Inbound, Returned

LARGEST = 104_857_600
"""Bytes of a mail at most, whatever the receiver was told to take."""

_ENVELOPE_HEADERS = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-forwarded-to")


def read(wire: Wire, *, own: str | None, prior: Sequence[str] = ()) -> Inbound:
    """The message a wire carries. `own` is the inbox's address. Raises Unreadable only where nothing is there."""
    if len(wire.body) > LARGEST:
        raise Unreadable(f"larger than {LARGEST} bytes")
    budget = Budget()
    mail = parse(wire.body, prior=prior, budget=budget)
    if not mail.headers and not wire.body.strip():
        raise Unreadable("an empty mail")
    content = bodies.content(mail, budget=budget, prior=prior)
    mail = replace(mail, prior=(*_spoken(mail), *homes.habits(mail.raw("from")), *prior))
    sender, nobody = _sender(mail, wire, prior=mail.prior)
    return_path = wire.evidence.get("mail_from", _header_text(mail, "return-path") or None)
    own_word = sender.name if nobody else sender.address.value
    machine = automatic(mail, sender=own_word, own=own, return_path=return_path)
    references = addresses.references(mail.raw("in-reply-to"), mail.raw("references"))
    odd = {"too many parts": budget.spent, "no sender": nobody, "several senders": len(mail.all("from")) > 1}
    return Inbound(
        external_id=external_id(mail, wire.body),
        sender=sender.address,
        sender_name=sender.name,
        text=content.text,
        sent_at=_date(mail),
        subject=mail.text_of("subject")[:998] or None,
        html=content.html,
        files=content.files,
        references=references,
        tokens=_tokens(mail, wire),
        wire_id=next(iter(addresses.ids_in(mail.raw("message-id"))), None),
        reply_to=_reply_to(mail, sender=sender.address),
        proven=_proven(wire, sender.address),
        automatic=machine,
        language=language_by_script(content.text),
        other_addresses=_others(mail, sender=sender.address),
        flags=(*content.flags, *(flag for flag, so in odd.items() if so)),
        returned=_about_ours(mail, machine=machine, references=references),
    )


def _spoken(mail: Part) -> Iterator[str]:
    """In which charset its words are: a raw header beside them rarely speaks another."""
    declared = (part.parameters.get("charset") for part in mail.leaves() if part.type.startswith("text/"))
    first = next((codec for name in declared if (codec := codec_for(name))), None)
    if first is not None and first not in ("ascii", "utf-8") and (not first.startswith("cp125") or first in GUARDED):
        yield first


def _about_ours(mail: Part, *, machine: str | None, references: tuple[str, ...]) -> Returned | None:
    """What it says about a mail of ours: that it did not arrive, or that its reader does not want it."""
    if machine == "complaint":
        return complained(mail, references=references)
    return returned(mail, references=references) if machine == "bounce" else None


def external_id(mail: Part, raw: bytes) -> str:
    """SHA-256 of Message-ID, From, Date, Subject and body as they came: the same mail is the same everywhere.

    Nothing of the envelope, so that one mail to several of our addresses is found; and the
    body too, so that nobody can swallow a mail by guessing its Message-ID.
    """
    named = [mail.raw(name) for name in ("message-id", "from", "date", "subject")]
    return digest(b"".join(b"%d:" % len(value) + value for value in named), memoryview(raw)[mail.body_at :])


# ---------------------------------------------------------------- people


def _sender(mail: Part, wire: Wire, *, prior: Sequence[str]) -> tuple[Mailbox, bool]:
    """Who says to have written it; an address of its own where nobody does, so that strangers are not mixed."""
    for name in ("from", "sender", "resent-from", "reply-to", "return-path"):
        found = mailboxes(mail.raw(name), prior=prior)
        if found:
            return found[0], False
    name = mail.text_of("from")[:200]
    envelope = addresses.addresses_in(wire.evidence.get("mail_from", ""))
    if envelope:
        return Mailbox(name, envelope[0]), False
    nobody = hashlib.sha256(wire.body).hexdigest()[:16]
    return Mailbox(name, Address.mail(f"unknown-{nobody}@sender.invalid")), True


def _proven(wire: Wire, sender: Address) -> str | None:
    """The evidence around the wire, as far as it is for the sender that was read."""
    return wire.evidence.get("proven") if wire.evidence.get("proven_for", sender.value) == sender.value else None


def _reply_to(mail: Part, *, sender: Address) -> Address | None:
    """Where an answer is wanted, if it is another place; it makes nobody anybody."""
    found = mailboxes(mail.raw("reply-to"))
    return found[0].address if found and found[0].address != sender else None


def _others(mail: Part, *, sender: Address) -> tuple[Address, ...]:
    named = (mailbox.address for name in ("to", "cc") for value in mail.all(name) for mailbox in mailboxes(value))
    return tuple(address for address in dict.fromkeys(named) if address != sender)[: addresses.MOST]


def _tokens(mail: Part, wire: Wire) -> tuple[str, ...]:
    """Whatever may be a reply token of ours: it came to an address of ours, or stands in To."""
    reached = [*wire.recipients]
    for name in (*_ENVELOPE_HEADERS, "to", "cc"):
        reached += [address.value for value in mail.all(name) for address in addresses.addresses_of(value)]
    return tuple(dict.fromkeys(addresses.plus_parts(reached)))[: addresses.MOST]


def _header_text(mail: Part, name: str) -> str:
    return one_line(mail.raw(name).decode("latin-1"))


def _date(mail: Part) -> datetime | None:
    """When they say it was sent; without a zone it is taken as UTC; nonsense is no date."""
    text = _header_text(mail, "date")[:100]
    try:
        found = parsedate_to_datetime(text) if text else None
        return found and found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
