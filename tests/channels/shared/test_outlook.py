"""What Outlook packs is unpacked: files with their names, words as text or HTML; damaged or hostile, it ends and raises nothing."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.shared import rtf, tnef
from tests.channels.shared.outlook import (
    BINARY,
    CONTENT,
    CONTENT_ID,
    HTML,
    INTEGER,
    LONG_NAME,
    MIME,
    OBJECT,
    RTF,
    STRING,
    TEXT,
    UNICODE,
    rtf_in,
    winmail,
)

PDF = b"%PDF-1.7\n"


def test_files_come_out_with_their_long_names_types_and_content_ids() -> None:
    more = (
        (LONG_NAME, UNICODE, "发票 März.pdf\0".encode("utf-16-le")),
        (MIME, STRING, b"application/pdf\0"),
        (CONTENT_ID, STRING, b"<a@b>\0"),
    )
    found = tnef.unpack(winmail(files=(("RECHNU~1.PDF", PDF, more), ("Größe.txt", b"x", ()))))
    assert found
    assert found.whole
    assert [(one.name, one.type, one.content, one.content_id) for one in found.files] == [
        ("发票 März.pdf", "application/pdf", PDF, "a@b"),
        ("Größe.txt", "", b"x", ""),
    ]


def test_a_content_among_the_properties_and_one_that_is_an_object_come_out() -> None:
    files = (("a.pdf", b"", ((CONTENT, BINARY, PDF),)), ("b.ole", b"", ((CONTENT, OBJECT, b"i" * 16 + b"storage"),)))
    found = tnef.unpack(winmail(files=files))
    assert found
    assert [one.content for one in found.files] == [PDF, b"storage"]


@pytest.mark.parametrize(
    ("name", "kind", "value", "said"),
    [
        (TEXT, STRING, b"Gr\xfc\xdfe\0", ("Grüße", "")),
        (TEXT, UNICODE, "你好\0".encode("utf-16-le"), ("你好", "")),
        (HTML, BINARY, b"<p>Hello</p>\0", ("", "<p>Hello</p>")),
        (RTF, BINARY, rtf_in(rb"{\rtf1\ansi\ansicpg1252 Gr\'fc\'dfe\par next}"), ("Grüße\nnext", "")),
    ],
)
def test_words_come_out_as_text_or_as_html(name: int, kind: int, value: bytes, said: tuple[str, str]) -> None:
    found = tnef.unpack(winmail(body=((0x8001, INTEGER, b"\1\0\0\0"), (name, kind, value))))
    assert found
    assert (found.text, found.html) == said


def test_a_message_of_outlook_within_another_gives_its_words_and_files() -> None:
    inner = winmail(body=((TEXT, STRING, b"inner words\0"),), files=(("inner.pdf", PDF, ()),))
    found = tnef.unpack(winmail(files=(("Fwd", b"", ((CONTENT, OBJECT, b"i" * 16 + inner),)),)))
    assert found
    assert [(one.name, one.content) for one in found.files] == [("Fwd.txt", b"inner words"), ("inner.pdf", PDF)]


def test_messages_within_messages_end_somewhere() -> None:
    nested = winmail(files=(("last.pdf", PDF, ()),))
    for _ in range(10):
        nested = winmail(files=(("Fwd", b"", ((CONTENT, OBJECT, b"i" * 16 + nested),)),))
    found = tnef.unpack(nested)
    assert found
    assert sum(len(one.content) for one in found.files) <= len(nested)


def test_what_is_something_else_is_nothing_and_what_is_cut_says_so() -> None:
    assert tnef.unpack(b"PK\3\4 an archive") is None
    whole = winmail(files=(("a.pdf", PDF, ()),))
    cut = tnef.unpack(whole[:-6])
    assert cut
    assert not cut.whole


def test_compressed_words_may_refer_to_what_was_before() -> None:
    """The example of MS-OXRTFCP §3.1.1."""
    data = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232 0af320680905"
        "62 7420676a0bf0 6c642032 0a80 0fa0".replace(" ", "")
    )
    assert rtf.decompressed(data).startswith(b"{\\rtf1\\ansi\\ansicpg125")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (rb"{\rtf1\ansi{\fonttbl{\f0 Arial;}}{\*\generator x;}Hello\par you}", "Hello\nyou"),
        (rb"{\rtf1\ansi\ansicpg936 \'c4\'e3\'ba\'c3}", "你好"),
        (rb"{\rtf1 \u20320?\u22909? \u-10179?\u-8694?}", "你好 \U0001f60a"),
        (rb"{\rtf1\fromhtml1{\*\htmltag <p>}\htmlrtf {\htmlrtf0 Words\htmlrtf }\htmlrtf0 \par}", "Words"),
        (rb"{\rtf1 a \{b\} \\ c}", r"a {b} \ c"),
        (rb"not rtf at all", "not rtf at all"),
    ],
)
def test_rtf_is_read_without_its_formatting(source: bytes, said: str) -> None:
    assert rtf.to_text(source) == said


SLOW = {
    "one property said a million times": winmail(body=((TEXT, STRING, b"x"),)).replace(
        b"\1\0\0\0\1\0\0\0x", b"\xff\xff\xff\0\1\0\0\0x"
    ),
    "files": winmail(files=(("a", b"x", ()),) * 5_000),
    "groups": winmail(body=((RTF, BINARY, rtf_in(b"{\\rtf1" + b"{" * 300_000)),)),
    "references": winmail(
        body=((RTF, BINARY, b"\0" * 4 + b"\xff\xff\xff\x7fLZFu\0\0\0\0" + b"\xff" + b"\x12\x3f" * 500_000),)
    ),
}


@pytest.mark.parametrize("data", SLOW.values(), ids=SLOW.keys())
def test_nothing_makes_it_slow(data: bytes) -> None:
    began = time.process_time()
    found = tnef.unpack(data)
    assert time.process_time() - began < 5, "seconds at most, whatever the machine: it takes less than one"
    assert found
    assert len(found.files) <= tnef.MOST_FILES


@given(st.binary(max_size=400))
def test_any_bytes_are_read(data: bytes) -> None:
    tnef.unpack(tnef.SIGNATURE + data)
    rtf.to_text(rtf.decompressed(data))
    rtf.to_text(data).encode()


@given(st.data())
def test_a_damaged_envelope_is_read_as_far_as_it_goes(data: st.DataObject) -> None:
    inner = winmail(body=((TEXT, STRING, b"inner\0"),), files=(("a", PDF, ()),))
    whole = bytearray(
        winmail(
            body=((RTF, BINARY, rtf_in(rb"{\rtf1 words}")), (HTML, BINARY, b"<p>x</p>")),
            files=(
                ("b.pdf", PDF, ((LONG_NAME, UNICODE, "b\0".encode("utf-16-le")),)),
                ("c", b"", ((CONTENT, OBJECT, b"i" * 16 + inner),)),
            ),
        )
    )
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(6, len(whole) - 1))
        whole[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    found = tnef.unpack(bytes(whole))
    assert found
    for one in found.files:
        f"{one.name}{one.type}{one.content_id}{found.text}{found.html}".encode()
