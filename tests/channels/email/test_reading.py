"""What a mail says, in our words; and what it only claims."""

from datetime import UTC, datetime

import pytest

from crm_core.model.address import Address
from crm_core.model.message import Inbound
from tests.channels.email.letters import OWN, TOKEN, channel, read, wire

PLAIN = """\
From: Ana Novák <Ana@Example.org>
To: hello@larkhaven.example, Bo <bo@example.org>
Cc: "Chen, Li" <li@example.org>
Subject: Resident permit
Date: Mon, 23 Nov 2026 10:00:00 +0100
Message-ID: <q1@example.org>

Hello,

my permit ends in May.
"""


def test_an_ordinary_mail() -> None:
    mail = read(PLAIN, mail_from="ana@example.org")
    assert mail.sender == Address("mailto", "ana@example.org")
    assert mail.sender_name == "Ana Novák"
    assert mail.subject == "Resident permit"
    assert mail.text == "Hello,\n\nmy permit ends in May."
    assert mail.html is None
    assert mail.sent_at == datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    assert mail.wire_id == "<q1@example.org>"
    assert mail.proven is None
    assert mail.automatic is None
    assert mail.files == ()
    assert [address.value for address in mail.other_addresses] == [OWN, "bo@example.org", "li@example.org"]


def test_what_the_listener_proved_is_passed_on_and_nothing_else_proves_anything() -> None:
    forged = "Authentication-Results: mx; dmarc=pass\nReceived-SPF: pass\n" + PLAIN
    assert read(forged).proven is None
    assert read(PLAIN, proven="loopback").proven == "loopback"


# ---------------------------------------------------------------- the same mail


def test_the_same_mail_is_the_same_whatever_way_it_came() -> None:
    one = read(PLAIN)
    other = read(
        "Received: by another.example\nDelivered-To: x@y.example\n" + PLAIN, recipients=("parks@larkhaven.example",)
    )
    assert one.external_id == other.external_id


@pytest.mark.parametrize(
    "change",
    [("permit ends", "permit begins"), ("q1@", "q2@"), ("Resident", "Parking"), ("10:00", "11:00"), ("Ana@", "eva@")],
)
def test_another_mail_is_another_even_with_the_same_message_id(change: tuple[str, str]) -> None:
    assert read(PLAIN).external_id != read(PLAIN.replace(*change)).external_id


def test_a_mail_without_message_id_is_still_itself() -> None:
    bare = PLAIN.replace("Message-ID: <q1@example.org>\n", "")
    assert read(bare).wire_id is None
    assert read(bare).external_id == read(bare).external_id
    assert len({read(bare.replace("May", f"May {number}")).external_id for number in range(100)}) == 100


def test_headers_cannot_trade_letters_between_each_other() -> None:
    one = "From: a@b.example\nSubject: xy\nDate: z\n\nbody"
    other = "From: a@b.example\nSubject: x\nDate: yz\n\nbody"
    assert read(one).external_id != read(other).external_id


# ---------------------------------------------------------------- references and tokens


def test_references_are_nearest_first_and_empty_or_short_ones_never_match() -> None:
    mail = read("In-Reply-To: <near@x.example>\nReferences: <first@x.example>\n <> < > <a> <near@x.example>\n" + PLAIN)
    assert mail.references == ("<near@x.example>", "<first@x.example>")


@pytest.mark.parametrize("value", ["<>", "< >", "", "<a>", "id", "Your message of Monday"])
def test_an_empty_message_id_is_none(value: str) -> None:
    bare = PLAIN.replace("<q1@example.org>", value)
    assert read(bare).wire_id is None


def test_references_without_brackets_are_understood() -> None:
    assert read("In-Reply-To: near@x.example\n" + PLAIN).references == ("<near@x.example>",)


def test_a_flood_of_references_is_bounded() -> None:
    mail = read("References: " + " ".join(f"<{number}@x.example>" for number in range(2_000)) + "\n" + PLAIN)
    assert len(mail.references) == 100
    assert mail.references[0] == "<1999@x.example>"


