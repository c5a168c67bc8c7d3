"""What was said is told from what was quoted and signed with, in linear time; nothing is ever lost."""

import sys
import time
import tomllib
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.model.said import MOST_LINES, Kind, own_words, runs

SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "replies"
EXPECTED = tomllib.loads((Path(__file__).parent / "expected_splits.toml").read_text(encoding="utf-8"))
WAYS = tomllib.loads((Path(__file__).parent / "replies.toml").read_text(encoding="utf-8"))
QUOTES = {"marked": "> the old words\n>\n> more of them", "bare": "the old words\n\nmore of them"}


def kinds(text: str) -> list[tuple[Kind, str]]:
    lines = text.split("\n")
    return [(run.kind, "\n".join(lines[run.first : run.last]).strip()) for run in runs(text)]


@pytest.mark.parametrize("quote", QUOTES)
@pytest.mark.parametrize("announced", WAYS["announced"])
def test_a_quotation_begins_where_it_is_announced(announced: str, quote: str) -> None:
    said = "Yes, thank you!\n\nAna"
    assert kinds(f"{said}\n\n{announced}\n\n{QUOTES[quote]}\n") == [
        (Kind.SAID, said),
        (Kind.QUOTED, f"{announced}\n\n{QUOTES[quote]}"),
    ]


@pytest.mark.parametrize("footer", WAYS["footers"])
def test_what_a_telephone_writes_under_a_mail_is_no_word_of_theirs(footer: str) -> None:
    assert kinds(f"Yes, Monday.\n\n{footer}\n") == [(Kind.SAID, "Yes, Monday."), (Kind.SIGNED, footer)]
    announced = "On Mon, 23 Nov 2026 at 09:12, Front Desk <hello@larkhaven.example> wrote:"
    assert own_words(f"Yes, Monday.\n{footer}\n\n{announced}\n> When?\n") == "Yes, Monday."


@pytest.mark.parametrize("signature", WAYS["signatures"])
def test_a_signature_stands_under_its_dashes(signature: str) -> None:
    assert kinds(f"Yes, Monday.\n\n{signature}") == [(Kind.SAID, "Yes, Monday."), (Kind.SIGNED, signature.strip())]


@pytest.mark.parametrize("text", WAYS["said"])
def test_what_is_no_quotation_was_said(text: str) -> None:
    assert [kind for kind, _ in kinds(text)] == [Kind.SAID]
    assert own_words(text) == text


def test_answers_between_quoted_lines_are_told_from_them() -> None:
    text = "On Mon, 23 Nov 2026, Front Desk wrote:\n> Which street?\nElm Street.\n\n> Which number?\nSeven.\n> Thanks\n"
    assert [kind for kind, _ in kinds(text)] == ["quoted", "said", "quoted", "said", "quoted"]
    assert own_words(text) == "Elm Street.\n\nSeven."


def test_answers_above_a_telephone_s_quotation_and_within_it_are_kept() -> None:
    text = "See below.\n\nSent from my iPhone\n\n> On 23 Nov 2026, at 09:12, Desk <d@x.example> wrote:\n> When?\n\nAt nine.\n\n> Where?\n"
    assert own_words(text) == "See below.\n\nAt nine."


def test_what_the_mailer_broke_off_a_quoted_line_is_quoted_and_an_answer_is_not() -> None:
    long = "> " + "could you tell us whether the permit is for the street or for " + "all"
    assert own_words(f"No.\n{long}\nof the town\n> or so\n") == "No."
    assert "Of the town" in own_words(f"No.\n{long}\nOf the town\n> or so\n")
    assert "yes" in own_words(f"No.\n{long}?\nyes\n> or so\n")


