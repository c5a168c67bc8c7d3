"""Whatever comes is read or quarantined: bounds, hostile input, real mail, any bytes at all."""

import asyncio
import time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from channels.contract import Unreadable
from channels.email import reading
from channels.email.bodies import MOST_TEXT
from channels.email.reading import LARGEST
from channels.shared.heavy import HeavyReader
from crm_core.model.message import Inbound
from tests.channels.email.letters import OWN, SAMPLES, channel, read, wire

# ---------------------------------------------------------------- bounds


def test_a_mail_of_no_bytes_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        read("")


def test_a_mail_over_the_limit_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        channel().read(wire(b"From: a@b.example\r\n\r\n" + b"x" * LARGEST))


def test_text_over_the_limit_is_cut_and_says_so() -> None:
    [mail] = channel().read(wire(b"From: a@b.example\r\n\r\n" + b"x" * (MOST_TEXT + 1))).parts
    assert isinstance(mail, Inbound)
    assert (len(mail.text), mail.flags) == (MOST_TEXT, ("cut",))


def test_ten_thousand_parts_are_a_thousand() -> None:
    parts = "--m\nContent-Type: image/gif\n\nx\n" * 10_000
    mail = read(f"From: a@b.example\nContent-Type: multipart/mixed; boundary=m\n\n{parts}--m--\n")
    assert "too many parts" in mail.flags
    assert len(mail.files) <= 1_000


def test_parts_within_parts_without_end_are_bounded() -> None:
    nested = "".join(f"Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n" for level in range(2_000))
    assert read("From: a@b.example\n" + nested + "\nwords").sender.value == "a@b.example"


SLOW = {
    "base64 of nothing": b"Content-Transfer-Encoding: base64\r\n\r\n" + b"=" * 200_000,
    "quoted-printable of nothing": b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"=" * 200_000,
    "blank parameters": b"Content-Type: text/plain;" + b" " * 60_000 + b"\r\n\r\nx",
    "many parameters": b"Content-Type: text/plain" + b"; a=b" * 12_000 + b"\r\n\r\nx",
    "quotes in parameters": b"Content-Type: text/plain" + b';"' * 30_000 + b"\r\n\r\nx",
    "encoded words": b"Subject: " + b"=?utf-8?q?a?= " * 15_000 + b"\r\n\r\nx",
    "half encoded words": b"Subject: " + b"=?utf-8?q?a" * 15_000 + b"\r\n\r\nx",
    "brackets in From": b"From: " + b"<" * 60_000 + b"\r\n\r\nx",
    "quotes in From": b"From: " + b'"' * 60_000 + b"\r\n\r\nx",
    "comments in From": b"From: " + b"(" * 60_000 + b"\r\n\r\nx",
    "at signs in From": b"From: " + b"a@" * 30_000 + b"\r\n\r\nx",
    "backslashes in From": b'From: "' + b"\\" * 60_000 + b"\r\n\r\nx",
    "many recipients": b"To: " + b"a@b.example, " * 15_000 + b"\r\n\r\nx",
    "empty folds": b"Subject: x\r\n" + b" \r\n" * 60_000 + b"\r\nx",
    "headers": b"A: b\r\n" * 60_000 + b"\r\nx",
    "boundary lines": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n" * 60_000,
    "almost boundary lines": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--bx --b\r\n" * 30_000,
    "lost boundary": b"Content-Type: multipart/mixed\r\n\r\n" + b"\r\n--aaaa" * 40_000,
    "8-bit junk": b"Content-Type: text/plain\r\n\r\n" + bytes(range(128, 256)) * 1_500,
    "open tags": b"Content-Type: text/html\r\n\r\n" + b"<" * 250_000,
    "open comments": b"Content-Type: text/html\r\n\r\n" + b"<!--" * 60_000,
    "open scripts": b"Content-Type: text/html\r\n\r\n" + b"<script>" * 30_000,
    "links": b"Content-Type: text/html\r\n\r\n" + b"<a href='http://x.example'>" * 9_000 + b"</a>" * 9_000,
}


@pytest.mark.parametrize("raw", SLOW.values(), ids=SLOW.keys())
def test_nothing_makes_the_reader_slow(raw: bytes) -> None:
    started = time.process_time()
    head = b"" if raw.startswith((b"From", b"To")) else b"From: a@b.example\r\n"
    channel().read(wire(head + raw))
    assert time.process_time() - started < 0.5


# ---------------------------------------------------------------- real mail

