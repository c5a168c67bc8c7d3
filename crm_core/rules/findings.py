"""The finding of a consistency report in a sentence, written from its numbers: what differs, by how much, how surely."""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from crm_core.model.parity import Cell, Comparison, Row, Says
from crm_core.rules.parity import FIRST, RATED, RESOLVED

Titles = Mapping[str, Mapping[str, str]]
"""What each channel calls itself, by language."""

MOST_GAPS = 3
"""Gaps told one by one; the table has them all."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The sentence, and what stands behind it."""

    headline: str
    lead: str


def languages() -> Sequence[str]:
    """The languages in which a finding can be told."""
    return tuple(_words())


def told(found: Comparison, *, titles: Titles, language: str) -> Finding:
    """What the report came to, in plain words."""
    say = _Say(_words()[language], titles, language)
    headline = say.join([_headline(found, say), *_agreeing(found, say)])
    return Finding(headline, say.join(_lead(found, say)) if found.tickets else "")


@dataclass(frozen=True, slots=True)
class _Say:
    words: Mapping[str, str]
    titles: Titles
    language: str

    def __call__(self, key: str, **said: object) -> str:
        return self.words[key].format(**said)

    def about(self, key: str, rows: Sequence[Row]) -> str:
        """A sentence about these channels."""
        return self(f"{key}_{'one' if len(rows) == 1 else 'many'}", who=self.who(rows))

    def who(self, rows: Sequence[Row]) -> str:
        """The channels' names, one after another."""
        names = [self.title(row.channel) for row in rows]
        return self.words["and"].join([self.words["comma"].join(names[:-1]), names[-1]] if names[1:] else names)

    def title(self, channel: str) -> str:
        """As the channel calls itself; one that is gone by its name."""
        known = self.titles.get(channel, {})
        return known.get(self.language) or known.get("en") or channel

    def join(self, sentences: Sequence[str]) -> str:
        """Sentences in a row."""
        return self.words["between"].join(sentences)

    def span(self, seconds: float) -> str:
        """So much time as people say it."""
        for unit, of in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
            if seconds >= 1.5 * of:
                return self(unit, amount=_short(seconds / of))
        return self("seconds", amount=_short(seconds))


def _headline(found: Comparison, say: _Say) -> str:
    for key, is_so in _HEADLINES:
        rows = [row for row in found.rows if is_so(row)]
        if rows:
            return say.about(key, rows)
    if not found.rows:
        return say("none")
    if len(found.rows) == 1:
        return say("alone")
    return say("same" if any(_tested(row) for row in found.rows) else "few")


def _says(row: Row, measure: str, says: Says) -> bool:
    return row.cells[measure].says is says


def _slower(row: Row) -> bool:
    return _says(row, RESOLVED, Says.WORSE) or _says(row, FIRST, Says.WORSE)


def _misses(row: Row) -> bool:
    return row.kept.says is Says.WORSE


def _lower(row: Row) -> bool:
    return _says(row, RATED, Says.WORSE)


def _better(row: Row) -> bool:
    return any(cell.says is Says.BETTER for cell in row.cells.values())


_HEADLINES: tuple[tuple[str, Callable[[Row], bool]], ...] = (
    ("slower", _slower),
    ("misses", _misses),
    ("lower", _lower),
    ("better", _better),
)
"""What is told first: the worst for the people who come."""


def _tested(row: Row) -> bool:
    return any(cell.p is not None for cell in row.cells.values())


def _differs(row: Row) -> bool:
    return _misses(row) or any(cell.says.clear for cell in row.cells.values())


def _agreeing(found: Comparison, say: _Say) -> Iterator[str]:
    alike = [row for row in found.rows if _tested(row) and not _differs(row)]
    if len(alike) > 1 and any(_differs(row) for row in found.rows):
        yield say("agree", count=len(alike))


def _lead(found: Comparison, say: _Say) -> list[str]:
    said = [say("total_one" if found.tickets == 1 else "total_many", count=f"{found.tickets:,}")]
    gaps = [(row, name, cell) for name in (RESOLVED, FIRST, RATED) for row, cell in _clear(found, name)]
    said += [_gap(say, *gap) for gap in gaps[:MOST_GAPS]]
    if gaps:
        said.append(say("sure", p=_p(max(cell.p or 0.0 for _, _, cell in gaps[:MOST_GAPS]))))
    said += [say("promise", who=say.title(row.channel), kept=row.kept.kept, of=row.kept.of) for row in _missing(found)]
    untold = [row for row in found.rows if not _tested(row)]
    if untold and len(found.rows) > 1:
        said.append(say("untold", who=say.who(untold)))
    return said


def _clear(found: Comparison, measure: str) -> Iterator[tuple[Row, Cell]]:
    rows = [row for row in found.rows if row.cells[measure].says.clear]
    return ((row, row.cells[measure]) for row in sorted(rows, key=lambda row: row.cells[measure].says is Says.BETTER))


def _missing(found: Comparison) -> Iterator[Row]:
    return (row for row in found.rows if _misses(row))


def _gap(say: _Say, row: Row, measure: str, cell: Cell) -> str:
    show = _points if measure == RATED else say.span
    reference = show(cell.reference or 0.0)
    if cell.figure.amount is None:
        return say("not_yet", who=say.title(row.channel), reference=reference)
    return say(measure, who=say.title(row.channel), amount=show(cell.figure.amount), reference=reference)


def _points(amount: float) -> str:
    return f"{amount:.1f}"


def _short(amount: float) -> str:
    return f"{amount:.1f}".removesuffix(".0") if amount < 10 else f"{amount:.0f}"


def _p(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"= {p:.3f}"


@cache
def _words() -> dict[str, dict[str, str]]:
    text = (Path(__file__).parent / "data" / "parity.toml").read_text("utf-8")
    words: dict[str, dict[str, str]] = tomllib.loads(text)
    return words
