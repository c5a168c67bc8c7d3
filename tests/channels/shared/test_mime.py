"""Our splitter agrees with the standard library wherever a mail is well-formed, and goes on where that gives up."""

import email
import random
from email.message import EmailMessage, Message
from email.policy import SMTP

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.shared.mime import DEPTH, PARTS, Budget, Part, parse
from tests.scale import examples

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=30).filter(
    lambda name: "/" not in name and "\\" not in name
)


@st.composite
def letters(draw: st.DrawFn) -> EmailMessage:
    """Well-formed mails of every shape that people send."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = "ana@example.org"
    mail["Subject"] = draw(st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=60))
    charset = draw(st.sampled_from(["utf-8", "gb18030", "iso-8859-15"]))
    words = st.text(st.characters(codec=charset, exclude_categories=["C"]), max_size=300)
    encoding = draw(st.sampled_from(["base64", "quoted-printable"]))
    mail.set_content("".join(draw(words).splitlines()), charset=charset, cte=encoding)
    if draw(st.booleans()):
        mail.add_alternative(
            f"<p>{''.join(draw(words).splitlines())}</p>", subtype="html", charset=charset, cte=encoding
        )
    for name in draw(st.lists(NAMES, max_size=3)):
        mail.add_attachment(draw(st.binary(max_size=300)), maintype="application", subtype="pdf", filename=name)
    return mail


@settings(max_examples=examples(40))
@given(letters())
def test_well_formed_mail_is_read_as_the_standard_library_reads_it(mail: EmailMessage) -> None:
    raw = mail.as_bytes()
    theirs = [part for part in email.message_from_bytes(raw).walk() if not part.is_multipart()]
    ours = list(parse(raw).leaves())
    assert [(part.type, part.content.strip()) for part in ours] == [
        (part.get_content_type(), _content(part)) for part in theirs
    ]
    names = [
        part.get_filename() for part in email.message_from_bytes(raw, policy=SMTP).walk() if not part.is_multipart()
    ]
    assert [part.file_name or None for part in ours] == names
    assert parse(raw).text_of("subject") == mail["Subject"].strip()


def _content(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.strip()


def walk(raw: str) -> list[tuple[str, bytes]]:
    return [(part.type, part.content) for part in parse(raw.encode()).leaves()]


TWO = "Content-Type: multipart/mixed; boundary={}\n\n--b\n\none\n--b\nContent-Type: text/html\n\ntwo\n--b--\nafter"


@pytest.mark.parametrize("boundary", ["b", '"b"', "b ; x=y", '"b" (comment)', "b\n\t; charset=x"])
def test_boundaries_are_found_however_they_are_written(boundary: str) -> None:
    assert walk(TWO.format(boundary)) == [("text/plain", b"one"), ("text/html", b"two")]


@pytest.mark.parametrize(
    ("raw", "leaves"),
    [
        ("a: b\n\nwords", [("text/plain", b"words")]),
        ("words without a header", [("text/plain", b"words without a header")]),
        ("Subject: x\nwords at once", [("text/plain", b"words at once")]),
        ("From ana Mon Nov 23\nSubject: x\n\nwords", [("text/plain", b"words")]),
        ("\n\nSubject: x\n\nwords", [("text/plain", b"words")]),
        ("Subject: x", [("text/plain", b"")]),
        ("Content-Type: multipart/mixed\n\nwords", [("text/plain", b"words")]),
        ("Content-Type: multipart/mixed; boundary=no\n\nwords", [("text/plain", b"words")]),
        ("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nnot closed", [("text/plain", b"not closed")]),
        (
            "Content-Type: multipart/mixed; boundary=lost\n\n--found\nContent-Type: text/html\n\none\n--found--\n",
            [("text/html", b"one")],
        ),
        ("Content-Type: nonsense\n\nwords", [("text/plain", b"words")]),
        ("Content-Type: TEXT/HTML;;;charset\n\nwords", [("text/html", b"words")]),
        ("Content-Transfer-Encoding: x-unknown\n\nwords", [("text/plain", b"words")]),
        ("Content-Transfer-Encoding: BASE64 \n\nd29y\nZHM", [("text/plain", b"words")]),
        ("Content-Transfer-Encoding: base64\n\nd29y!!!Z", [("text/plain", b"wor")]),
        ("Content-Transfer-Encoding: quoted-printable\n\nwo=72=\nds=ZZ=", [("text/plain", b"words=ZZ")]),
        ("Content-Transfer-Encoding: x-uuencode\n\nbegin 644 x\n%=V]R9',\n`\nend", [("text/plain", b"words")]),
    ],
)
def test_what_is_broken_is_read_as_far_as_it_goes(raw: str, leaves: list[tuple[str, bytes]]) -> None:
    assert walk(raw) == leaves
    assert walk(raw.replace("\n", "\r\n"))[0][0] == leaves[0][0]


def test_lines_that_end_in_carriage_returns_only() -> None:
    assert parse(b"Subject: x\r\rone\rtwo").content == b"one\ntwo"


def test_a_boundary_that_begins_another_one_is_not_mistaken_for_it() -> None:
    inner = "Content-Type: multipart/mixed; boundary=bb\n\n--bb\n\ninner\n--bb--"
    raw = f"Content-Type: multipart/mixed; boundary=b\n\n--b\n{inner}\n--b\n\nouter\n--b--"
    assert walk(raw) == [("text/plain", b"inner"), ("text/plain", b"outer")]


def test_files_keep_their_bytes_whatever_line_ends_they_have() -> None:
    raw = (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/csv\r\n\r\na\nb\r\nc\r\n--b--\r\n"
    )
    assert [part.content for part in parse(raw).leaves()] == [b"a\nb\r\nc"]


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("attachment; filename=a.pdf", "a.pdf"),
        ('attachment; filename="a b;c.pdf"', "a b;c.pdf"),
        ('attachment; filename="a\\"b.pdf"', 'a"b.pdf'),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="C:\\\\temp\\\\a.pdf"', "a.pdf"),
        ("attachment; filename*=utf-8''%E5%8F%91%E7%A5%A8.pdf", "发票.pdf"),
        ("attachment; filename*=gb2312''%B7%A2%C6%B1.pdf", "发票.pdf"),
        ("attachment; filename*1=b.pdf; filename*0=a", "ab.pdf"),
        ("attachment; filename=x.pdf; filename*=utf-8''y.pdf", "y.pdf"),
        ("attachment; filename*=nonsense", "nonsense"),
        ("attachment; filename==?utf-8?B?5Y+R56WoLnBkZg==?=", "发票.pdf"),
        ('attachment; filename="two\r\n lines.pdf"', "two lines.pdf"),
        ("attachment", ""),
    ],
)
def test_file_names_are_read_however_they_are_encoded(disposition: str, name: str) -> None:
    assert parse(f"Content-Disposition: {disposition}\r\n\r\n".encode()).file_name == name


def test_depth_and_parts_are_bounded() -> None:
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level) for level in range(100))
    assert _depth(parse(deep)) <= DEPTH + 1
    budget = Budget()
    wide = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 5_000
    assert len(list(parse(wide, budget=budget).leaves())) == PARTS
    assert budget.spent


def _depth(part: Part) -> int:
    return 1 + max((_depth(child) for child in part.parts), default=0)


def test_any_bytes_give_a_tree() -> None:
    chance = random.Random(7)
    pieces = [
        b"--b",
        b"\n",
        b"\r\n",
        b"Content-Type: multipart/mixed; boundary=b",
        b":",
        b" ",
        b"\x00",
        b"x",
        b"=?",
        b";",
    ]
    for _ in range(2_000):
        part = parse(b"".join(chance.choices(pieces, k=40)))
        assert all(isinstance(leaf.content, bytes) for leaf in part.leaves())
