"""Public holidays from the `holidays` library: asked once, then kept as data that people may change.

The library is big and only an admin's page asks for it: it is imported when it is first asked.
"""

import asyncio
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from crm_core.model.errors import BadInput, Problem


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day that is not like others: closed, or (`works`) a weekend day on which people work to make up for one."""

    day: date
    name: str
    works: bool


async def of_year(country: str, *, subdivision: str | None, year: int) -> list[Holiday]:
    """The holidays of a country (ISO 3166), in order. Raises BadInput for one that the library does not know."""
    return list(await asyncio.to_thread(_of_year, country, subdivision, year))


async def countries() -> dict[str, tuple[str, ...]]:
    """Every country the library knows, with its subdivisions."""
    return dict(await asyncio.to_thread(_countries))


@lru_cache(maxsize=64)
def _of_year(country: str, subdivision: str | None, year: int) -> tuple[Holiday, ...]:
    import holidays

    try:
        known = holidays.country_holidays(country, subdiv=subdivision, years=[year])
    except NotImplementedError as unknown:
        raise BadInput(Problem("country", "The library knows no holidays of this place.")) from unknown
    closed = [Holiday(day, name, works=False) for day, name in known.items() if day.year == year]
    made_up = [
        Holiday(day, "Make-up working day", works=True)
        for day in getattr(known, "weekend_workdays", ())
        if day.year == year
    ]
    return tuple(sorted(closed + made_up, key=lambda one: one.day))


@lru_cache(maxsize=1)
def _countries() -> tuple[tuple[str, tuple[str, ...]], ...]:
    import holidays

    known = holidays.list_supported_countries(include_aliases=False)
    return tuple(sorted((code, tuple(parts)) for code, parts in known.items()))
