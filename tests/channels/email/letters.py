"""Values that the tests of the mail channel share."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from channels.contract import Opening, Wire
from channels.email.channel import EmailChannel
from channels.email.settings import EmailSettings
from crm_core.model.address import Address
from crm_core.model.ids import InboxId, MessageId
from crm_core.model.message import Inbound, Outbound

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
OWN = "hello@larkhaven.example"
TOKEN = "01kafyn7ekr1vs6m0w2p3d4f5" + "k" * 26  # as long and of the same letters as ours
SAMPLES = Path(__file__).parents[4] / "shared" / "samples"


def opening(*, relay: str | None = None, settings: EmailSettings | None = None) -> Opening:
    return Opening(
        inbox=InboxId("inbox"),
        address=OWN,
        name="Front desk",
        settings=settings or EmailSettings(),
        public_url="http://127.0.0.1:8080",
        relay=relay,
    )


def channel(**kwargs: Any) -> EmailChannel:
    return EmailChannel(opening(**kwargs))


def wire(body: bytes, *, recipients: tuple[str, ...] = (OWN,), **evidence: str) -> Wire:
    return Wire(body, {}, "smtp:", NOW, recipients=recipients, evidence=evidence)


def read(body: bytes | str, *, recipients: tuple[str, ...] = (OWN,), **evidence: str) -> Inbound:
    raw = body.encode() if isinstance(body, str) else body
    [part] = (
        channel()
        .read(wire(raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), recipients=recipients, **evidence))
        .parts
    )
    assert isinstance(part, Inbound)
    return part


def outbound(**changes: Any) -> Outbound:
    plain = Outbound(
        message=MessageId("m1"),
        inbox=InboxId("inbox"),
        to=Address.mail("ana@example.org"),
        to_name="Ana Novák",
        from_name="Lena at Larkhaven",
        text="Your permit is ready.",
        wire_id=f"<on.{TOKEN[:25]}.{'m' * 26}@larkhaven.example>",
        created_at=NOW,
        ticket_number="ON-4F7K-2931",
        subject="Re: Resident permit",
        in_reply_to="<question-2@example.org>",
        references=("<question-1@example.org>", "<answer-1@larkhaven.example>", "<question-2@example.org>"),
        reply_token=TOKEN,
    )
    return replace(plain, **changes)
