"""Sheets of paper: lines, blocks and codes on pages, in millimetres, with page numbers, as PDF.

The one place that knows the library. It draws words that it is given and nothing else: no
markup is read, no address is opened, so nothing that somebody wrote can make it fetch.
"""

from dataclasses import dataclass
from datetime import datetime

from channels.contract import Undeliverable
from channels.shared.paper import codes, fonts

POINT = 0.3528
"""Millimetres."""

_ENDLESS = 1000.0
"""Of a roll, until it is cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A kind of sheet in millimetres, and its margins. `height` None: as long as what stands on it."""

    width: float
    height: float | None
    left: float
    right: float
    top: float
    bottom: float


class Sheet:
    """Pages being drawn; `close` it. `size` is that of running text in points, `says` all that will stand on them.

    Only fonts for it are read. Raises Undeliverable where no font here has it.
    """

    def __init__(self, paper: Paper, *, size: float, title: str, at: datetime, language: str, says: str) -> None:
        from fpdf import FPDF

        self.paper = paper
        self.size = size
        self._pdf = FPDF(unit="mm", format=(paper.width, paper.height or _ENDLESS))
        self._pdf.set_creation_date(at)
        self._pdf.set_title(title)
        self._pdf.set_lang(language)
        self._pdf.set_margins(paper.left, paper.top, paper.right)
        self._pdf.set_auto_page_break(paper.height is not None, margin=paper.bottom)
        self._bold = True
        self._han = language.startswith("zh")
        self._family = self._load(says)
        self._pdf.add_page()

    @property
    def width(self) -> float:
        """Of what can be written on."""
        return self.paper.width - self.paper.left - self.paper.right

    @property
    def y(self) -> float:
        """How far down the page the next line begins."""
        return float(self._pdf.get_y())

    def page(self) -> None:
        """Begin another."""
        self._pdf.add_page()

    def first(self) -> None:
        """Go on at the first page: for what has its place there."""
        self._pdf.page = 1

    def down_to(self, y: float) -> None:
        """Go on there."""
        self._pdf.set_xy(self.paper.left, y)

    def words(self, text: str, *, points: float | None = None, weight: str = "", after: float = 0) -> None:
        """A block of words from here down, in lines as they fit; `weight` is empty or `B`."""
        from fpdf.enums import WrapMode

        points = points or self.size
        self._pdf.set_font(self._family, style=weight if self._bold else "", size=points)
        self._pdf.set_x(self.paper.left)
        for block in text.split("\n"):
            self._pdf.multi_cell(
                self.width,
                points * POINT * 1.4,
                block,
                align=_side(block),
                new_x="LMARGIN",
                new_y="NEXT",
                wrapmode=WrapMode.CHAR if self._han else WrapMode.WORD,
            )
        self._pdf.ln(after)

    def at(
        self, x: float, y: float, text: str, *, points: float | None = None, width: float, weight: str = ""
    ) -> float:
        """The same at a place of the page; returns where it ended."""
        left = self._pdf.l_margin
        self._pdf.set_left_margin(x)
        self._pdf.set_xy(x, y)
        points = points or self.size
        self._pdf.set_font(self._family, style=weight if self._bold else "", size=points)
        for block in text.split("\n"):
            self._pdf.multi_cell(width, points * POINT * 1.3, block, align=_side(block), new_x="LMARGIN", new_y="NEXT")
        ended = float(self._pdf.get_y())
        self._pdf.set_left_margin(left)
        return ended

    def code(self, x: float, y: float, side: float, text: str) -> None:
        """A square code; whoever places it leaves the quiet zone around it white (four of its squares)."""
        count, runs = codes.squares(text)
        square = side / count
        self._pdf.set_fill_color(0)
        for column, row, length in runs:
            self._pdf.rect(x + column * square, y + row * square, length * square, square, style="F")

    def rule(self, x: float, y: float, length: float) -> None:
        """A thin line: where to fold, or between parts."""
        self._pdf.set_line_width(0.2)
        self._pdf.line(x, y, x + length, y)

    def number(self, text: str, *, of: int) -> None:
        """`text` (with `{page}` and `{pages}`) at the foot of each of the first `of` pages."""
        self._pdf.set_auto_page_break(False)
        for page in range(1, of + 1):
            self._pdf.page = page
            for size in (9, 8):  # a page does not know the font that another one was left with
                self._pdf.set_font(self._family, size=size)
            self._pdf.set_xy(self.paper.left, (self.paper.height or 0) - self.paper.bottom + 6)
            self._pdf.cell(self.width, 4, text.format(page=page, pages=of), align="R")

    @property
    def pages(self) -> int:
        """How many there are by now."""
        return int(self._pdf.pages_count)

    def close(self) -> None:
        """Let go of the fonts' files."""
        for font in self._pdf.fonts.values():
            if (opened := getattr(font, "ttfont", None)) is not None:
                opened.close()

    def pdf(self) -> bytes:
        """The whole, fonts and all."""
        if self.paper.height is None:
            self._cut(self.y + self.paper.bottom)
        return bytes(self._pdf.output())

    def _cut(self, height: float) -> None:
        """The roll ends here. Places are counted from the foot of a page, so what stands on it moves down with it."""
        page = self._pdf.pages[1]
        by = _ENDLESS - height
        page.set_dimensions(self._pdf.w_pt, height * self._pdf.k)
        moved = f"1 0 0 1 0 {-by * self._pdf.k:.2f} cm\n".encode()
        drawn = page.contents
        assert isinstance(drawn, bytearray), "this page was written to"
        page.contents = bytearray(moved) + drawn

    def _load(self, says: str) -> str:
        """The fonts that have these words: that of their script leads, another fills in what it lacks."""
        if missing := fonts.lacking(says):
            raise Undeliverable(f"No font of this machine can print “{missing[:20]}”. Install {fonts.PACKAGES}.")
        here = fonts.needed(says, han=self._han)
        for font in here:
            self._pdf.add_font(font.name, fname=font.regular, collection_font_number=font.collection)
            if font.bold is not None:
                self._pdf.add_font(font.name, style="B", fname=font.bold, collection_font_number=font.collection)
        if not here:
            return fonts.BUILT_IN
        self._bold = here[0].bold is not None
        if fonts.shaped(says):
            self._pdf.set_text_shaping(use_shaping_engine=True)
        self._pdf.set_fallback_fonts([font.name for font in here[1:]], exact_match=False)
        return here[0].name


def _side(block: str) -> str:
    """Where its lines begin."""
    return "R" if fonts.from_right(block) else "L"
