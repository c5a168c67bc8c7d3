"""Bytes to text when the charset is wrong, unknown or not given at all.

The standard library trusts the declared name; real mail does not deserve that trust.
Order: what is declared, promoted to the superset that people really use → UTF-8 (it does
not happen by chance) → what speaks for itself (`unlabelled.py`) → the languages of the
installation → a guess. Nothing here raises,
and what comes out can be stored: no NUL, no lone surrogates.
"""

import codecs
import re
from binascii import a2b_base64, a2b_qp
from collections.abc import Iterator, Sequence
from functools import lru_cache
from string import ascii_letters, digits

from channels.shared import unlabelled

_MEANT_BY = {
    "ascii": "ascii us-ascii ansi-x3.4-1968 7bit 8bit unknown unknown-8bit x-unknown default binary",
    "utf-8": "utf8 utf-8 unicode-1-1-utf-8 x-utf-8",
    "gb18030": "gb2312 gb-2312 gb2312-80 iso-gb2312 iso-ir-58 csgb2312 gbk x-gbk cp936 ms936 windows-936 euc-cn chinese",
    "big5hkscs": "big5 x-big5 cn-big5 csbig5",
    "cp950": "windows-950",
    "cp932": "shift-jis x-sjis sjis ms-kanji windows-31j cswindows31j",
    "iso2022_jp_ext": "iso-2022-jp csiso2022jp",
    "euc_jp": "x-euc-jp",
    "cp949": "euc-kr ks-c-5601-1987 ks-c-5601 ksc5601 windows-949",
    "cp1252": "iso-8859-1 iso8859-1 latin1 latin-1 l1 iso-ir-100 ansi",
    "iso8859_8": "iso-8859-8-i iso-8859-8-e",
    "iso8859_6": "iso-8859-6-i",
    "cp1254": "iso-8859-9",
    "cp874": "iso-8859-11 tis-620 windows-874",
    "mac_roman": "x-mac-roman macintosh",
    "koi8_r": "koi8",
    "utf-7": "unicode-1-1-utf-7",
}
"""The Python codec that reads what is meant ← names as they stand in mail (folded, `_` as `-`)."""

_SUPERSETS = {name: codec for codec, names in _MEANT_BY.items() for name in names.split()}
_ANY_BYTES = re.compile(r"cp125\d|iso8859.*|koi8.*|mac.*|latin.*")
"""Codecs that accept nearly any bytes, so that success proves nothing: valid UTF-8 beats them."""

_LIKELY = [
    "gb18030",
    "big5",
    "cp932",
    "euc_jp",
    "cp949",
    "cp1251",
    "koi8_r",
    "cp1252",
    "cp1253",
    "cp1255",
    "cp1256",
    "cp874",
]
"""What a guess may answer. Without this fence short Cyrillic becomes Big5 and Latin-1 becomes Urdu."""

_GUESS_FROM = 4096
_PLAIN, _HIGH = re.compile(rb"[A-Za-z]"), re.compile(rb"[\x80-\xff]")
_BIG5_PAIR = re.compile(rb"[\x80-\xff].?", re.DOTALL)
_EVERYDAY_BIG5 = re.compile(rb"[\xa4-\xc6][\x40-\x7e\xa1-\xfe]", re.DOTALL)
_LONGEST_HEADER = 8192
_READS_ASCII = (None, "ascii", "utf-8", "cp1252", "gb18030")
_ENCODED_WORD = re.compile(rb"=\?([^?*\s]{1,60})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([^?]*)\?=")
_UTF8_HAN = re.compile(rb"(?:[\x00-\x7f]|[\xe3-\xe9\xef][\x80-\xbf]{2})+")
_LEAD_OF_HAN = 0xE3
_JIS_ESCAPE = re.compile(rb"(\x1b\$[@B]|\x1b\([BJ])")
_HALF_WIDTH = re.compile("[\uff61-\uff9f]")
_PAIR = re.compile(rb"[\x80-\xff].?", re.DOTALL)
_EVERYDAY_GB = re.compile(rb"[\xa1-\xa3\xb0-\xd7][\xa1-\xfe]")  # GB 2312: signs and first-level characters
_NO_CHARSETS = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "unicodeescape", "mbcs", "oem"})
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_NOT_BASE64 = bytes(set(range(256)) - set(ascii_letters.encode() + digits.encode() + b"+/"))


def decode(data: bytes, *, declared: str | None = None, prior: Sequence[str] = ()) -> str:
    """The text of these bytes, as well as it can be known. `prior`: codecs of this installation."""
    text = _decoded(data, declared=declared, prior=prior)
    if text is None:
        guess = _guess(data)
        text = _strictly(data, codec=guess) if guess else None
    return storable(_with_gaps(data, declared=declared) if text is None else text)


