"""The words and files of a mail are found wherever its program hid them."""

from base64 import encodebytes
from binascii import b2a_uu

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.model.message import Inbound
from tests.channels.email.letters import read
from tests.channels.shared.outlook import BINARY, HTML, STRING, TEXT, winmail
from tests.channels.shared.test_cms import DATA, MAIL, SIGNED_DATA, of

PDF = "--m\nContent-Type: application/pdf; name=bill.pdf\nContent-Transfer-Encoding: base64\n\nJVBERi0xLjQK\n"
SPOKEN = "--m\nContent-Type: text/plain\n\nSee below.\n"


def mixed(*parts: str) -> Inbound:
    return read(f"From: ana@example.org\nContent-Type: multipart/mixed; boundary=m\n\n{''.join(parts)}--m--\n")


def encoded(content: bytes, *, type: str, name: str = "") -> str:
    named = f"; name={name}" if name else ""
    return f"--m\nContent-Type: {type}{named}\nContent-Transfer-Encoding: base64\n\n{encodebytes(content).decode()}\n"


def names(mail: Inbound) -> list[str]:
    return [file.name for file in mail.files]


# ---------------------------------------------------------------- a mail within a mail

INNER = """\
From: Bo <bo@example.org>
To: ana@example.org
Subject: =?utf-8?q?Re:_the_lamp_in_Elm=2FOak_Street?=
Content-Type: multipart/mixed; boundary=i

--i
Content-Type: text/html

<p>It is <b>dark</b>.</p>
--i
Content-Type: image/jpeg; name=lamp.jpg
Content-Transfer-Encoding: base64

/9j/
--i--
"""


def test_a_mail_within_a_mail_is_there_to_save_and_to_read_with_its_own_files() -> None:
    mail = mixed(SPOKEN, f"--m\nContent-Type: message/rfc822\n\n{INNER}")
    assert mail.text == "See below."
    assert names(mail) == ["Re the lamp in Elm Oak Street.eml", "Re the lamp in Elm Oak Street.txt", "lamp.jpg"]
    assert b"=?utf-8?q?Re" in mail.files[0].content
    said = mail.files[1].content.decode()
    assert "From: Bo <bo@example.org>\n" in said
    assert said.endswith("\n\nIt is dark.\n")


def test_one_that_was_encoded_against_the_rules_is_read_as_well() -> None:
    mail = mixed(SPOKEN, encoded(INNER.encode(), type="message/rfc822"))
    assert names(mail)[-1] == "lamp.jpg"
    assert mail.files[0].content.startswith(b"From: Bo")


def test_mails_within_mails_end_somewhere_and_nothing_is_lost() -> None:
    inner = INNER
    for level in range(8):
        inner = f"From: bo@example.org\nSubject: level {level}\nContent-Type: message/rfc822\n\n{inner}"
    mail = mixed(SPOKEN, f"--m\nContent-Type: message/rfc822\n\n{inner}")
    assert len(mail.files) <= 5
    assert b"/9j/" in mail.files[-1].content


def test_what_came_back_is_a_copy_to_save_and_no_more() -> None:
    report = f"From: mailer-daemon@x.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=m\n\n{SPOKEN}"
    mail = read(f"{report}--m\nContent-Type: message/rfc822\n\n{INNER}--m--\n")
    assert len(mail.files) == 1


# ---------------------------------------------------------------- Outlook


@pytest.mark.parametrize(("type", "name"), [("application/ms-tnef", ""), ("application/octet-stream", "winmail.dat")])
def test_what_outlook_packed_stands_in_its_place(type: str, name: str) -> None:
    packed = winmail(body=((TEXT, STRING, b"again\0"),), files=(("bill.pdf", b"%PDF", ()),))
    mail = mixed(SPOKEN, encoded(packed, type=type, name=name))
    assert (mail.text, names(mail)) == ("See below.", ["bill.pdf"])


