"""The slip: the number large enough to be read aloud, what was promised, and a code to follow it by."""

from contextlib import closing
from datetime import datetime

from babel.dates import format_date, format_time

from channels.counter.settings import CounterSettings
from channels.paper import Slip
from channels.shared.paper.sheet import Paper, Sheet

ROLL = Paper(width=80, height=None, left=5, right=5, top=5, bottom=8)
A5 = Paper(width=148, height=210, left=16, right=16, top=14, bottom=16)

WORDS = {
    "en": {
        "number": "Your number",
        "about": "What it is about",
        "at": "Registered",
        "promised": "We will answer by",
        "solved": "Done at the counter",
        "follow": "See how it stands:",
        "keep": "Keep this slip. Whoever knows the number alone sees nothing: we send a code to your phone or mail first.",
    },
    "zh": {
        "number": "您的编号",
        "about": "事项",
        "at": "登记时间",
        "promised": "我们最迟答复日期",
        "solved": "已在柜台办结",
        "follow": "查询进度：",
        "keep": "请保管此凭条。仅凭编号无法查看内容：我们会先向您的手机或邮箱发送验证码。",
    },
}


def draw(slip: Slip, *, settings: CounterSettings, name: str) -> bytes:
    """It as PDF, in the language of whoever takes it along, on what was asked for or this counter's printer holds."""
    chinese = slip.language.startswith("zh")
    words = WORDS["zh" if chinese else "en"]
    narrow = settings.roll if slip.paper is None else slip.paper == "roll"
    paper = ROLL if narrow else A5
    title = (chinese and settings.title_zh) or settings.title or name
    place = (chinese and settings.place_zh) or settings.place
    facts = _facts(slip)
    says = "".join((title, place, slip.number, slip.follow, *words.values(), *facts.values()))
    size = 10 if narrow else 12
    sheet = Sheet(paper, size=size, title=slip.number, at=slip.at, language=slip.language, says=says)
    with closing(sheet):
        sheet.words(title, points=size + 3, weight="B")
        if place:
            sheet.words(place)
        sheet.rule(paper.left, sheet.y + 2, sheet.width)
        sheet.down_to(sheet.y + 5)
        sheet.words(words["number"])
        sheet.words(slip.number, points=sheet.size + 9, weight="B", after=1)
        for key, told in facts.items():
            sheet.words(words[key], points=size - 1, weight="" if told else "B", after=0 if told else 2)
            if told:
                sheet.words(told, weight="B" if key == "promised" else "", after=1.5)
        sheet.words(words["follow"])
        sheet.words(_shown(slip.follow), after=2)
        side = 30.0
        sheet.code(paper.left + (sheet.width - side) / 2 if narrow else paper.left, sheet.y, side, slip.follow)
        sheet.down_to(sheet.y + side + 4)
        sheet.words(words["keep"], points=sheet.size - 2)
        return sheet.pdf()


def _facts(slip: Slip) -> dict[str, str]:
    facts = {"about": slip.about, "at": _moment(slip.at, slip.language)}
    if slip.solved:
        return {**facts, "solved": ""}
    return {**facts, "promised": _moment(slip.promised, slip.language)} if slip.promised is not None else facts


def _moment(at: datetime, language: str) -> str:
    locale = "zh" if language.startswith("zh") else "en"
    day, time = format_date(at, "full", locale=locale), format_time(at, "short", locale=locale)
    return f"{day} {time}" if locale == "zh" else f"{day}, {time}".replace("\u202f", " ")


def _shown(url: str) -> str:
    """An address as people type it: without what only the code needs."""
    return url.partition("?")[0].removeprefix("https://").removeprefix("http://")
