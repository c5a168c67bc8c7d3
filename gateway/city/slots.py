"""The words that a script leaves open: streets, dates, plates, names, sums."""

from datetime import date, datetime, timedelta
from typing import Any

from gateway.city.books import Books
from gateway.city.citizens import Citizen
from gateway.city.dice import Dice

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAYS_ZH = "一二三四五六日"
_PLATE_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


def promised_day(answered: datetime) -> date:
    """The day that agents promise when they answer then: a working day, two to four days on."""
    day = answered.date() + timedelta(days=2)
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def fill(
    books: Books, citizen: Citizen, *, language: str, opened: datetime, promised: date, dice: Dice
) -> dict[str, str]:
    """Every slot of a script for this citizen and this day; `opened` is in the city's zone."""
    places = books.places
    home = places["street"][citizen.street]
    other = dice.pick(places["street"])
    days = _days(opened, promised=promised, language=language, dice=dice)
    return {
        **_person(citizen, home[language], language=language),
        **days,
        **_numbers(opened, dice=dice),
        "street": home[language],
        "other_street": other[language],
        "place": _address(str(dice.number(1, 96)), home[language], language=language),
        "landmark": dice.pick(places["landmark"])[language],
        "school": dice.pick(places["school"])[language],
        "child": dice.pick(places["children"][language]),
        "bus": _bus(dice.pick(["4", "9", "12", "22"]), language=language),
    }


def _person(citizen: Citizen, street: str, *, language: str) -> dict[str, str]:
    name = citizen.han if language == "zh" else citizen.latin or citizen.customer.name
    wrong = str(int(citizen.house) + 2)
    return {
        "name": name,
        "first": name if language == "zh" else name.split()[0],
        "house": citizen.house,
        "house_wrong": wrong,
        "address": _address(citizen.house, street, language=language),
    }


def _days(opened: datetime, *, promised: date, language: str, dice: Dice) -> dict[str, str]:
    today = opened.date()
    ago = dice.number(1, 6)
    born = date(today.year - dice.number(1, 9), dice.number(1, 12), dice.number(1, 28))
    before, after = (today.replace(day=1) - timedelta(days=1)), today.replace(day=28) + timedelta(days=5)
    later = today + timedelta(days=dice.number(14, 20))
    later += timedelta(days=max(0, 7 - later.weekday()) if later.weekday() > 4 else 0)
    chinese = language == "zh"
    return {
        "day": _day(today - timedelta(days=ago + 6), chinese=chinese),
        "weekday": _weekday(today - timedelta(days=1 + ago % 3), chinese=chinese),
        "soon": _long_day(promised, chinese=chinese),
        "later": _long_day(later, chinese=chinese),
        "month": _month(before, chinese=chinese),
        "next_month": _month(after, chinese=chinese),
        "birthday": f"{born.year}年{_day(born, chinese=True)}"
        if chinese
        else f"{_day(born, chinese=False)} {born.year}",
    }


def _numbers(opened: datetime, *, dice: Dice) -> dict[str, str]:
    letters = "".join(dice.pick(_PLATE_LETTERS) for _ in range(3))
    number = dice.number(1000, 9999)
    return {
        "plate": f"{letters} {number}",
        "permit": f"RP-{20_000 + number}",
        "zone": dice.pick("ABCDEF"),
        "ticket_no": f"PT-{dice.number(410000, 489999)}",
        "ref": f"BN-{dice.number(201000, 268999)}",
        "account": f"RT-{dice.number(11, 98)}-{dice.number(1000, 9999)}",
        "notice": f"{opened.year % 100}/{dice.number(311, 498):04}",
        "post": f"{dice.number(1001, 4899)}",
        "amount": f"${dice.number(84, 156) * 5}",
        "small_amount": f"${dice.number(19, 48) * 2}",
        "rent": f"${dice.number(89, 142) * 10:,}",
        "time": f"0{dice.number(7, 9)}:{dice.number(0, 5)}{dice.pick('05')}",
        "degrees": str(dice.number(12, 15)),
        "n": str(dice.number(2, 6)),
        "vehicle": dice.pick(["Toyota Yaris", "Honda Jazz", "Ford Focus", "Skoda Fabia", "Kia Picanto"]),
    }


def _address(house: str, street: str, *, language: str) -> str:
    return f"{street} {house} 号" if language == "zh" else f"{house} {street}"


def _bus(route: str, *, language: str) -> str:
    return f"{route} 路车" if language == "zh" else f"Route {route}"


def _day(day: date, *, chinese: bool) -> str:
    return f"{day.month}月{day.day}日" if chinese else f"{day.day} {_MONTHS[day.month - 1]}"


def _weekday(day: date, *, chinese: bool) -> str:
    return f"周{_DAYS_ZH[day.weekday()]}" if chinese else _DAYS[day.weekday()]


def _long_day(day: date, *, chinese: bool) -> str:
    if chinese:
        return f"{_day(day, chinese=True)}（周{_DAYS_ZH[day.weekday()]}）"
    return f"{_weekday(day, chinese=False)} {_day(day, chinese=False)}"


def _month(day: date, *, chinese: bool) -> str:
    return f"{day.month} 月" if chinese else _MONTHS[day.month - 1]


def field_answers(slots: dict[str, str], *, matter_service: dict[str, Any]) -> dict[str, str]:
    """What this citizen answers to the questions of a form that we know an answer to."""
    known = {
        "plate": slots["plate"],
        "vehicle": slots["vehicle"],
        "address": slots["address"],
        "where": slots["place"],
        "reference": slots["ref"],
        "notice": slots["notice"],
        "school": slots["school"],
        "child": slots["child"],
        "permit": slots["ticket_no"] if matter_service["slug"] == "parking-ticket" else "",
        "when": slots["weekday"],
    }
    return {key: known[key] for key in matter_service["fields"] if known.get(key)}
