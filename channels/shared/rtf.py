"""The words of Outlook's RTF bodies: decompressed (MS-OXRTFCP) and without their formatting, in linear time."""

import re

LARGEST = 4_194_304
_PREFIX = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans Serif"
    b"SymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_WINDOW = 4096
_COMPRESSED, _PLAIN = b"LZFu", b"MELA"
_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}\r\n]+)|[\r\n]+"
)
_SIGNS = {
    "par": "\n",
    "line": "\n",
    "tab": "\t",
    "emdash": "—",
    "endash": "–",
    "bullet": "•",
    "cell": "\t",
    "row": "\n",
}
_SIGNS |= {"lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”"}
_UNSEEN = {"fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "header", "footer", "themedata", "listtable"}


def decompressed(data: bytes) -> bytes:
    """The RTF in a PR_RTF_COMPRESSED; as much as can be read of it."""
    kind, body = data[8:12], data[16:]
    if kind == _PLAIN:
        return body[:LARGEST]
    if kind != _COMPRESSED:
        return b""
    promised = min(int.from_bytes(data[4:8], "little"), LARGEST)
    window = bytearray(_PREFIX) + bytearray(_WINDOW - len(_PREFIX))
    write, out, at = len(_PREFIX), bytearray(), 0
    while at < len(body) and len(out) < promised:
        control = body[at]
        at += 1
        for bit in range(8):
            if control >> bit & 1:
                pair = int.from_bytes(body[at : at + 2], "big")
                offset, length = pair >> 4, (pair & 15) + 2
                at += 2
                if offset == write or at > len(body):
                    return bytes(out)
                taken = range(offset, offset + length)
            elif at < len(body):
                window[write] = body[at]
                taken = range(write, write + 1)
                at += 1
            else:
                return bytes(out)
            for index in taken:
                window[write] = window[index % _WINDOW]
                out.append(window[write])
                write = (write + 1) % _WINDOW
    return bytes(out[:promised])


def to_text(rtf: bytes) -> str:
    """What somebody would read. Unicode and code pages as they are marked; hidden groups left out."""
    return _Words().read(rtf[:LARGEST])


class _Words:
    """One walk over the tokens: groups open and close, and some of them are not for reading."""

    def __init__(self) -> None:
        self._said: list[str] = []
        self._bytes = bytearray()
        self._codec = "cp1252"
        self._silent = 0
        """Depth of the group that is not read, 0 outside of one."""
        self._depth = 0
        self._tagged = False
        """Within what only the HTML of an encapsulated mail shows."""
        self._skip = 0

    def read(self, rtf: bytes) -> str:
        for token in _TOKEN.finditer(rtf):
            word, value, code, sign, brace, text = token.groups()
            if brace:
                self._group(brace)
            elif self._silent:
                continue
            elif word:
                self._control(word.decode("ascii"), None if value is None else int(value))
            elif code:
                self._add(bytes.fromhex(code.decode("ascii")))
            elif sign:
                self._sign(sign)
            elif text:
                self._add(text)
        self._flush()
        said = "".join(self._said).replace("\0", "").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return re.sub(r"\n{3,}", "\n\n", said).strip()

    def _group(self, brace: bytes) -> None:
        self._flush()
        self._depth += 1 if brace == b"{" else -1
        if self._silent and self._depth < self._silent:
            self._silent = 0

    def _control(self, word: str, value: int | None) -> None:
        if word == "ansicpg" and value:
            self._codec = f"cp{value}"
        elif word in _UNSEEN:
            self._silent = self._depth
        elif word == "htmlrtf":
            self._tagged = value != 0
        elif word == "u" and value is not None:
            self._flush()
            self._say(chr(value % 65536))
            self._skip = 1
        elif word in _SIGNS:
            self._flush()
            self._say(_SIGNS[word])

    def _sign(self, sign: bytes) -> None:
        if sign == b"*":
            self._silent = self._depth
        elif sign == b"~":
            self._add(b" ")
        elif sign in (b"\\", b"{", b"}"):
            self._add(sign)

    def _add(self, more: bytes) -> None:
        cut, self._skip = self._skip, 0
        if not self._tagged:
            self._bytes += more[cut:]

    def _say(self, text: str) -> None:
        if not self._tagged:
            self._said.append(text)

    def _flush(self) -> None:
        if self._bytes:
            try:
                self._said.append(self._bytes.decode(self._codec, "replace"))
            except LookupError:
                self._said.append(self._bytes.decode("latin-1"))
            self._bytes.clear()
