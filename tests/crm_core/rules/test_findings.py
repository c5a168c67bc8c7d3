"""The finding in a sentence: the numbers' own, in both languages."""

from __future__ import annotations

import pytest

from crm_core.model.parity import Cell, Comparison, InTime, Reckoned, Row, Says
from crm_core.rules import findings, parity
from crm_core.rules.findings import Finding

TITLES = {
    "post": {"en": "Letter", "zh": "信件"},
    "bell": {"en": "Phone", "zh": "电话"},
    "gate": {"en": "Desk", "zh": "柜台"},
    "arch": {"en": "Form", "zh": "表单"},
}
DAY = 86_400.0


def a_cell(says: Says = Says.SAME, *, amount: float | None = DAY, p: float | None = 0.9) -> Cell:
    told = None if says in (Says.FEW, Says.ALONE, Says.ABSENT) else p
    return Cell(Reckoned(100, amount, amount, amount), 0, DAY, 0.75 * DAY, 1.25 * DAY, told, says, "")


def a_row(channel: str, resolved: Cell | None = None, *, kept: int = 100, says: Says = Says.SAME) -> Row:
    cells = {parity.FIRST: a_cell(), parity.RESOLVED: resolved or a_cell(), parity.RATED: a_cell(Says.ABSENT)}
    return Row(channel, 100, InTime(kept, 100, 0.0, 1.0, 3600.0, says), cells)


def few(channel: str) -> Row:
    cells = {name: a_cell(Says.FEW) for name in (parity.FIRST, parity.RESOLVED, parity.RATED)}
    return Row(channel, 12, InTime(1, 1, 0.0, 1.0, None, Says.FEW), cells)


def told(*rows: Row, language: str = "en") -> Finding:
    found = Comparison(sum(row.tickets for row in rows), parity.LIKE, rows)
    return findings.told(found, titles=TITLES, language=language)


SLOW = a_cell(Says.WORSE, amount=4.8 * DAY, p=0.0002)
QUICK = a_cell(Says.BETTER, amount=0.5 * DAY, p=0.004)


def test_two_slow_doors_are_named_and_the_others_agree() -> None:
    found = told(a_row("post", SLOW), a_row("bell", SLOW), a_row("gate"), a_row("arch"))
    assert found.headline == "Letter and Phone give a slower service. The other 2 agree."
    assert found.lead.startswith("400 tickets. Letter: half are done within 4.8 days; like tickets on all channels, ")
    assert found.lead.endswith("within 24 h. Chance alone would rarely give such a difference (p < 0.001).")


def test_the_same_in_chinese() -> None:
    found = told(a_row("post", SLOW), a_row("gate"), a_row("arch"), language="zh")
    assert found.headline == "信件的服务较慢。其余 2 个渠道一致。"
    assert "一半在 4.8 天内办结" in found.lead


def test_where_nothing_differs_that_is_the_finding() -> None:
    assert told(a_row("post"), a_row("bell")).headline == "No clear difference between the channels."


def test_a_missed_promise_is_told_with_its_count() -> None:
    found = told(a_row("post", kept=41, says=Says.WORSE), a_row("bell"), a_row("gate"))
    assert found.headline == "Letter misses its first-answer promise. The other 2 agree."
    assert "Letter: 41 of 100 first answers came in time." in found.lead


def test_a_better_door_is_no_fault_of_it() -> None:
    assert told(a_row("post", QUICK), a_row("bell")).headline == "Letter does better than the rest."


def test_where_fewer_than_half_are_done_no_figure_is_made_up() -> None:
    found = told(a_row("post", a_cell(Says.WORSE, amount=None, p=0.01)), a_row("bell"))
    assert "Letter: fewer than half are done so far; like tickets on all channels, within 24 h." in found.lead


def test_doors_with_too_few_tickets_are_named_as_untold() -> None:
    found = told(a_row("post"), a_row("bell"), few("gate"))
    assert found.headline == "No clear difference between the channels."
    assert found.lead.endswith("Too few to tell: Desk.")


@pytest.mark.parametrize(
    ("rows", "headline"),
    [
        ((), "No tickets came in this time."),
        ((a_row("post"),), "Only one channel has tickets: there is nothing to compare it with."),
        ((few("post"), few("bell")), "There are too few tickets to compare the channels."),
    ],
)
def test_where_nothing_can_be_compared_it_says_why(rows: tuple[Row, ...], headline: str) -> None:
    assert told(*rows).headline == headline


def test_a_channel_that_is_gone_is_named_as_it_was() -> None:
    assert told(a_row("pigeon", SLOW), a_row("bell")).headline.startswith("pigeon gives")


def test_both_languages_have_the_same_sentences() -> None:
    words = [findings._words()[language] for language in findings.languages()]
    assert all(set(one) == set(words[0]) for one in words)
