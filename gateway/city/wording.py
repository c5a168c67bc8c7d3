"""How a script's words are dressed for the door they come through.

The script is the same on every channel; greeting, signature, quoting and form answers
are the channel's own (its `sample.toml`).
"""

from zoneinfo import ZoneInfo

from crm_core.model.agent import Agent
from crm_core.model.message import Message
from crm_core.model.service import Field, FieldKind, Service
from crm_core.rules import forms
from gateway.city.books import Page, Turn
from gateway.city.dice import Dice
from gateway.city.drafts import Draft
from gateway.city.slots import field_answers

_GREETINGS = ("Dear ", "Hi ", "Hi, ", "Hello ", "Hello, ", "您好")

_YES_NO = {"en": {"yes": "Yes", "no": "No"}, "zh": {"yes": "是", "no": "否"}}
_QUOTING = 0.55
"""Share of mail programs that quote what they answer."""


class Wording:
    """The words of one ticket."""

    def __init__(self, draft: Draft, *, dice: Dice) -> None:
        self._draft = draft
        self._dice = dice
        self._slots = dict(draft.slots)
        self._style: Page = draft.sample.page[draft.matter.language]
        self._told_first: str | None = None
        self.subject = self._said(dice.pick(draft.matter.subjects))

    def first(self, turn: Turn, *, service: Service) -> tuple[str, str]:
        """The first message, and of it their own words: greeted and signed, or under the form's answers."""
        words = self._greeted("greetings", self._said(turn.text), "closings")
        if not self._draft.sample.page["fields"]:
            return words, words
        language = self._draft.matter.language
        answers = self.answers(service)
        answered = [
            f"{field.label[language]}\n{_shown(field, answers[field.key], language=language)}"
            for field in service.fields
            if field.key in answers
        ]
        return "\n\n".join([*answered, words]), words

    def answers(self, service: Service) -> dict[str, str]:
        """What they put into the service's form, by question."""
        keys = {"slug": service.slug, "fields": [field.key for field in service.fields]}
        own = {key: text.format_map(self._slots) for key, text in self._draft.matter.answers.items()}
        return forms.kept(service.fields, answers=field_answers(self._slots, matter_service=keys) | own)

    def back(self, turn: Turn, *, quoting: Message | None) -> str:
        """They write again, mostly above what they answer."""
        words = self._greeted("back_greetings", self._said(turn.text), "back_closings")
        introduction = self._style["quote"]
        if quoting is None or not introduction or not self._dice.chance(_QUOTING):
            return words
        zone = ZoneInfo(self._draft.promise.calendar.zone)
        when = quoting.created_at.astimezone(zone)
        head = introduction.format(
            when=f"{when:%Y-%m-%d %H:%M}", agent=quoting.sender, inbox=self._draft.inbox.address or "Larkhaven"
        )
        quoted = "\n".join(f"> {line}".rstrip() for line in quoting.text.splitlines())
        return f"{words}\n\n{head}\n{quoted}"

    def live(self, turn: Turn, *, agent: str) -> str:
        """They answer somebody who really wrote."""
        self._slots |= {"agent": agent, "agent_first": agent.partition(" ")[0]}
        return self._greeted("back_greetings", self._said(turn.text), "back_closings")

    def answer(self, turn: Turn, *, agent: Agent, first: bool) -> str:
        """What an agent writes. A script may greet by itself."""
        self._slots |= self._names(agent)
        words = self._said(turn.text)
        opening = "answer_greetings" if first or self._dice.chance(0.6) else None
        return self._greeted(opening, words, "answer_closings")

    def _names(self, agent: Agent) -> dict[str, str]:
        """A name in two scripts is written in that of the letter."""
        first, _, rest = agent.name.partition(" ")
        if first.isascii():
            return {"agent": agent.name, "agent_first": first}
        chinese = self._draft.matter.language == "zh"
        return {"agent": first if chinese else rest, "agent_first": first if chinese else rest}

    def note(self, turn: Turn) -> str:
        """Colleagues neither greet nor sign."""
        return self._said(turn.text)

    def spoken(self, *, agent: Agent, how: str) -> str:
        """An agent's line about a talk: how it ended, what they said, what they were told."""
        self._slots |= self._names(agent)
        told = next((turn.text for turn in self._draft.matter.turns if turn.who == "agent"), "")
        parts = {"how": self._style["outcomes"][how], "said": self._first_words(), "told": self._said(told)}
        return str(self._style["note"].format(**parts))

    def left(self) -> str:
        """What they say after the tone."""
        return self._said(self._dice.pick(self._style["left"])).replace("…", self._first_words())

    def unreached(self, *, agent: Agent) -> str:
        """Nobody answered when we called."""
        self._slots |= self._names(agent)
        return self._said(self._dice.pick(self._style["unreached"]))

    def ended(self, *, agent: Agent) -> str:
        """What came of it in the end: what the script says last, where it says more than was told already."""
        self._slots |= self._names(agent)
        told = [turn.text for turn in self._draft.matter.turns if turn.who == "agent"][1:]
        return self._style["ended"].format(told=self._said(told[-1])) if told else self._said(self._style["nothing"])

    def _first_words(self) -> str:
        """Said the same way each time: it stands in a note, and in what a machine understood."""
        if self._told_first is None:
            self._told_first = self._said(self._draft.matter.turns[0].text)
        return self._told_first

    def _greeted(self, before: str | None, words: str, after: str) -> str:
        greets = words.startswith(_GREETINGS)
        greeting = self._said(self._dice.pick(self._style[before])) if before and not greets else ""
        return greeting + words + self._said(self._dice.pick(self._style[after]))

    def _said(self, text: str) -> str:
        """The text with its choices made and its slots filled. Raises KeyError for an unknown slot."""
        return self._dice.spun(text).format_map(self._slots)


def _shown(field: Field, answer: str, *, language: str) -> str:
    """An option as its reader says it; everything else is in their words already."""
    if field.kind is FieldKind.YES:
        return _YES_NO[language][answer]
    return next((one[language] for one in field.choices if forms.option_name(one) == answer), answer)
