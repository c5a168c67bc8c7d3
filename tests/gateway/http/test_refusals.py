"""What is refused is said in the language of whoever asks: each sentence of the code has its Chinese words."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator

import pytest

from crm_core.model import errors
from crm_core.model.errors import Problem, Refusal
from gateway.http import refusals
from gateway.http.errors import _ADVICE, STATUS
from tests.gateway.http.site import Site
from tests.world import ADA, ANNA
from workshop.places import ROOT

WORDS: dict[str, str] = tomllib.loads((ROOT / "gateway/http/refusals_zh.toml").read_text(encoding="utf-8"))
KINDS = {kind.__name__ for kind in STATUS} | {"Problem"}
UNHEARD = ("crm_core/store", "gateway/commands", "gateway/city", "gateway/http/portal")
"""Said to operators in a terminal, or on pages that have words of their own."""
FILLED_IN = ("new", "open", "waiting", "solved", "closed", "low", "normal", "high", "urgent")
STATES = ("queued", "offered", "active", "wrapping", "done")
OF_THE_GATES = {
    *_ADVICE.values(),
    errors.NotFound().why,
    errors.Busy().why,
    "Too many requests. Wait a moment and try again.",
}


def sentences() -> Iterator[str]:
    """Every sentence that a refusal or a field's problem is made with, `{}` for what is filled in."""
    for folder in ("crm_core", "gateway"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            if not file.relative_to(ROOT).as_posix().startswith(UNHEARD):
                for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                    if isinstance(node, ast.Call) and _name(node.func) in KINDS:
                        yield from filter(None, map(_sentence, node.args))


def _name(called: ast.expr) -> str:
    return getattr(called, "id", getattr(called, "attr", ""))


def _sentence(said: ast.expr) -> str | None:
    if isinstance(said, ast.Constant) and isinstance(said.value, str):
        text = said.value
    elif isinstance(said, ast.JoinedStr):
        text = "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in said.values)  # type: ignore[misc]
    else:
        return None
    return text if " " in text.replace("{}", "") and not text.startswith("{}: {}") else None


SENTENCES = sorted(set(sentences()))


def test_every_refusal_has_its_chinese_words() -> None:
    assert len(SENTENCES) > 250, "the test does not see what the code says"
    assert [one for one in SENTENCES if one not in WORDS] == []


def test_no_words_are_kept_that_nobody_says() -> None:
    said = {*SENTENCES, *OF_THE_GATES, *FILLED_IN, *STATES}
    assert [one for one in WORDS if one not in said and not one.startswith("{}: ")] == []


def test_the_same_gaps_are_filled_in_both_languages() -> None:
    for english, chinese in WORDS.items():
        numbers = [chinese.count(f"{{{place}}}") for place in range(english.count("{}"))]
        assert numbers == [1] * english.count("{}"), english


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("This ticket is solved already.", "此工单已是“已解决”状态。"),
        ("Nothing is filled in for {name}. These are: number, agent.", "{name} 无法填入。可用的有：number, agent。"),
        ("A sentence that nobody wrote down.", "A sentence that nobody wrote down."),
    ],
)
def test_what_is_filled_in_stands_where_the_sentence_says(english: str, chinese: str) -> None:
    assert refusals.said(english, language="zh") == chinese
    assert refusals.said(english, language="en") == english


def test_several_fields_are_said_in_one_line() -> None:
    wrong = (Problem("name", "Give it a name."), Problem("text", "At most 20 characters."))
    assert refusals.of_fields(wrong, language="zh") == "请起一个名称。；最多 20 个字符。"


@pytest.mark.parametrize(
    ("asked", "said"),
    [("zh-Hans", "请填写内容，最多 500 个字符。"), ("en", "Say something, in 500 characters at most.")],
)
async def test_the_answer_says_it_in_the_language_of_the_screen(small: Site, asked: str, said: str) -> None:
    ada = await small.person(ADA)
    ada.headers["Accept-Language"] = asked
    refused = await ada.post("broadcasts", {"text": " "})
    assert refused.status == 422
    assert (refused.body["detail"], refused.body["errors"][0]["why"]) == (said, said)


async def test_whoever_says_nothing_of_a_language_is_answered_in_english(small: Site) -> None:
    anna = await small.person(ANNA)
    nothing = await anna.get("tickets/nothing-of-the-kind")
    assert nothing.body["detail"] == "There is nothing here that you can see."


def test_every_kind_of_refusal_is_looked_for() -> None:
    assert {kind.__name__ for kind in Refusal.__subclasses__() if kind.__module__ == errors.__name__} <= KINDS
