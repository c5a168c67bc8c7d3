"""Reports that a reader marked a mail of ours as spam (ARF, RFC 5965), as providers send them.

With the right content types or without: some providers send only a copy and a subject.
As with what came back, nothing here believes any of it; a report often hides who
complained (RFC 6590), and the core goes by our signature in the copy.
"""

import re

from channels.email import addresses
from channels.email.returns import MOST_WORDS, copied, ids
from channels.shared.mime import Part
from crm_core.model.address import Address
from crm_core.model.message import Returned, Returning

_KIND = re.compile(r"^[ \t]*feedback-type:[ \t]*([a-z-]{3,30})", re.IGNORECASE | re.MULTILINE)
_WHO = re.compile(r"^[ \t]*(?:original-rcpt-to|removal-recipient):[ \t]*([^\r\n]{3,400})", re.IGNORECASE | re.MULTILINE)
_SUBJECT = re.compile(
    r"complaint about message from|email feedback report|(?:spam|abuse) (?:report|complaint)", re.IGNORECASE
)
_OF_MACHINES = re.compile(r"^[ \t]*(?:user-agent|version):", re.IGNORECASE | re.MULTILINE)
_UNTYPED = ("text/plain", "application/octet-stream", "message/report")
NO_COMPLAINTS = ("not-spam", "auth-failure")
"""Feedback about a mail that nobody minds: taken back, or about its signatures."""


def complained(mail: Part, *, references: tuple[str, ...]) -> Returned | None:
    """Which mail of ours somebody does not want, and who, where that is told; None: it is no complaint."""
    kind = complaint(mail)
    if kind is None or kind in NO_COMPLAINTS:
        return None
    return Returned(
        wire_ids=tuple(dict.fromkeys([*ids(mail), *references]))[: addresses.MOST],
        recipients=tuple(dict.fromkeys(_who(mail)))[: addresses.MOST],
        reason=kind,
        kind=Returning.COMPLAINT,
    )


def complaint(mail: Part) -> str | None:
    """The kind of feedback (`abuse`, `fraud`, `opt-out` …), None where a mail is none."""
    told = _report(mail)
    found = _KIND.search(told)
    if found is not None:
        return found[1].lower()
    copies = any(part.type.startswith(("message/rfc822", "text/rfc822-header")) for part in mail.leaves())
    formal = mail.parameters.get("report-type", "").lower() == "feedback-report"
    return "abuse" if formal or (copies and _SUBJECT.search(mail.text_of("subject"))) else None


def _report(mail: Part) -> str:
    """The part for machines; where its type was lost, the one that begins like it, beside others."""
    for part in mail.leaves():
        if part.type == "message/feedback-report":
            return part.content[:MOST_WORDS].decode("utf-8", "replace")
    for part in mail.leaves() if mail.parts else ():
        if part.type not in _UNTYPED or len(part.body) > MOST_WORDS:  # a file, which is not decoded twice
            continue
        text = part.content.decode("utf-8", "replace")
        if _KIND.search(text[:2000]) and _OF_MACHINES.search(text):
            return text
    return ""


def _who(mail: Part) -> list[Address]:
    told = [found for value in _WHO.findall(_report(mail)) for found in addresses.addresses_in(value)]
    if not told:
        heads = [
            copied(part).get("x-hmxmroriginalrecipient", b"") for part in mail.leaves() if part.type == "message/rfc822"
        ]
        told = [found for value in heads for found in addresses.addresses_in(value.decode("latin-1"))]
    return told