def test_words_that_only_outlook_packed_are_the_words() -> None:
    packed = winmail(body=((HTML, BINARY, b"<p>Hello</p>"),))
    mail = mixed(encoded(packed, type="application/ms-tnef"))
    assert (mail.text, mail.html, names(mail)) == ("Hello", "<p>Hello</p>", [])


def test_a_damaged_envelope_stays_beside_what_could_be_read_of_it() -> None:
    packed = winmail(files=(("a.pdf", b"%PDF", ()), ("b.pdf", b"%PDF" * 9, ())))
    assert names(mixed(SPOKEN, encoded(packed[:-9], type="application/ms-tnef"))) == ["winmail.dat", "a.pdf", "b.pdf"]
    assert names(mixed(SPOKEN, encoded(b"junk", type="application/ms-tnef"))) == ["winmail.dat"]


# ---------------------------------------------------------------- words as files


@pytest.mark.parametrize(
    ("head", "kept"),
    [
        ("Content-Type: text/plain\nContent-Disposition: attachment", []),
        ("Content-Type: text/plain; name=letter.txt", ["letter.txt"]),
        ("Content-Type: application/octet-stream", []),
        ("Content-Type: application/octet-stream; name=letter.txt", ["letter.txt"]),
    ],
)
def test_words_that_are_a_file_are_the_words_where_there_are_no_others(head: str, kept: list[str]) -> None:
    mail = mixed(f"--m\n{head}\n\nThe lamp is out.\n")
    assert (mail.text, names(mail)) == ("The lamp is out.", kept)
    assert mixed(SPOKEN, f"--m\n{head}\n\nThe lamp is out.\n").text == "See below."


def test_a_page_that_is_a_file_is_the_words_with_its_formatting() -> None:
    mail = mixed("--m\nContent-Type: text/html\nContent-Disposition: attachment\n\n<p>The lamp is out.</p>\n")
    assert (mail.text, mail.html) == ("The lamp is out.", "<p>The lamp is out.</p>\n".strip())


@pytest.mark.parametrize("type", ["application/octet-stream", "application/octet-stream; name=photo.bin"])
def test_what_is_not_text_is_no_words(type: str) -> None:
    mail = mixed(encoded(b"\x89PNG\x00\x01", type=type))
    assert (mail.text, len(mail.files)) == ("", 1)


def test_a_file_alone_is_a_mail_without_words() -> None:
    mail = mixed("--m\nContent-Type: text/plain\n\n\n", PDF)
    assert (mail.text, mail.html, names(mail)) == ("", None, ["bill.pdf"])


def test_words_that_a_mailer_split_around_its_files_are_one_text() -> None:
    mail = mixed(
        SPOKEN, PDF, "--m\nContent-Type: text/plain\n\nAnd above.\n", PDF, "--m\nContent-Type: text/plain\n\n\n"
    )
    assert (mail.text, names(mail)) == ("See below.\n\nAnd above.", ["bill.pdf", "bill.pdf"])


def test_a_page_that_a_mailer_split_around_its_files_is_one_page() -> None:
    page = "--i\nContent-Type: text/html\n\n<p>{}</p>\n"
    inner = f"Content-Type: multipart/mixed; boundary=i\n\n{page.format('one')}{PDF.replace('--m', '--i')}{page.format('two')}--i--\n"
    mail = read(
        "From: a@b.example\nContent-Type: multipart/alternative; boundary=m\n\n"
        f"--m\nContent-Type: text/plain\n\none two\n--m\n{inner}--m--\n"
    )
    assert mail.text == "one two"
    assert mail.html
    assert mail.html.replace("\n", "") == "<p>one</p><p>two</p>"
    assert names(mail) == ["bill.pdf"]


# ---------------------------------------------------------------- files in the text

UU = "begin 644 lamp.txt\n" + b2a_uu(b"The lamp is out.").decode() + "`\nend\n"


