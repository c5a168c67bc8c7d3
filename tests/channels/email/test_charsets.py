"""What is written in the wrong charset, an unknown one or none is read as it was meant."""

from base64 import b64encode

import pytest

from channels.email.settings import EmailSettings
from crm_core.model.message import Inbound
from tests.channels.email.letters import channel, wire


def came(headers: bytes, body: bytes = b"x") -> Inbound:
    [mail] = channel().read(wire(headers + b"\r\n\r\n" + body)).parts
    assert isinstance(mail, Inbound)
    return mail


def word(charset: str, data: bytes) -> bytes:
    return b"=?" + charset.encode() + b"?B?" + b64encode(data) + b"?="


JIS = b"\x1b$B-j-!3t<02q<R\x1b(B"
"""㈱①株式会社 as Japanese mailers write it: the first two are in no standard."""


@pytest.mark.parametrize(
    ("charset", "body", "text"),
    [
        ("utf-7", b"Gr+APw-+AN8-e 1+-1", "Grüße 1+1"),
        ("unicode-1-1-utf-7", b"+T2BZfQ-", "你好"),
        ("utf-16le", "Grüße".encode("utf-16-le"), "Grüße"),
        ("gb2312", "𠮷野家".encode("gb18030"), "𠮷野家"),
        ("gb2312", "路灯坏了".encode(), "路灯坏了"),
        ("gbk", "路灯".encode(), "路灯"),
        ("gbk", "联通".encode("gbk"), "联通"),
        ("gb2312_charset", "停车证过期了".encode("gbk"), "停车证过期了"),
        ("=?gb2312?", "停车证过期了".encode("gbk"), "停车证过期了"),
        ("_autodetect_all", "停车证过期了".encode("gbk"), "停车证过期了"),
        ("hz-gb-2312", "停车".encode("hz"), "停车"),
        ("iso-8859-1", "停车证".encode(), "停车证"),
        ("utf-8", "停车证到期了，怎么办？".encode("gbk"), "停车证到期了，怎么办？"),
        ("utf-8", "駐車許可証の更新について教えてください".encode("cp932"), "駐車許可証の更新について教えてください"),
        ("shift_jis", "髙橋①㈱".encode("cp932"), "髙橋①㈱"),
        ("x-sjis", "日本".encode("cp932"), "日本"),
        ("iso-2022-jp", JIS, "㈱①株式会社"),
        ("big5", "裏恒碁".encode("big5hkscs"), "裏恒碁"),
        ("windows-874", "สวัสดี".encode("cp874"), "สวัสดี"),
        ('"gb2312"; format=flowed', "停车".encode("gbk"), "停车"),
    ],
)
def test_a_body_is_read_as_it_was_meant(charset: str, body: bytes, text: str) -> None:
    assert came(f"From: a@b.example\r\nContent-Type: text/plain; charset={charset}".encode(), body).text == text


@pytest.mark.parametrize(
    ("value", "subject"),
    [
        (word("gb2312", "𠮷野家㐀".encode("gb18030")), "𠮷野家㐀"),
        (word("gb2312", "路灯".encode()), "路灯"),
        (word("shift_jis", "①㈱髙".encode("cp932")), "①㈱髙"),
        (word("iso-2022-jp", JIS), "㈱①株式会社"),
        (b"=?gbk?Q?=CD=A3=B3?= =?gbk?Q?=B5=D6=A4?=", "停车证"),
        (b"=?gb18030?B?zaOz?=\r\n =?GB18030?B?tdak?=", "停车证"),
        (b"=?utf-8?Q?=E5=81=9C=E8?=\t=?utf-8?Q?=BD=A6?=", "停车"),
        (b"=?utf-7?Q?Gr+APw-+AN8-e?=", "Grüße"),
        (b"=?UTF-8?B?5YGc6L2m6K+B?=Hello", "停车证Hello"),
        (b"=?utf8?Q?caf=C3=A9?=", "café"),
        (b"=?utf-8?B?5YGc 6L2m6K+B?=", "停车证"),
        (b"=?utf-8?q?a b c?=", "a b c"),
        (b"=?windows-1252?Q?caf=E9_=80?=", "café €"),
        ("駐車許可証の更新について".encode("cp932"), "駐車許可証の更新について"),
        ("駐車許可証の更新について".encode("euc_jp"), "駐車許可証の更新について"),
        ("Где мой пропуск на парковку?".encode("cp1251"), "Где мой пропуск на парковку?"),
        ("Grüße aus Köln".encode("cp1252"), "Grüße aus Köln"),
        ("Где мой пропуск на парковку?".encode("koi8-r"), "Где мой пропуск на парковку?"),
        ("Иван Петров".encode("koi8-r"), "Иван Петров"),
        ("СРОЧНО".encode("koi8-r"), "СРОЧНО"),
        ("СРОЧНО".encode("cp1251"), "СРОЧНО"),
        ("주차 허가증 갱신".encode("euc-kr"), "주차 허가증 갱신"),
        ("안녕하세요".encode("euc-kr"), "안녕하세요"),
        ("가로등이 고장났습니다".encode("euc-kr"), "가로등이 고장났습니다"),
        ("김민수".encode("euc-kr"), "김민수"),
        ("王伟".encode("gbk"), "王伟"),
        ("你好".encode("gbk"), "你好"),
        ("关于停车".encode("gbk"), "关于停车"),
    ],
)
def test_a_header_is_read_as_it_was_meant(value: bytes, subject: str) -> None:
    assert came(b"From: a@b.example\r\nSubject: " + value).subject == subject


