"""Our answers as any mail program reads them."""

import email
import email.policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.contract import Undeliverable
from channels.email.composing import compose
from channels.email.rendering import render
from channels.email.settings import EmailSettings
from crm_core.model.address import Address
from crm_core.model.message import File, Outbound
from crm_core.model.preferences import Need
from tests.channels.email.letters import OWN, TOKEN, outbound, read

PRINTABLE = st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp"))


def composed(message: Outbound, **settings: str) -> EmailMessage:
    letter = compose(message, address=OWN, settings=EmailSettings(**settings))  # type: ignore[arg-type]
    assert max(len(line) for line in letter.content.split(b"\r\n")) <= 998
    assert b"\n" not in letter.content.replace(b"\r\n", b"")
    return email.message_from_bytes(letter.content, policy=email.policy.default)


@given(st.text(PRINTABLE, max_size=200), st.text(PRINTABLE, max_size=80), st.text(max_size=400))
def test_what_was_written_is_what_is_read(subject: str, name: str, text: str) -> None:
    message = outbound(subject=subject, from_name=name, text=text, ticket_number="")
    mail = compose(message, address=OWN, settings=EmailSettings())
    assert mail.content.isascii()
    back = read(mail.content)
    assert (back.subject or "") == subject.strip()
    assert back.sender.value == OWN
    assert _bare(back.sender_name) == _bare(name)
    assert _bare(back.text) == _bare(text.encode("utf-8", "replace").decode())


def _bare(text: str) -> str:
    return "".join(sign for sign in text if sign.isalnum())


@pytest.mark.parametrize(("language", "line"), [(None, "Your number: ON-4F7K-2931"), ("zh", "您的编号：ON-4F7K-2931")])
def test_the_number_stands_under_every_answer_in_their_language(language: str | None, line: str) -> None:
    mail = composed(outbound(language=language), signature="City of Larkhaven")
    assert mail.get_content().splitlines()[-3:] == ["-- ", "City of Larkhaven", line]


def test_who_needs_large_print_gets_a_page_in_large_print_with_the_same_words() -> None:
    mail = composed(outbound(text="Come <soon>.\nAnna", needs=(Need("large_print", "18 pt"),)))
    plain, page = mail.iter_parts()
    assert plain.get_content().splitlines()[:2] == ["Come <soon>.", "Anna"]
    assert "font-size:150%" in page.get_content()
    assert "<p>Come &lt;soon&gt;.<br>Anna</p>" in page.get_content()


@given(st.text(PRINTABLE, max_size=400), st.sampled_from(["", "<p>Hi</p>"]), st.sampled_from(["", "Larkhaven"]))
def test_what_is_shown_before_is_what_leaves(text: str, html: str, signature: str) -> None:
    message = outbound(text=text, html=html or None)
    shown = render(message, settings=EmailSettings(signature=signature))
    mail = composed(message, signature=signature)
    sent = [part.get_content() for part in mail.walk() if not part.is_multipart()]
    assert [_plain(words) for words in sent] == [_plain(each) for each in (shown.parts[0], shown.html) if each]


def _plain(words: str) -> str:
    return "\n".join(words.splitlines()).rstrip()


def test_html_pictures_and_files_stand_where_mail_programs_expect_them() -> None:
    files = (
        File("pic.png", "image/png", b"\x89PNG", content_id="pic@x"),
        File("发票 2026.pdf", "application/pdf", b"%PDF"),
        File("old.eml", "message/rfc822", b"From: x\r\n\r\ny"),
        File('a"b\r\n.txt', "nonsense", b"z"),
    )
    mail = composed(outbound(html='<p>Hi <img src="cid:pic@x"></p>', files=files))
    assert mail.get_content_type() == "multipart/mixed"
    alternative, *attached = mail.iter_parts()
    plain, related = alternative.iter_parts()
    page, picture = related.iter_parts()
    assert plain.get_content().splitlines()[0] == "Your permit is ready."
    assert '<p>Hi <img src="cid:pic@x"></p>' in page.get_content()
    assert (picture["Content-ID"], picture.get_content()) == ("<pic@x>", b"\x89PNG")
    assert [(part.get_content_type(), part.get_filename()) for part in attached] == [
        ("application/pdf", "发票 2026.pdf"),
        ("application/octet-stream", "old.eml"),
        ("application/octet-stream", 'a"b  .txt'),
    ]
    assert attached[0].get_content() == b"%PDF"


@given(st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp")), min_size=1, max_size=150))
def test_file_names_of_any_script_arrive(name: str) -> None:
    letter = compose(outbound(files=(File(name, "text/csv", b"1"),)), address=OWN, settings=EmailSettings())
    assert max(len(line) for line in letter.content.split(b"\r\n")) <= 998
    assert read(letter.content).files[0].name == name.replace("\\", "/").rpartition("/")[2].strip() or "file"


def test_an_answer_in_html_only_has_words_too() -> None:
    mail = composed(outbound(text="", html="<p>Hello <b>Ana</b></p>"))
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    body = mail.get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines()[0] == "Hello Ana"


def test_signature_and_own_sender_name() -> None:
    mail = composed(outbound(), signature="City of Larkhaven\nTown Hall", sender_name="Larkhaven, Front Desk")
    assert mail["From"] == f'"Larkhaven, Front Desk" <{OWN}>'
    signed = ["Your permit is ready.", "", "-- ", "City of Larkhaven", "Town Hall", "Your number: ON-4F7K-2931"]
    assert mail.get_content().splitlines() == signed


def test_an_automatic_mail_says_so_and_wants_no_bounce() -> None:
    letter = compose(outbound(automatic=True), address=OWN, settings=EmailSettings())
    assert letter.sender == ""
    mail = email.message_from_bytes(letter.content)
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert read(letter.content).automatic == "auto-replied"


def test_our_own_mail_coming_back_finds_its_token_and_its_id() -> None:
    answer = compose(outbound(), address=OWN, settings=EmailSettings())
    ours = email.message_from_bytes(answer.content)
    reply = f"From: ana@example.org\nTo: {ours['Reply-To']}\nIn-Reply-To: {ours['Message-ID']}\n\nThanks"
    mail = read(reply, recipients=(answer.sender,))
    assert mail.references == (outbound().wire_id,)
    assert mail.tokens == (TOKEN,)
    assert read(answer.content).automatic == "our own address"


def test_a_long_trail_keeps_its_beginning_and_its_end() -> None:
    trail = tuple(f"<{number}@example.org>" for number in range(300))
    mail = composed(outbound(references=trail, in_reply_to=trail[-1]))
    assert mail["References"].split() == [trail[0], *trail[-99:]]


def test_a_mailbox_whose_name_leaves_no_room_for_a_token_has_none() -> None:
    address = "environment.and.climate@larkhaven.example"
    letter = compose(outbound(), address=address, settings=EmailSettings())
    assert letter.sender == address
    assert b"\nReply-To" not in letter.content


@pytest.mark.parametrize(
    "value",
    [
        "unknown-1@sender.invalid",
        "ana",
        "@example.org",
        "ana@",
        "a b@example.org",
        "ana@-.example\u0301",
        "a@b>c.example",
    ],
)
def test_an_address_that_is_none_is_undeliverable(value: str) -> None:
    with pytest.raises(Undeliverable):
        compose(outbound(to=Address("mailto", value)), address=OWN, settings=EmailSettings())