@pytest.mark.parametrize(
    "where",
    [
        {"recipients": (f"hello+{TOKEN}@larkhaven.example",)},
        {"header": f"Delivered-To: hello+{TOKEN}@larkhaven.example\n"},
        {"header": f"X-Original-To: <HELLO+{TOKEN.upper()}@larkhaven.example>\n"},
        {"header": f"To: =?utf-8?b?5L2g?= <hello+{TOKEN}@larkhaven.example>\n"},
    ],
)
def test_a_reply_token_is_found_wherever_it_travelled(where: dict[str, object]) -> None:
    header, recipients = str(where.get("header", "")), where.get("recipients", (OWN,))
    assert isinstance(recipients, tuple)
    assert TOKEN in read(header + PLAIN, recipients=recipients).tokens


# ---------------------------------------------------------------- who

ANA = Address("mailto", "ana@example.org")


@pytest.mark.parametrize(
    ("value", "address", "name"),
    [
        ("ana@example.org", "ana@example.org", ""),
        ("<ana@example.org>", "ana@example.org", ""),
        ("ana@example.org (Ana Novak)", "ana@example.org", "Ana Novak"),
        ('"Novak, Ana" <ana@example.org>', "ana@example.org", "Novak, Ana"),
        ('"Ana \\"The\\" Novak" <ana@example.org>', "ana@example.org", 'Ana "The" Novak'),
        ("Ana <ana@example.org", "ana@example.org", "Ana"),
        ("Ana ana@example.org", "ana@example.org", ""),
        ("=?utf-8?Q?Ana_Nov=C3=A1k?= <ana@example.org>", "ana@example.org", "Ana Novák"),
        ('"=?utf-8?B?5byg5Lyf?=" <ana@example.org>', "ana@example.org", "张伟"),
        ("=?utf-8?Q?victim=40bank=2Eexample?= <ana@example.org>", "ana@example.org", "victim@bank.example"),
        ("=?utf-8?Q?boss=40bank.example=3E=2C_x_=3C?= <ana@example.org>", "ana@example.org", "boss@bank.example>, x <"),
        ("victim@bank.example <ana@example.org>", "ana@example.org", "victim@bank.example"),
        ("Ana <ana@example.org>, Bo <bo@example.org>", "ana@example.org", "Ana"),
        ("Group: ana@example.org, bo@example.org;", "ana@example.org", ""),
        ("=?utf-8?Q?Ana_=3Cana=40example.org=3E?=", "ana@example.org", ""),
        ("ANA@EXAMPLE.ORG", "ana@example.org", ""),
        ("ana@xn--bcher-kva.example", "ana@bücher.example", ""),
        ("josé@example.org", "josé@example.org", ""),
        ('"a b"@example.org', '"a b"@example.org', ""),
    ],
)
def test_senders_are_read_however_they_are_written(value: str, address: str, name: str) -> None:
    mail = read(f"From: {value}\nSubject: x\n\nbody")
    assert (mail.sender.value, mail.sender_name) == (address, name)


@pytest.mark.parametrize("value", ["", "<>", "undisclosed-recipients:;", "Ana", "@", "ana@", "\x00\x01"])
def test_a_sender_that_is_none_is_nobody_else(value: str) -> None:
    one, other = (read(f"From: {value}\nSubject: x\n\n{body}") for body in ("one", "other"))
    assert "no sender" in one.flags
    assert one.sender != other.sender
    assert one.sender.value.endswith("@sender.invalid")


def test_the_envelope_speaks_where_the_header_does_not() -> None:
    assert read("Subject: x\n\nbody", mail_from="ana@example.org").sender == ANA


def test_a_reply_to_is_a_place_and_not_a_person() -> None:
    mail = read("Reply-To: Eve <eve@evil.example>\n" + PLAIN)
    assert mail.sender == ANA
    assert mail.reply_to == Address("mailto", "eve@evil.example")
    assert read("Reply-To: ana@example.org\n" + PLAIN).reply_to is None


# ---------------------------------------------------------------- words