def test_all_samples_are_split_as_a_person_would(capsys: pytest.CaptureFixture[str]) -> None:
    assert SAMPLES.is_dir(), f"the samples are missing: {SAMPLES}"
    assert set(EXPECTED) == {path.name for path in SAMPLES.iterdir()}
    assert len(EXPECTED) == 90
    lost, unequal = [], []
    for name, ranges in EXPECTED.items():
        lines = (SAMPLES / name).read_text(encoding="utf-8").split("\n")
        written = {at for first, last in ranges for at in range(first, last + 1) if lines[at - 1].strip()}
        found = _said(lines)
        lost += [f"{name}:{at}" for at in sorted(written - found)]
        unequal += [name] if written != found else []
    with capsys.disabled():
        print(f"\nreplies: {90 - len(unequal)} of 90 split as a person did; others: {', '.join(unequal)}")
    assert lost == [], "words of theirs among what is folded away"
    assert len(unequal) <= 9


def _said(lines: list[str]) -> set[int]:
    found = (run for run in runs("\n".join(lines)) if run.kind is Kind.SAID)
    return {at + 1 for run in found for at in range(run.first, run.last) if lines[at].strip()}


PIECES = st.sampled_from(
    [
        *WAYS["announced"],
        *WAYS["footers"],
        *WAYS["signatures"],
        "words of theirs",
        "> marked",
        "-- ",
        "--",
        "",
        "x" * 400,
    ]
)


@given(st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=12).map("\n".join)))
def test_runs_are_the_whole_text_without_a_gap(text: str) -> None:
    found = runs(text)
    assert [run.first for run in found] == [0, *(run.last for run in found[:-1])]
    assert found[-1].last == text.count("\n") + 1
    assert any(run.kind is Kind.SAID for run in found)
    assert all(run.first < run.last for run in found)


def test_lines_beyond_what_is_looked_at_are_more_of_the_same() -> None:
    assert runs("Yes.\n" + "> no\n" * (MOST_LINES * 2))[-1].kind is Kind.QUOTED


HANGERS = {
    "On x x x": "On " + "x " * 500_000,
    "On On On": "On " * 330_000,
    "newlines": "\n" * 1_000_000 + "x",
    "on at": " on xxxx at yyyy" * 62_500,
    "brackets": ">" * 1_000_000,
    "bracket lines": ">\n" * 500_000,
    "dashes": "-" * 1_000_000,
    "dashes in lines": ("-" * 298 + "\n") * 3_300,
    "dashes and blanks": ("- " * 149 + "\n") * 3_300,
    "from lines": "From: a\n" * 125_000,
    "subject lines": "Subject: x\n" * 90_000,
    "underscores": "_" * 1_000_000,
    "underscore lines": "____\n" * 200_000,
    "blanks": " " * 1_000_000,
    "on lines": "On Monday\n" * 100_000,
    "addresses": ("On 2026 10:10 " + "a@b " * 70 + "\n") * 3_400,
    "brackets after a date": ("On 2026 12:30 " + "<" * 280 + "\n") * 3_400,
    "wrote": "On 2026 wrote wrote " * 50_000,
    "signatures": "—\nx\n" * 250_000,
    "footers": "Sent from my \n" * 77_000,
    "Chinese footers": ("从我的" * 100 + "\n") * 3_300,
    "Japanese": ("あ" * 299 + "\n") * 3_300,
    "broken lines": ("> " + "x" * 70 + "\nabc\n") * 13_000,
}
"""THREATS §5, and what would be slow for this reader if anything were: a megabyte of each."""


@pytest.mark.parametrize("text", HANGERS.values(), ids=HANGERS.keys())
def test_what_hangs_other_readers_takes_a_bounded_number_of_steps(text: str) -> None:
    assert _calls(text) < 80 * MOST_LINES


def _calls(text: str) -> int:
    """Functions called, ours and the interpreter's: the same on a busy machine."""
    count = 0

    def watch(_frame: FrameType, event: str, _arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(watch)
    try:
        runs(text)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.long
@pytest.mark.parametrize("text", HANGERS.values(), ids=HANGERS.keys())
def test_a_megabyte_of_what_hangs_other_readers_takes_less_than_a_fifth_of_a_second(text: str) -> None:
    runs("once, for its words")
    began = time.process_time()
    runs(text)
    assert time.process_time() - began < 0.2
