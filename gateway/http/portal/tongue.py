"""Which language a page is in, and how it says days and times."""

from datetime import datetime
from zoneinfo import ZoneInfo

from aiohttp import web
from babel.dates import format_date, format_time

from gateway.http.languages import LANGUAGES, preferred

COOKIE = "lang"
_LOCALE = {"en": "en_GB", "zh": "zh_Hans"}
_DATE = {"en": "EEEE d MMMM", "zh": "M 月 d 日（EEE）"}
_WEEKDAY = {"en": "EEEE", "zh": "EEE"}


def language_of(request: web.Request, *, otherwise: str) -> str:
    """The language asked for in the address, else chosen before, else what the browser prefers."""
    for asked in (request.query.get("lang", ""), request.cookies.get(COOKIE, "")):
        if asked in LANGUAGES:
            return asked
    return preferred(request.headers.get("Accept-Language", "")) or (otherwise if otherwise in LANGUAGES else "en")


def said(texts: dict[str, str], language: str) -> tuple[str, str]:
    """A text of the catalogue and the language it is in: ours where it exists, else the first there is."""
    for tongue in (language, "en", *texts):
        if texts.get(tongue):
            return texts[tongue], tongue
    return "", language


def day(at: datetime, *, zone: str, language: str) -> str:
    """A date as people say it: `Tuesday 24 November`."""
    return format_date(at.astimezone(ZoneInfo(zone)).date(), _DATE[language], locale=_LOCALE[language])


def weekday(at: datetime, *, zone: str, language: str) -> str:
    """The day of the week alone."""
    return format_date(at.astimezone(ZoneInfo(zone)).date(), _WEEKDAY[language], locale=_LOCALE[language])


def clock_time(at: datetime, *, zone: str, language: str) -> str:
    """Hours and minutes at the place."""
    return format_time(at.astimezone(ZoneInfo(zone)).time(), "HH:mm", locale=_LOCALE[language])


def local_time(at: datetime, *, zone: str) -> datetime:
    """The wall clock at the place."""
    return at.astimezone(ZoneInfo(zone))