def test_text_html_and_inline_pictures_and_files() -> None:
    mail = read(
        """\
From: ana@example.org
Content-Type: multipart/mixed; boundary=m

--m
Content-Type: multipart/alternative; boundary=a

--a
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Gr=C3=BC=
=C3=9Fe
--a
Content-Type: multipart/related; boundary=r

--r
Content-Type: text/html; charset=utf-8

<p>Grüße <img src="cid:pic@x"></p>
--r
Content-Type: image/png; name="=?utf-8?Q?Stra=C3=9Fe.png?="
Content-ID: <pic@x>
Content-Transfer-Encoding: base64

iVBORw0KGgo=
--r--
--a--
--m
Content-Type: application/pdf
Content-Disposition: attachment;
 filename*0*=utf-8''%E5%8F%91;
 filename*1*=%E7%A5%A8.pdf
Content-Transfer-Encoding: base64

JVBERi0xLjQK
--m
Content-Type: message/rfc822

From: other@example.org
Subject: inner

inner words
--m--
"""
    )
    assert mail.text == "Grüße"
    assert mail.html == '<p>Grüße <img src="cid:pic@x"></p>'
    assert [(file.name, file.type, file.content_id) for file in mail.files] == [
        ("Straße.png", "image/png", "pic@x"),
        ("发票.pdf", "application/pdf", None),
        ("inner.eml", "message/rfc822", None),
        ("inner.txt", "text/plain", None),
    ]
    assert mail.files[0].content == b"\x89PNG\r\n\x1a\n"
    assert mail.files[1].content == b"%PDF-1.4\n"
    assert b"inner words" in mail.files[2].content


def test_an_html_mail_has_words_too() -> None:
    mail = read("From: a@b.example\nContent-Type: text/html\n\n<style>x{}</style><p>Hello<br>you</p><script>y</script>")
    assert mail.text == "Hello\nyou"
    assert mail.html
    assert "<script>" in mail.html, "kept as it came; cleaned when it is shown"


def test_text_around_a_file_is_one_text() -> None:
    part = "--m\nContent-Type: {}\n\n{}\n"
    parts = (
        part.format("text/plain", "before")
        + part.format("image/gif", "GIF8")
        + part.format("text/html", "<b>after</b>")
    )
    mail = read(f"From: a@b.example\nContent-Type: multipart/mixed; boundary=m\n\n{parts}--m--\n")
    assert mail.text == "before\n\nafter"
    assert mail.html == "<pre>before</pre>\n<b>after</b>"
    assert [file.type for file in mail.files] == ["image/gif"]


@pytest.mark.parametrize(
    ("header", "body", "text"),
    [
        ("gb2312", "朱镕基".encode("gb18030"), "朱镕基"),
        ("iso-gb2312", "您好".encode("gb18030"), "您好"),
        ("X-UNKNOWN", "café".encode(), "café"),
        ("iso-8859-1", "café – “x”".encode("cp1252"), "café – “x”"),
        ("us-ascii", "Grüße".encode(), "Grüße"),
        ("us-ascii", "您好，我的订单还没有收到".encode("gbk"), "您好，我的订单还没有收到"),
        ("utf-8", "Grüße".encode("latin-1"), "Grüße"),
        ("iso-2022-jp", "日本語".encode("iso2022_jp"), "日本語"),
        ("big5", "退款問題".encode("big5"), "退款問題"),
        ("ks_c_5601-1987", "한국어".encode("cp949"), "한국어"),
        ("shift_jis", "日本語①".encode("cp932"), "日本語①"),
        ("utf-16", "Grüße".encode("utf-16"), "Grüße"),
        ("rot13", b"hello", "hello"),
        ("../../etc/passwd", b"hello", "hello"),
        ("utf-8", b"\xef\xbb\xbfhello", "hello"),
        ("utf-8", b"a\x00b", "a\ufffdb"),
        ("utf-7", b"+2D8-", "\ufffd"),
    ],
)
def test_charsets_are_repaired(header: str, body: bytes, text: str) -> None:
    raw = f"From: a@b.example\r\nContent-Type: text/plain; charset={header}\r\n\r\n".encode() + body
    [mail] = channel().read(wire(raw)).parts
    assert isinstance(mail, Inbound)
    assert mail.text == text