def test_a_file_in_the_text_is_taken_out_of_it() -> None:
    mail = read(f"From: ana@example.org\n\nSee below.\n\n{UU}\nAna")
    assert mail.text.split() == ["See", "below.", "Ana"]
    assert [(file.name, file.content) for file in mail.files] == [("lamp.txt", b"The lamp is out.")]


@pytest.mark.parametrize(
    "text",
    [
        "begin 644 a.txt\nno such lines\nend",
        "begin 644 a.txt\n" + "M" * 20,
        "They begin 644 things\nend",
        "begin 644 a\n" * 500,
    ],
)
def test_what_only_looks_like_one_stays_in_the_text(text: str) -> None:
    mail = read(f"From: ana@example.org\n\n{text}")
    assert (mail.text.strip(), mail.files) == (text.strip(), ())


# ---------------------------------------------------------------- signed and encrypted

ENVELOPE = of(
    0x30, SIGNED_DATA, of(0xA0, of(0x30, of(0x02, b"\1"), of(0x31), of(0x30, DATA, of(0xA0, of(0x04, MAIL)))))
)


def test_what_is_only_signed_is_read() -> None:
    mail = mixed(encoded(ENVELOPE, type="application/pkcs7-mime; smime-type=signed-data", name="smime.p7m"))
    assert (mail.text, mail.flags, mail.files) == ("signed words", ("signed",), ())


def test_signatures_within_signatures_end_somewhere() -> None:
    nested = ENVELOPE
    for _ in range(8):
        wrapped = f"Content-Type: application/pkcs7-mime\nContent-Transfer-Encoding: base64\n\n{encodebytes(nested).decode()}".encode()
        nested = of(
            0x30,
            SIGNED_DATA,
            of(0xA0, of(0x30, of(0x02, b"\1"), of(0x31), of(0x30, DATA, of(0xA0, of(0x04, wrapped))))),
        )
    mail = mixed(encoded(nested, type="application/pkcs7-mime"))
    assert names(mail) == ["smime.p7m"]


@pytest.mark.parametrize(
    ("parts", "flag"),
    [
        (
            encoded(b"0\x03junk", type="application/pkcs7-mime; smime-type=enveloped-data", name="smime.p7m"),
            "encrypted",
        ),
        (SPOKEN + encoded(b"x", type="application/pkcs7-signature", name="smime.p7s"), "signed"),
        (SPOKEN + encoded(b"x", type="application/pgp-signature"), "signed"),
        (
            "--m\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n"
            + encoded(b"\0x", type="application/octet-stream"),
            "encrypted",
        ),
        (
            "--m\nContent-Type: text/plain\n\n-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n",
            "encrypted",
        ),
        ("--m\nContent-Type: text/plain\n\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nHello\n", "signed"),
    ],
)
def test_what_is_signed_or_encrypted_says_so_and_keeps_its_files(parts: str, flag: str) -> None:
    mail = mixed(parts)
    assert mail.flags == (flag,)
    assert len(mail.files) == parts.count("base64") + parts.count("pgp-encrypted")


@given(
    st.lists(
        st.sampled_from(
            [
                SPOKEN,
                PDF,
                f"--m\nContent-Type: message/rfc822\n\n{INNER}",
                f"--m\nContent-Type: text/plain\n\n{UU}",
                encoded(ENVELOPE, type="application/pkcs7-mime"),
                encoded(winmail(files=(("a", b"x", ()),)), type="application/ms-tnef"),
                "--m\nContent-Type: text/plain\nContent-Disposition: attachment\n\nfile\n",
            ]
        ),
        max_size=6,
    ),
    st.data(),
)
def test_any_mixture_is_read(parts: list[str], data: st.DataObject) -> None:
    whole = "".join(parts)
    cut = data.draw(st.integers(0, len(whole)))
    mail = mixed(whole[:cut])
    assert all(file.name and file.type for file in mail.files)