@pytest.mark.parametrize(
    ("charset", "said"), [("euc-kr", "주차 허가증 갱신"), ("koi8-r", "Пропуск"), ("shift_jis", "田中")]
)
def test_a_raw_header_speaks_as_the_words_below_it(charset: str, said: str) -> None:
    raw = said.encode(charset)
    mail = came(
        b"From: "
        + raw
        + b" <a@b.example>\r\nSubject: "
        + raw
        + f"\r\nContent-Type: text/plain; charset={charset}".encode(),
        raw,
    )
    assert (mail.sender_name, mail.subject, mail.text) == (said, said, said)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("王伟".encode("gbk") + b" <wei@example.org>", "王伟"),
        ("王伟".encode() + b"<wei@example.org>", "王伟"),
        (b"=?gb2312?B?zfXOsA==?=<wei@example.org>", "王伟"),
        (b"Wei <wei@example.org>>", "Wei"),
        (b"<<wei@example.org>>", ""),
        (b"Wei <wei @example.org>", "Wei"),
        (b"Wei <wei@example.org.>", "Wei"),
        (b"Wei [mailto:wei@example.org]", ""),
        (b"mailto:wei@example.org", ""),
        (b"=?utf-8?Q?Wang=2C_Wei?= <wei@example.org>", "Wang, Wei"),
    ],
)
def test_a_sender_is_read_however_it_is_written(value: bytes, name: str) -> None:
    mail = came(b"From: " + value)
    assert (mail.sender.value, mail.sender_name) == ("wei@example.org", name)


@pytest.mark.parametrize("before", [b"\r\n", b"   \r\n", b" " * 900 + b"\n\n", b"\t\n \n"])
def test_empty_lines_before_the_headers_are_no_end_of_them(before: bytes) -> None:
    mail = came(before + b"From: a@b.example\r\nSubject: x", b"words")
    assert (mail.sender.value, mail.subject, mail.text) == ("a@b.example", "x", "words")


@pytest.mark.parametrize(
    ("names", "wrong"),
    [
        ("gb18030, koi8-r\nlatin-1", []),
        ("rot13", ["charsets"]),
        ("base64", ["charsets"]),
        ("hex", ["charsets"]),
        ("punycode", ["charsets"]),
        ("klingon", ["charsets"]),
    ],
)
def test_only_charsets_can_be_set_to_be_tried(names: str, wrong: list[str]) -> None:
    assert list(EmailSettings(charsets=names).wrong()) == wrong


OF_A_COUNTRY = [
    *[(name, "cp1255", "il") for name in ("שלום", "חידוש אישור חניה", "דוד לוי", "תלונה", "יוסי כהן")],
    *[(name, "big5", "tw") for name in ("王小明", "停車證", "陳美玲", "路燈壞了", "林志豪", "關於停車證的問題")],
    *[(name, "big5", "hk") for name in ("陳大文", "投訴", "李家明")],
    *[(name, "cp1252", "de") for name in ("Jürgen", "Grüße", "Müller, Jörg", "Straße", "Ärger")],
    *[(name, "cp1252", "fr") for name in ("Zoé", "Été", "Réclamation", "François Lefèvre")],
    *[(name, "cp1252", "es") for name in ("Peña", "Año", "¿Cuándo?", "José Núñez")],
]


@pytest.mark.parametrize(("said", "charset", "country"), OF_A_COUNTRY)
def test_a_raw_header_without_any_charset_is_read_as_the_senders_country_writes(
    said: str, charset: str, country: str
) -> None:
    raw = said.encode(charset)
    mail = came(b'From: "' + raw + f'" <a@post.example.{country}>\r\nSubject: '.encode() + raw)
    assert (mail.sender_name, mail.subject) == (said, said)


@pytest.mark.parametrize("country", ["de", "il", "tw", "org"])
@pytest.mark.parametrize(
    ("said", "charset"),
    [("停车证办理", "gbk"), ("Где мой пропуск на парковку?", "koi8-r"), ("주차 허가증", "euc-kr"), ("停車證", "utf-8")],
)
def test_who_writes_another_language_from_there_is_read_as_before(country: str, said: str, charset: str) -> None:
    def read(domain: str) -> str | None:
        return came(f"From: a@{domain}\r\nSubject: ".encode() + said.encode(charset)).subject

    assert read(f"post.example.{country}") == read("example.org") == said
