"""The books of Larkhaven: complete in both languages, nothing in them real, every turn playable."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm_core.model.ticket import Priority, Status
from gateway.city.books import Turn, books, samples_at, span, turn
from gateway.city.citizens import draw_citizens
from gateway.city.dice import Dice
from gateway.city.files import sheets
from gateway.city.slots import fill

NOW = datetime(2026, 11, 23, 15, 26, tzinfo=UTC)
HAN = re.compile(r"[\u4e00-\u9fff]")


def services() -> list[dict[str, Any]]:
    return list(books().services["service"])


@pytest.mark.parametrize("service", services(), ids=lambda service: str(service["slug"]))
def test_a_service_says_everything_in_both_languages(service: dict[str, Any]) -> None:
    for part in ("name", "about", "cost", "form", "answer", "result", "ready"):
        assert service[part]["en"].strip(), part
        assert HAN.search(service[part]["zh"]), part
    assert service["synonyms"]["zh"]
    assert service["synonyms"]["en"]


@pytest.mark.parametrize("service", services(), ids=lambda service: str(service["slug"]))
def test_a_service_has_an_owner_a_queue_a_promise_a_skill_and_questions(service: dict[str, Any]) -> None:
    city = books().city
    assert service["unit"] in {unit["key"] for unit in city["unit"]}
    assert service["queue"] in {queue["slug"] for queue in city["queue"]}
    assert service["policy"] in {policy["key"] for policy in city["policy"]}
    assert service["skills"]
    assert service["fields"]


def test_every_question_is_asked_in_both_languages() -> None:
    for key, field in books().services["field"].items():
        assert field["label"]["en"], key
        assert HAN.search(field["label"]["zh"]), key
        assert bool(field["help"]["en"]) == bool(field["help"]["zh"]), key
        for choice in field.get("choices", ()):
            assert choice["en"], key
            assert HAN.search(choice["zh"]), key


def test_there_are_enough_scripts_and_every_service_has_one() -> None:
    matters = books().matters
    assert len(matters) >= 60
    assert sum(matter.language == "zh" for matter in matters) >= 15
    assert {matter.service for matter in matters} == {service["slug"] for service in services()}


def test_every_turn_can_be_played() -> None:
    people = {agent["email"] for agent in books().staff}
    queues = {queue["slug"] for queue in books().city["queue"]}
    for matter in [*books().matters, *(opening.matter for opening in books().openings)]:
        assert matter.turns[0].who == "citizen", matter.subjects
        for one in matter.turns:
            assert one.who in {"citizen", "agent", "note", "colleague", "move", "raise"} | people
            assert set(one.files) <= set(sheets()), one.files
            if one.who == "agent":
                assert Status(one.word or "waiting") in (Status.WAITING, Status.SOLVED, Status.ON_HOLD)
            if one.who == "move":
                assert one.word in queues
            if one.who == "raise":
                assert Priority[one.word.upper()]


def test_every_slot_of_every_script_is_known() -> None:
    citizen = draw_citizens(books(), now=NOW, seed=1)[0]
    for matter in books().matters:
        slots = fill(books(), citizen, language=matter.language, opened=NOW, promised=NOW.date(), dice=Dice(1))
        slots |= {"agent": "Anna Kowal", "agent_first": "Anna"}
        for text in [*matter.subjects, *(one.text for one in matter.turns)]:
            said = Dice(1).spun(text).format_map(slots)
            assert not re.search(r"[{}<>|]", said), said


def test_scripts_answer_questions_of_their_service_with_options_that_it_has() -> None:
    asks = {page["slug"]: page["fields"] for page in books().services["service"]}
    for matter in [*books().matters, *(opening.matter for opening in books().openings)]:
        for key, answer in matter.answers.items():
            assert key in asks[matter.service], (matter.subjects, key)
            question = books().services["field"][key]
            options = {"yes": {"yes", "no"}, "choice": {one["en"] for one in question.get("choices", ())}}
            assert answer in options.get(question["kind"], {answer}), (matter.subjects, key)


def test_scripts_answer_every_question_that_their_own_answers_raise() -> None:
    """A citizen who says that it is a renewal also says of which permit."""
    raised = 0
    for matter in [*books().matters, *(opening.matter for opening in books().openings)]:
        for key, question in books().services["field"].items():
            on = question.get("only_if")
            if on and matter.answers.get(on["field"]) in on["values"]:
                raised += 1
                assert matter.answers.get(key), (matter.subjects, key)
    assert raised > 8


def test_scripts_leave_greetings_to_the_channels_and_names_of_tools_away() -> None:
    for matter in books().matters:
        for text in (one.text for one in matter.turns):
            assert "lorem" not in text.casefold()
            assert "@" not in text, text


def test_chinese_scripts_are_chinese() -> None:
    for matter in books().matters:
        if matter.language == "zh":
            assert all(HAN.search(text) for text in [*matter.subjects, *(one.text for one in matter.turns)])


def test_named_people_of_the_pictures_live_here() -> None:
    names = {page["name"] for page in books().people["named"]} | {page["name"] for page in books().staff}
    assert {"张薇 Wei Zhang", "Daniel Osei", "Margaret Doyle", "Priya Raman", "陈建国 Jianguo Chen"} <= names
    assert {"Anna Kowal", "Maya Okafor", "Tom Reyes", "李娜 Li Na", "王磊 Wang Lei"} <= names


def test_citizens_are_the_same_each_time_and_nobody_is_there_twice() -> None:
    first, again = (draw_citizens(books(), now=NOW, seed=3) for _ in range(2))
    assert first == again
    assert len({citizen.customer.name for citizen in first}) == len(first) == books().people["citizens"]


@pytest.mark.parametrize("door", ["smtp", "form"])
def test_each_channels_sample_speaks_both_languages(door: str) -> None:
    keys = {"greetings", "closings", "back_greetings", "back_closings", "answer_greetings", "answer_closings", "quote"}
    for sample in samples_at(door):
        assert sample.page["share"] > 0
        assert sample.page["inbox"]
        assert sample.page["en"].keys() == sample.page["zh"].keys() == keys


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("citizen: Hello: you", Turn("citizen", timedelta(), "Hello: you")),
        ("agent +3h solved: Done.", Turn("agent", timedelta(hours=3), "Done.", "solved")),
        ("citizen +1d [bill letter]: Here.", Turn("citizen", timedelta(days=1), "Here.", "", ("bill", "letter"))),
        ("tom.reyes +20m: Seen.", Turn("tom.reyes", timedelta(minutes=20), "Seen.")),
        ("move +20m waste-streets: Tree.", Turn("move", timedelta(minutes=20), "Tree.", "waste-streets")),
    ],
)
def test_a_turn_is_read_as_it_is_written(text: str, expected: Turn) -> None:
    assert turn(text) == expected


@pytest.mark.parametrize("text", ["", "nobody", "citizen", "citizen +3x: Hello", "citizen [bill: Hello"])
def test_a_turn_that_nobody_can_play_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="nobody can play"):
        turn(text)


def test_durations_are_read_with_their_sign() -> None:
    assert span("-42m") == timedelta(minutes=-42)
    with pytest.raises(ValueError, match="not a duration"):
        span("soon")


def test_attached_files_are_what_they_say() -> None:
    for kind, sheet in sheets().items():
        begins = {"application/pdf": b"%PDF-", "image/png": b"\x89PNG", "audio/wav": b"RIFF"}
        assert sheet.content.startswith(begins[sheet.type]), kind
        assert len(sheet.content) < 10_000
        assert sheet.names.keys() == {"en", "zh"}