def decode_piece(data: bytes, *, declared: str | None = None, prior: Sequence[str] = ()) -> str:
    """The same without the guess, which costs milliseconds: a mail may have thousands of small pieces."""
    text = _decoded(data, declared=declared, prior=prior)
    return storable(_with_gaps(data, declared=declared) if text is None else text)


def _decoded(data: bytes, *, declared: str | None, prior: Sequence[str]) -> str | None:
    codec = codec_for(declared)
    if codec in _READS_ASCII and data.isascii() and b"\x1b" not in data:
        return data.decode("ascii")
    texts = (_strictly(data, codec=candidate) for candidate in _candidates(data, codec=codec, prior=prior))
    return next((text for text in texts if text is not None), None)


def codec_for(declared: str | None) -> str | None:
    """The Python codec for a charset's name as it stands in mail; None for names nobody knows."""
    return _codec_named(declared[:60]) if declared else None


def is_charset(name: str) -> bool:
    """Whether mail can be written in what Python knows by this name; `rot13` and `base64` are codecs too, and no charsets."""
    try:
        return name.lower().replace("-", "_") not in _NO_CHARSETS and isinstance(b"a".decode(name), str)
    except (LookupError, ValueError):
        return False


@lru_cache(maxsize=512)
def _codec_named(declared: str) -> str | None:
    name = declared.strip(" \t\r\n\"'<>;,").lower().replace("_", "-")
    bare = name.replace("cp-", "cp").removeprefix("x-")
    meant = _SUPERSETS.get(name) or _SUPERSETS.get(bare) or bare
    try:
        info = codecs.lookup(meant)
        "".encode(info.name)  # refuses `rot13`, `zip` and whatever else is no charset
    except (LookupError, ValueError, UnicodeError):
        return None
    return meant if meant in _MEANT_BY else info.name


def _candidates(data: bytes, *, codec: str | None, prior: Sequence[str]) -> Iterator[str]:
    if codec is None or codec == "ascii":
        if b"\x1b" in data:
            yield from ("iso2022_jp_ext", "iso2022_kr")
        yield "utf-8-sig"
        if "cp1255" in prior and _looks_hebrew(data):  # in KOI8-R these would be capitals, all of them
            yield "cp1255"
        told = unlabelled.codec_of(data)
        if told is not None:
            yield told
    elif _ANY_BYTES.fullmatch(codec) or (codec == "gb18030" and _is_utf8_han(data)):
        yield from ("utf-8-sig", codec)
    else:
        yield from ("utf-8-sig" if codec == "utf-8" else codec, "utf-8-sig")
    yield from (known for known in prior if (fits := _FITS.get(known)) is None or fits(data))


def _is_utf8_han(data: bytes) -> bool:
    """Chinese in UTF-8 under the name of GB 2312: as GB they would be rare signs, one and a half for each."""
    return _UTF8_HAN.fullmatch(data) is not None and sum(1 for byte in data if byte >= _LEAD_OF_HAN) >= 2


