"""Our letter on paper: address where the envelope's window is, reference and code beside it, the words, page numbers.

Places are those of DIN 5008 form B (A4 into DL) and of the usual US sheet for a #10 window
envelope (8½ × 11 inches, folded in three): the address lies where the window shows it.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

from babel.dates import format_date

from channels.contract import Undeliverable
from channels.letter.settings import LetterSettings
from channels.shared.paper import merging
from channels.shared.paper.sheet import Paper, Sheet
from crm_core.model.message import Outbound

PLAIN, LARGE = 11.0, 16.0
"""Points; large print is at least 16."""

LARGE_PRINT = "large_print"
CODE_SIDE = 24.0
LONGEST_NAME = 60

WORDS = {
    "en": {
        "number": "Your number",
        "date": "Date",
        "page": "Page {page} of {pages}",
        "reply": "Send this sheet back with your reply.",
    },
    "zh": {"number": "您的编号", "date": "日期", "page": "第 {page} 页，共 {pages} 页", "reply": "回信时请附上本页。"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A sheet, and where things stand on it in millimetres: the window's lines, the facts beside it, the text; folds."""

    paper: Paper
    sender_y: float
    window_x: float
    window_y: float
    window_width: float
    window_height: float
    facts_x: float
    facts_y: float
    text_y: float
    folds: tuple[float, ...]


DIN = Form(
    paper=Paper(width=210, height=297, left=25, right=20, top=20, bottom=25),
    sender_y=57.0,
    window_x=25,
    window_y=62.7,
    window_width=80,
    window_height=27.3,
    facts_x=125,
    facts_y=50,
    text_y=103.5,
    folds=(105, 210),
)
US = Form(
    paper=Paper(width=215.9, height=279.4, left=25.4, right=25.4, top=22, bottom=25),
    sender_y=45.5,
    window_x=22.2,
    window_y=51,
    window_width=98,
    window_height=24,
    facts_x=135,
    facts_y=40,
    text_y=96,
    folds=(93.1, 186.2),
)


def draw(letters: Sequence[Outbound], *, settings: LetterSettings, name: str, public_url: str) -> bytes:
    """All of them as one PDF. Raises Undeliverable for one that no font here can print, or without an address."""
    drawn = [_letter(one, settings=settings, name=name, public_url=public_url) for one in letters]
    return merging.merged(drawn, apart=settings.duplex)


def code_of(letter: Outbound, *, public_url: str) -> str:
    """Where it can be followed; the signed part stands behind the #, so that whoever opens it tells no server."""
    page = f"{public_url.rstrip('/')}/track?number={quote(letter.ticket_number)}"
    return f"{page}#c={letter.reply_token}" if letter.reply_token else page


def _letter(letter: Outbound, *, settings: LetterSettings, name: str, public_url: str) -> bytes:
    chinese = (letter.language or "").startswith("zh")
    words, form = WORDS["zh" if chinese else "en"], US if settings.country.upper() == "US" else DIN
    title = (chinese and settings.title_zh) or settings.title or name
    foot = (chinese and settings.foot_zh) or settings.foot
    window = _window(letter)
    day = _day(letter.created_at, chinese=chinese, zone=settings.zone or "UTC")
    subject = _subject(letter)
    sheet = Sheet(
        form.paper,
        size=LARGE if any(need.code == LARGE_PRINT for need in letter.needs) else PLAIN,
        title=letter.ticket_number,
        at=letter.created_at,
        language="zh" if chinese else "en",
        says="".join(
            (title, foot, settings.sender, window, day, subject, letter.text, letter.ticket_number, *words.values())
        ),
    )
    with closing(sheet):
        _head(sheet, form, title=title, sender=settings.sender, window=window)
        _facts(sheet, form, letter, words=words, day=day, code=code_of(letter, public_url=public_url))
        sheet.down_to(form.text_y)
        if subject:
            sheet.words(subject, weight="B", after=3)
        sheet.words(letter.text.strip())
        if letter.asks is not None:
            _question(sheet, form, letter.asks.url)
        if foot:
            sheet.words("", after=2)
            sheet.words(foot, points=max(9.0, sheet.size - 2))
        sheet.number(f"{letter.ticket_number} · {words['page']}", of=sheet.pages)
        return sheet.pdf()


def _head(sheet: Sheet, form: Form, *, title: str, sender: str, window: str) -> None:
    sheet.at(form.paper.left, 14, title, points=15, width=sheet.width, weight="B")
    if sender:
        sheet.at(form.window_x, form.sender_y, sender, points=6.5, width=form.window_width)
        sheet.rule(form.window_x, form.sender_y + 3.6, form.window_width)
    ended = sheet.at(form.window_x, form.window_y, window, points=PLAIN, width=form.window_width)
    if ended > form.window_y + form.window_height:
        raise Undeliverable("The address is longer than the window of the envelope. Shorten it.")
    for fold in form.folds:
        sheet.rule(4, fold, 4)


def _facts(sheet: Sheet, form: Form, letter: Outbound, *, words: dict[str, str], day: str, code: str) -> None:
    """Large print makes the words larger, not this: it stands beside the window, where there is no more room."""
    y, width = form.facts_y, form.paper.width - form.facts_x - form.paper.right
    for label, told in ((words["number"], letter.ticket_number), (words["date"], day)):
        y = sheet.at(form.facts_x, y, label, points=8, width=width)
        y = sheet.at(form.facts_x, y, told, points=PLAIN, width=width, weight="B") + 1
    sheet.code(form.facts_x, y + 1, CODE_SIDE, code)
    sheet.at(form.facts_x + CODE_SIDE + 3, y + 1, words["reply"], points=8, width=width - CODE_SIDE - 3)


def _question(sheet: Sheet, form: Form, url: str) -> None:
    """Nobody types so long an address: the same as a code, under the words that ask."""
    height = form.paper.height or 0
    if sheet.y + 3 + CODE_SIDE > height - form.paper.bottom:
        sheet.page()
    y = sheet.y + 3
    sheet.code(form.paper.left, y, CODE_SIDE, url)
    sheet.down_to(y + CODE_SIDE + 3)


def _window(letter: Outbound) -> str:
    """Who and where, as it stands in the window: a name in one line, then the lines of the address."""
    lines = [line.strip() for line in letter.to.value.splitlines() if line.strip()]
    if not lines:
        raise Undeliverable("There is no postal address.")
    name = letter.to_name.strip()[:LONGEST_NAME]
    return "\n".join([name, *lines] if name and name not in lines else lines)


def _subject(letter: Outbound) -> str:
    words = (letter.subject or "").strip()
    return words[3:].strip() if words[:3].casefold() == "re:" else words


def _day(at: datetime, *, chinese: bool, zone: str) -> str:
    return format_date(at.astimezone(ZoneInfo(zone)), "long", locale="zh" if chinese else "en")