@pytest.mark.parametrize(
    ("value", "subject"),
    [
        ("Grüße".encode(), "Grüße"),
        ("Grüße".encode("latin-1"), "Grüße"),
        ("关于停车证的问题".encode("gbk"), "关于停车证的问题"),
        (b"=?utf-8?B?5YWz5LqO?= =?utf-8?B?5YGc6L2m?=", "关于停车"),
        (b"=?utf-8?B?5YWz5Lo=?=\r\n =?utf-8?B?juWBnOi9pg==?=", "关于停车"),
        (b"=?gb2312?B?1uzpRrv5?= ok", "朱镕基 ok"),
        (b"=?x-unknown?Q?caf=C3=A9?=", "café"),
        (b"=?utf-8?Q?broken", "=?utf-8?Q?broken"),
        (b"=?utf-8?B?!!!?=", ""),
        (b"a\r\n b", "a b"),
        (b"=?utf-8?Q?two=0D=0Alines?=", "two lines"),
        (b"=?utf-8*en?Q?yes?=", "yes"),
    ],
)
def test_subjects_are_repaired(value: bytes, subject: str) -> None:
    [mail] = channel().read(wire(b"From: a@b.example\r\nSubject: " + value + b"\r\n\r\nx")).parts
    assert isinstance(mail, Inbound)
    assert (mail.subject or "") == subject


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("你好，我的停车证", "zh"),
        ("駐車許可証について", "ja"),
        ("주차 허가증", "ko"),
        ("Где мой пропуск?", "ru"),
        ("Where is it?", None),
    ],
)
def test_a_script_hints_at_the_language(text: str, language: str | None) -> None:
    assert read(f"From: a@b.example\n\n{text}").language == language


@pytest.mark.parametrize(
    "date", ["", "yesterday", "Mon, 99 Nov 2026 10:00:00", "0", "1 Jan 99999 00:00:00 +9999", "\xff"]
)
def test_a_date_that_is_none_is_none(date: str) -> None:
    assert read(f"From: a@b.example\nDate: {date}\n\nx").sent_at is None


# ---------------------------------------------------------------- machines


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ("Auto-Submitted: auto-replied (vacation)", "auto-replied"),
        ("Auto-Submitted: no", None),
        ("Precedence: bulk", "precedence bulk"),
        ("List-Id: <news.example.org>", "list-id"),
        ("X-Auto-Response-Suppress: OOF, AutoReply", "asks for no automatic answer"),
        ("X-Autoreply: yes", "x-autoreply"),
        ("Content-Type: multipart/report; report-type=disposition-notification; boundary=x", "report"),
        ("X-Failed-Recipients: a@b.example", "bounce"),
        ("List-Archive: <https://lists.example.org>", "list-archive"),
        ("X-Auto-Generated: 1", "x-auto-generated"),
        ("X-Loop: desk@b.example", "x-loop"),
        ("Precedence: auto_reply", "precedence auto_reply"),
        ("Subject: Automatic reply: Your permit", "its subject"),
        ("Subject: =?utf-8?b?6Ieq5Yqo5Zue5aSNOuaCqOeahOiuuOWPr+ivgQ==?=", "its subject"),
        ("Subject: Out of office supplies, please help", None),
        ("Subject: Re: Automatic reply to my permit", None),
    ],
)
def test_machines_are_known_by_what_they_say(headers: str, why: str | None) -> None:
    body = "--x\n\nhi\n--x--" if "boundary" in headers else "x"
    assert read(f"From: a@b.example\n{headers}\n\n{body}").automatic == why


@pytest.mark.parametrize(
    ("sender", "mail_from", "why"),
    [
        ("MAILER-DAEMON@b.example", "<>", "bounce"),
        ("Mail Delivery System <postmaster@b.example>", "<>", "bounce"),
        ("no-reply@b.example", "no-reply@b.example", "no-reply sender"),
        ("ana@b.example", "<>", "null return path"),
        (OWN, OWN, "our own address"),
        ("ana@b.example", "ana@b.example", None),
        ("norbert@b.example", "norbert@b.example", None),
        ("news-bounces@b.example", "x@b.example", "no-reply sender"),
        ("Majordomo@b.example", "x@b.example", "no-reply sender"),
        ("dog-owner@b.example", "x@b.example", None),
        ("postmasters-union@b.example", "x@b.example", None),
    ],
)
def test_machines_are_known_by_who_they_are(sender: str, mail_from: str, why: str | None) -> None:
    assert read(f"From: {sender}\n\nx", mail_from=mail_from).automatic == why
