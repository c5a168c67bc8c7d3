"""HTML from strangers: made safe to show, and made plain to read.

Cleaning happens when it is shown, never when it is stored: a better rule then helps old
mail too. It is one of three walls; the others are the sandboxed frame and its policy.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import escape, unescape

import nh3


def _words(text: str) -> list[str]:
    return text.split()


_STYLED = {"style", "dir", "lang", "title", "align"}
_CELL = _STYLED | {"colspan", "rowspan", "width", "height", "valign", "bgcolor"}
_ATTRIBUTES = {
    "*": _STYLED,
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "table": _CELL | {"border", "cellpadding", "cellspacing"},
    "td": _CELL,
    "th": _CELL,
    "tr": _CELL,
    "col": {"span", "width"},
    "font": {"color", "size", "face"},
    "ol": {"start", "type"},
}
_TAGS = {
    *_words("a abbr b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn div dl dt em font"),
    *_words("h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby s samp small span strike strong"),
    *_words("sub sup table tbody td tfoot th thead tr tt u ul var wbr"),
}
_STYLES = {
    *_words("color background-color font-family font-size font-style font-weight font-variant line-height"),
    *_words("letter-spacing text-align text-decoration text-indent text-transform vertical-align white-space"),
    *_words("direction padding padding-top padding-right padding-bottom padding-left margin margin-top"),
    *_words("margin-right margin-bottom margin-left border border-top border-right border-bottom border-left"),
    *_words("border-color border-style border-width border-collapse border-radius width max-width height"),
}
"""Nothing that can load (`background`, `content`, `cursor`) or cover what is not its own (`position`, `z-index`)."""

_GONE_WITH_CONTENT = {"script", "style", "title", "head", "template", "noscript", "iframe", "object", "svg", "math"}
_PICTURE = re.compile(r"data:image/(?:png|gif|jpeg|webp);base64,[A-Za-z0-9+/=\s]+")
_LINK = re.compile(r"(?:https?|mailto|tel):", re.IGNORECASE)
_REMOTE = re.compile(r"https?:", re.IGNORECASE)
_BARE_AMPERSAND = re.compile(r"&(?![a-zA-Z#])")
_LONGEST_SHOWN = 600_000
_DEEPEST = 400
_MOST_SIGNS = 50_000
_NEED_NO_END = frozenset(_words("area base br col hr img input link meta wbr p li td th tr dt dd tbody thead tfoot"))
_LOADS = re.compile(r"url\s*\(|expression|@import|\\", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """HTML that is safe to show, and the pictures from elsewhere that it has or would have: each address once."""

    html: str
    remote: tuple[str, ...]


def _nothing(_: str) -> None:
    """Nobody fetched it."""


def clean(html: str, *, inline: Mapping[str, str], fetched: Callable[[str], str | None] = _nothing) -> Cleaned:
    """Only what text needs stays. `inline` gives each content id its URL with us, `fetched` each address.

    Remote pictures tell the sender who read when and where: they are kept out, and named.
    """
    watch = _Watch(inline, fetched)
    if _overloaded(html):
        return Cleaned(f"<pre>{escape(to_text(html))}</pre>", ())
    safe = nh3.clean(
        _BARE_AMPERSAND.sub("&amp;", html),
        tags=_TAGS,
        clean_content_tags=_GONE_WITH_CONTENT,
        attributes=_ATTRIBUTES,
        attribute_filter=watch.attribute,
        filter_style_properties=_STYLES,
        url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
        url_relative="pass_through",  # the filter lets none through but our own
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )
    return Cleaned(safe, tuple(watch.remote))


def _overloaded(html: str) -> bool:
    """Whether it is too long, too deep or too full: the parser's time grows with the square of some of these."""
    if len(html) > _LONGEST_SHOWN or html.count("&") > _MOST_SIGNS:
        return True
    depth = 0
    for _, _, tag in _tags(html):
        if tag is not None and tag[3].count("=") > _DEEPEST:
            return True
        if tag is not None and tag[2].lower() not in _NEED_NO_END and not tag[3].endswith("/"):
            depth = max(0, depth - 1) if tag[1] else depth + 1
            if depth > _DEEPEST:
                return True
    return False