REAL = sorted([*(SAMPLES / "mail").glob("*"), *(SAMPLES / "bounces").glob("*")])


def test_the_samples_are_there() -> None:
    assert len(REAL) > 300, f"the samples are missing: {SAMPLES}"


def test_every_real_mail_is_read_or_quarantined_within_a_second() -> None:
    quarantined = []
    for path in REAL:
        started = time.process_time()
        try:
            [mail] = channel().read(wire(path.read_bytes())).parts
            assert isinstance(mail, Inbound)
            _storable(mail)
        except Unreadable:
            quarantined.append(path.name)
        assert time.process_time() - started < 1, path.name
    assert quarantined == ["flanker-big.eml"], "that one is empty"


def test_real_bounces_are_known_as_machines() -> None:
    bounces = sorted((SAMPLES / "bounces").glob("lhost-*"))
    missed = [path.name for path in bounces if not _read(path).automatic]
    assert missed == []


def _read(path: Path) -> Inbound:
    [mail] = channel().read(wire(path.read_bytes())).parts
    assert isinstance(mail, Inbound)
    return mail


def _storable(mail: Inbound) -> None:
    """All of it can be written to a database: UTF-8, without NUL."""
    words = [mail.text, mail.html or "", mail.subject or "", mail.sender_name, mail.sender.value, mail.wire_id or ""]
    words += [*mail.references, *mail.tokens, *(address.value for address in mail.other_addresses)]
    words += [text for file in mail.files for text in (file.name, file.type, file.content_id or "")]
    for text in words:
        text.encode()
        assert "\x00" not in text
    for text in (mail.subject or "", mail.sender_name, *(file.name for file in mail.files)):
        assert "\n" not in text
        assert "\r" not in text


async def test_the_loop_goes_on_while_large_mail_is_read() -> None:
    part = b"--m\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b"QUJD" * 500_000 + b"\r\n"
    raw = b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n" + part * 5 + b"--m--\r\n"
    reader = HeavyReader()
    await reader.open()
    reading = asyncio.create_task(reader.read(channel(), wire(raw)))
    longest, last = 0.0, time.perf_counter()
    while not reading.done():
        await asyncio.sleep(0.002)
        longest, last = max(longest, time.perf_counter() - last), time.perf_counter()
    [mail] = reading.result().parts
    await reader.close()
    assert isinstance(mail, Inbound)
    assert [len(file.content) for file in mail.files] == [1_500_000] * 5
    assert longest < 0.25


# ---------------------------------------------------------------- any bytes

HEADER = st.sampled_from(
    [b"From: ", b"To: ", b"Subject: ", b"Date: ", b"Message-ID: ", b"References: ", b"Content-Type: ", b"Reply-To: ",
     b"Content-Disposition: attachment; filename=", b"Content-Transfer-Encoding: base64", b"Content-Type: multipart/mixed; boundary=b",
     b"Content-Type: text/html; charset=", b"MIME-Version: 1.0", b"Auto-Submitted: "]
)  # fmt: skip
PIECE = st.one_of(
    HEADER,
    st.binary(max_size=30),
    st.sampled_from(
        [b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"--b", b"--b--", b"\r\n--b\r\n", b"<a@b.example>", b"=?utf-8?b?", b"?=", b"=?gb2312?q?=C4=E3?=",
         b'"', b"(", b"<", b">", b";", b"*0*=utf-8''%E5", b"=", b"\x00", b"\xff\xfe", b" ", b"+", b"\x1b$B"]
    ),
)  # fmt: skip


@given(st.lists(PIECE, max_size=40).map(b"".join))
@example(b"From: a@b.example\r\nContent-Type: text/plain; charset=utf-7\r\n\r\n+2D8-")
def test_no_bytes_at_all_raise_anything_but_unreadable(raw: bytes) -> None:
    reads_anything(raw)


def reads_anything(raw: bytes) -> None:
    """Below the net that `EmailChannel.read` spreads: nothing falls into it."""
    try:
        mail = reading.read(wire(raw), own=OWN, prior=("gb18030",))
    except Unreadable:
        return
    _storable(mail)


@given(st.sampled_from(REAL), st.data())
def test_real_mail_with_a_fault_is_still_read(path: Path, data: st.DataObject) -> None:
    raw = bytearray(path.read_bytes()[:20_000])
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, max(0, len(raw) - 1)))
        raw[at : at + data.draw(st.integers(0, 20))] = data.draw(PIECE)
    reads_anything(bytes(raw))
