"""What a caller hears next, as TwiML; never silence, and never a document without a way on."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from twilio.twiml.voice_response import Conference, Dial, Gather, VoiceResponse

from channels.voice.reading import CALLER, Heard, address
from channels.voice.settings import VoiceSettings
from crm_core.model.call import Hears, Next, Recording

LONGEST_MESSAGE = 180
"""Seconds."""

BETWEEN = 15
"""Seconds of music between two announcements."""

_IN_LINE = ("wait", "pressed")
"""At these steps the caller stands in Twilio's line, and hears a document of its own."""


@cache
def says() -> Mapping[str, Mapping[str, str]]:
    """The words, by language."""
    return tomllib.loads(Path(__file__).with_name("says.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Speaker:
    """Speaks for one inbox. `hook` is where Twilio asks what comes next."""

    settings: VoiceSettings
    hook: str
    name: str

    def document(self, heard: Heard, said: Next | None) -> VoiceResponse:
        """The whole document."""
        response = VoiceResponse()
        if heard.step == "hold":
            self._say(response, "hold", said)
            response.pause(length=BETWEEN)
            response.redirect(address(self.hook, "hold"))
        elif heard.step == "bye" or said is None:
            self._bye(response, said, "goodbye" if heard.step == "bye" else None)
        elif said.hears is Hears.TOLD_FIRST:
            self._say(response, "told_first", said)
            response.redirect(address(self.hook, "told", call=said.call, leg=said.leg))
        elif heard.step in _IN_LINE:
            self._in_line(response, said)
        else:
            self._on_the_line(response, heard, said)
        return response

    def _in_line(self, response: VoiceResponse, said: Next) -> None:
        """They hear their place and an honest wait, music, and again; a key leads them out."""
        if said.hears in (Hears.PROMISED, Hears.MESSAGE):
            response.leave()
            return
        if said.hears in (Hears.GOODBYE, Hears.SORRY):
            self._bye(response, said, said.hears.value)
            return
        if said.place is not None:
            self._say(response, "place", said)
        if said.step is not None:
            self._say(response, _wait(said), said)
        if said.offers or self.settings.voicemail == "yes":
            keys = Gather(num_digits=1, timeout=2, action=address(self.hook, "pressed", call=said.call, told=said.step))
            self._say(keys, "offer" if said.offers else "offer_message", said)
            response.append(keys)
        response.pause(length=BETWEEN)
        response.redirect(address(self.hook, "wait", call=said.call, told=said.step))

    def _on_the_line(self, response: VoiceResponse, heard: Heard, said: Next) -> None:
        match said.hears:
            case Hears.GREETING:
                self._greet(response, said)
                self._recording(response, said)
                self._enqueue(response, said)
            case Hears.LINE:
                if heard.step == "language":
                    self._recording(response, said)
                self._enqueue(response, said)
            case Hears.WAITING:
                response.redirect(address(self.hook, "wait", call=said.call))
            case Hears.TALK:
                response.append(self._talk(said))
            case Hears.CLOSED | Hears.FULL | Hears.NOBODY:
                self._say(response, said.hears.value, said)
                self._message(response, said)
            case Hears.MESSAGE:
                self._message(response, said)
            case Hears.REFUSED:
                response.reject(reason="rejected")
            case Hears.NOTHING:
                pass
            case _:
                self._bye(response, said, said.hears.value)

    def _greet(self, response: VoiceResponse, said: Next) -> None:
        own = self.settings.greeting_zh if _tongue(said, self.settings) == "zh" else self.settings.greeting
        if own:
            response.say(own, language=self._words(said)["voice"])
        else:
            self._say(response, "greeting", said)
        if self.settings.menu == "yes":
            keys = Gather(num_digits=1, timeout=3, action=address(self.hook, "language", call=said.call))
            for words in says().values():
                keys.say(words["menu"], language=words["voice"])
            response.append(keys)

    def _recording(self, response: VoiceResponse, said: Next) -> None:
        """In the language they chose, if they did; whoever presses nothing goes on in a moment, and is not recorded."""
        if said.recording is Recording.ANNOUNCED:
            self._say(response, "recorded", said)
        elif said.recording is Recording.ASKED:
            keys = Gather(num_digits=1, timeout=3, action=address(self.hook, "consent", call=said.call))
            self._say(keys, "ask", said)
            response.append(keys)

    def _enqueue(self, response: VoiceResponse, said: Next) -> None:
        response.enqueue(
            f"onestop-{said.call}",
            wait_url=address(self.hook, "wait", call=said.call),
            action=address(self.hook, "left", call=said.call),
        )

    def _talk(self, said: Next) -> Dial:
        """One conference for each call, named by our own id: no personal data stands in it."""
        dial = Dial(action=address(self.hook, "after", call=said.call))
        conference = Conference(
            str(said.call),
            participant_label=f"{CALLER}{said.leg}",
            beep="false",
            start_conference_on_enter=False,
            end_conference_on_exit=True,
            wait_url=address(self.hook, "hold"),
            status_callback=address(self.hook, "conference", call=said.call),
            status_callback_event="join leave end",
        )
        dial.append(conference)
        return dial

    def _message(self, response: VoiceResponse, said: Next) -> None:
        if self.settings.voicemail != "yes":
            self._bye(response, said, "writing")
            return
        self._say(response, "message", said)
        response.record(
            max_length=LONGEST_MESSAGE,
            timeout=5,
            finish_on_key="#",
            play_beep=True,
            action=address(self.hook, "bye"),
            recording_status_callback=address(self.hook, "message", call=said.call),
            transcribe=_tongue(said, self.settings) == "en",
            transcribe_callback=address(self.hook, "words", call=said.call),
        )
        self._bye(response, said, "goodbye")

    def _bye(self, response: VoiceResponse, said: Next | None, words: str | None) -> None:
        if words is not None:
            self._say(response, words, said)
            response.hangup()

    def _say(self, inside: VoiceResponse | Gather, key: str, said: Next | None) -> None:
        words = self._words(said)
        filled = words[key].format(
            name=self.name,
            place=said.place if said else 0,
            least=said.least if said else 0,
            most=said.most if said else 0,
        )
        inside.say(filled, language=words["voice"])

    def _words(self, said: Next | None) -> Mapping[str, str]:
        return says()[_tongue(said, self.settings)]


def _tongue(said: Next | None, settings: VoiceSettings) -> str:
    language = (said.language if said is not None else None) or settings.language
    return language[:2] if language[:2] in says() else "en"


def _wait(said: Next) -> str:
    if said.most is None:
        return "wait_long"
    return "wait_now" if said.most <= 1 else "wait_range"