class _Watch:
    """Decides attribute by attribute, and notes the remote pictures."""

    def __init__(self, inline: Mapping[str, str], fetched: Callable[[str], str | None]) -> None:
        self._inline = inline
        self._fetched = fetched
        self.remote: dict[str, None] = {}

    def attribute(self, tag: str, name: str, value: str) -> str | None:
        """The value to keep, or None."""
        if name == "src":
            return self._picture(value.strip())
        if name == "href":
            return value if _LINK.match(value.strip()) else None
        if name == "style" and _LOADS.search(value):
            return None
        return value

    def _picture(self, url: str) -> str | None:
        if url[:4].lower() == "cid:":
            return self._inline.get(url[4:])
        if _REMOTE.match(url):
            self.remote[url] = None
            return self._fetched(url)
        return url if _PICTURE.fullmatch(url) else None


# ---------------------------------------------------------------- to text

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]{0,30})([^<>]*)>")
_UNSEEN = {name: re.compile(f"</{name}", re.IGNORECASE) for name in ("script", "style", "title", "template", "svg")}
_BREAKS = {
    **dict.fromkeys(
        "address article br dd div dl dt figure footer form header main section table tr ul ol".split(), "\n"
    ),
    **dict.fromkeys(_words("blockquote h1 h2 h3 h4 h5 h6 hr p pre"), "\n\n"),
    **dict.fromkeys(("td", "th"), " "),
}
_HREF = re.compile(r"""href\s{0,9}=\s{0,9}["']?((?:https?|mailto):[^"'\s>]{1,200})["'\s>]""", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t\r\n\f\v\xa0\u200b\ufeff]+")
_LONGEST = 2_000_000


def to_text(html: str) -> str:
    """The words of an HTML mail in readable lines, in time linear in its size."""
    writer = _Writer()
    at = 0
    for begin, end, tag in _tags(html[:_LONGEST]):
        writer.words(html[at:begin])
        writer.tag(tag)
        at = end
    writer.words(html[at:_LONGEST])
    return writer.text()


def _tags(html: str) -> Iterator[tuple[int, int, re.Match[str] | None]]:
    """Each tag, comment or unseen element: where it begins and ends, and the tag if it means anything."""
    at = html.find("<")
    while at >= 0:
        tag = _TAG.match(html, at)
        if tag:
            end = _end_of_unseen(html, tag)
            yield at, end, tag
        elif html.startswith("<!", at):
            end = _after("-->" if html.startswith("<!--", at) else ">", html, at)
            yield at, end, None
        else:
            end = at + 1
        at = html.find("<", end)


def _end_of_unseen(html: str, tag: re.Match[str]) -> int:
    """Where reading goes on: after the tag, or after an element whose words nobody sees."""
    closing = None if tag[1] else _UNSEEN.get(tag[2].lower())
    if closing is None:
        return tag.end()
    found = closing.search(html, tag.end())
    return found.start() if found else len(html)


def _after(mark: str, html: str, at: int) -> int:
    found = html.find(mark, at)
    return found + len(mark) if found >= 0 else len(html)


class _Writer:
    """Puts words and what tags mean for the layout in order."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._link = ""
        self._link_from = 0
        self._verbatim = 0

    def words(self, text: str) -> None:
        if text:
            words = unescape(text) if "&" in text else text
            self._pieces.append(words if self._verbatim else _BLANKS.sub(" ", words))

    def tag(self, tag: re.Match[str] | None) -> None:
        if tag is None:
            return
        closing, name = bool(tag[1]), tag[2].lower()
        if name == "a":
            self._anchor(tag, closing=closing)
        elif name == "li":
            self._pieces.append("\n" if closing else "\n- ")
        elif name in _BREAKS:
            self._pieces.append(_BREAKS[name])
        if name == "pre":
            self._verbatim = max(0, self._verbatim + (-1 if closing else 1))

    def _anchor(self, tag: re.Match[str], *, closing: bool) -> None:
        """A link's target stands behind its words, unless they say it."""
        if not closing:
            found = _HREF.search(tag[3] + ">")
            self._link = unescape(found[1]) if found else ""
            self._link_from = len(self._pieces)
            return
        bare = self._link.removeprefix("mailto:").rstrip("/")
        if bare and bare not in "".join(self._pieces[self._link_from :]):
            self._pieces.append(f" ({bare})")
        self._link = ""

    def text(self) -> str:
        """All of it, without blank runs and with at most one empty line in a row."""
        lines = (line.strip() for line in _SPACES.sub(" ", "".join(self._pieces)).split("\n"))
        return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()


_SPACES = re.compile(r"[ \t\r\f\v\xa0\u200b\ufeff]+")
_EMPTY_LINES = re.compile(r"\n{3,}")