def _strictly(data: bytes, *, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (LookupError, ValueError):
        return _by_cp932(data) if codec.startswith("iso2022_jp") else None


def _by_cp932(data: bytes) -> str | None:
    """ISO-2022-JP as it is written in Japan: with ① and ㈱ (NEC's row 13), which no Python codec knows there."""
    out, wide = bytearray(), False
    for piece in _JIS_ESCAPE.split(data):
        if _JIS_ESCAPE.fullmatch(piece):
            wide = piece[1:2] == b"$"
        elif wide:
            out += b"".join(_shifted(*pair) for pair in zip(piece[::2], piece[1::2], strict=False))
        else:
            out += piece
    return _strictly(bytes(out), codec="cp932")


def _shifted(high: int, low: int) -> bytes:
    """A pair of JIS X 0208 as Shift JIS has it."""
    first = ((high - 0x21) >> 1) + 0x81
    first += 0x40 if first > 0x9F else 0
    second = low + (0x1F + (low >= 0x60) if high & 1 else 0x7E)
    return bytes((first & 0xFF, second & 0xFF))


def _looks_chinese(data: bytes) -> bool:
    """Whether what is not ASCII is mostly everyday Chinese: nearly any bytes are *valid* GB 18030."""
    pairs = _PAIR.findall(data[:_GUESS_FROM])
    everyday = sum(1 for pair in pairs if _EVERYDAY_GB.fullmatch(pair))
    return len(pairs) >= 2 and everyday >= 0.6 * len(pairs)


def _looks_latin(data: bytes) -> bool:
    """Whether plain letters are a third at least: any bytes are valid Windows-1252, also a name in Chinese."""
    return 2 * len(_PLAIN.findall(data[:_GUESS_FROM])) >= len(_HIGH.findall(data[:_GUESS_FROM])) > 0


def _looks_hebrew(data: bytes) -> bool:
    """Whether all that is not ASCII are letters of Hebrew."""
    high = b"".join(_HIGH.findall(data[:_GUESS_FROM]))
    return bool(high) and all(0xE0 <= byte <= 0xFA for byte in high)


def _looks_traditional(data: bytes) -> bool:
    """Whether most of what is not ASCII are the more frequent signs of Big5: nearly half of all pairs of bytes are valid."""
    pairs = _BIG5_PAIR.findall(data[:_GUESS_FROM])
    return bool(pairs) and sum(1 for pair in pairs if _EVERYDAY_BIG5.fullmatch(pair)) >= 0.8 * len(pairs)


_FITS = {
    "gb18030": _looks_chinese,
    "cp1252": _looks_latin,
    "cp1255": _looks_hebrew,
    "big5hkscs": _looks_traditional,
}
"""What an expectation must look like beside being valid."""

GUARDED = frozenset(_FITS)
"""Charsets that may be expected without harm: bytes that do not look like them are read as something else."""


def _guess(data: bytes) -> str | None:
    from charset_normalizer import from_bytes

    matches = list(from_bytes(data[:_GUESS_FROM], cp_isolation=_LIKELY))
    found = [match for match in matches if match.encoding in _LIKELY and not _is_kana_by_chance(data, match.encoding)]
    return min(found, key=lambda match: (match.chaos, _LIKELY.index(match.encoding))).encoding if found else None


def _is_kana_by_chance(data: bytes, codec: str) -> bool:
    """Any high bytes are half-width kana in Shift JIS; nobody writes a mail in nothing else."""
    text = _strictly(data[:_GUESS_FROM], codec=codec) if codec == "cp932" else None
    return text is not None and len(_HALF_WIDTH.findall(text)) * 2 > sum(1 for sign in text if not sign.isascii())


def _with_gaps(data: bytes, *, declared: str | None) -> str:
    """Better a text with some unreadable signs than none."""
    codec = codec_for(declared)
    if codec is None or codec == "ascii":
        codec = "cp1252"
    try:
        return data.decode(codec, "replace")
    except (LookupError, ValueError):
        return data.decode("latin-1")


def storable(text: str) -> str:
    """Without what no database takes: NUL (PostgreSQL) and lone surrogates (UTF-8)."""
    if text.isascii() and "\x00" not in text:
        return text
    return _UNSTORABLE.sub("\ufffd", text)


def one_line(text: str) -> str:
    """For names, subjects and addresses: no line breaks, no control characters, no outer blanks."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return _CONTROLS.sub(" ", text).strip()


def decode_header(value: bytes, *, prior: Sequence[str] = ()) -> str:
    """A header's value as text: encoded words (RFC 2047), raw 8-bit, or both in one line."""
    value = value[:_LONGEST_HEADER]
    if b"=?" not in value:
        return one_line(decode(value, prior=prior))
    return one_line("".join(_decoded_pieces(value, prior=prior)))


def decode_name(value: bytes, *, prior: Sequence[str] = ()) -> str:
    """The same for file names and other small values, of which a mail may have thousands: no guess."""
    if value.isascii() and b"=?" not in value and b"\x1b" not in value:
        return one_line(storable(value.decode("ascii")))
    return one_line("".join(_decoded_pieces(value, prior=prior)))


def _decoded_pieces(value: bytes, *, prior: Sequence[str]) -> Iterator[str]:
    """Neighbours in one charset are joined before decoding: mailers cut in the middle of a character."""
    pending, charset, end = b"", b"", 0
    for word in _ENCODED_WORD.finditer(value):
        between = value[end : word.start()]
        if pending and (between.strip() or word[1].lower() != charset):
            yield decode_piece(pending, declared=charset.decode("latin-1"), prior=prior)
            pending = b""
        if between.strip() or (end == 0 and between):
            yield decode_piece(between, prior=prior)
        charset, end = word[1].lower(), word.end()
        pending += _payload(word)
    yield decode_piece(pending, declared=charset.decode("latin-1"), prior=prior)
    yield decode_piece(value[end:], prior=prior)


def _payload(word: re.Match[bytes]) -> bytes:
    if word[2] in b"qQ":
        return a2b_qp(word[3], header=True)
    return unbase64(word[3])


def unbase64(text: bytes) -> bytes:
    """As much as can be decoded: foreign characters and missing padding are forgiven."""
    clean = text.translate(None, _NOT_BASE64)
    clean = clean[:-1] if len(clean) % 4 == 1 else clean
    return a2b_base64(clean + b"=" * (-len(clean) % 4))
