"""A call: a live conversation by voice, its legs, and what is asked of the phone for it.

The call follows its work: routing decides who gets it, and whoever drives the phone reads
from the work what the lines are to do next. Its record is a message of the ticket.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from crm_core.model.ids import AgentId, CallId, CommandId, InboxId, LegId, MessageId, QueueId, TicketId

SHORT = timedelta(seconds=5)
"""Who hangs up within this changed their mind: kept, flagged, and counted apart (I13)."""

COME_BACK = timedelta(seconds=10)
"""So long an agent whose line fell away has, after a reload, until their caller waits in line again."""

EXCHANGE_DOWN = "exchange-down"
"""Why a line is gone that the provider never heard of: it cannot be reached."""

UNHEARD_OF = "unknown"
"""Why a line is out that the provider, asked, knows nothing of. While it is still to be told of that line, this is no news."""

RECORD = "call"
"""Flag of the message that is a call's record."""


class CallState(StrEnum):
    """Where a call stands. ENDED is the only end."""

    ARRIVED = "arrived"
    WAITING = "waiting"
    PROMISED = "promised"
    CONNECTING = "connecting"
    DIALLING = "dialling"
    TALKING = "talking"
    LOST = "lost"
    LEAVING = "recording_message"
    WRAPPING = "wrapping"
    ENDED = "ended"


class CallDirection(StrEnum):
    """Who began it."""

    IN = "in"
    OUT = "out"


class Part(StrEnum):
    """What somebody on a line is there for."""

    CALLER = "caller"
    AGENT = "agent"
    CONSULTED = "consulted"
    SUPERVISOR = "supervisor"


class LegState(StrEnum):
    """Where one line stands."""

    DIALLING = "dialling"
    IN = "in"
    GONE = "gone"


class Mode(StrEnum):
    """How a supervisor takes part: heard by nobody, by the agent alone, by all.

    And of whom we ring: PASSED_ON has the caller as soon as they answer, TOLD_FIRST hears that the call is recorded
    before they are put through.
    """

    LISTEN = "listen"
    WHISPER = "whisper"
    JOIN = "join"
    PASSED_ON = "passed_on"
    TOLD_FIRST = "told_first"


class Taping(StrEnum):
    """Whether the call is being recorded; and afterwards, whether its recording is still to be fetched, or was never to be had."""

    OFF = "off"
    ON = "on"
    PAUSED = "paused"
    COMING = "coming"
    LOST = "lost"


class Recording(StrEnum):
    """What callers of an inbox are told of recording; OFF: nothing, and nothing is recorded unless they agree aloud."""

    OFF = "off"
    ANNOUNCED = "announced"
    ASKED = "asked"


class TapeConsent(StrEnum):
    """How a caller stands to being recorded: told of it, asked (and silent), or what they said; ALOUD: to the agent."""

    ANNOUNCED = "announced"
    ASKED = "asked"
    AGREED = "agreed"
    REFUSED = "refused"
    ALOUD = "aloud"


class CallEnding(StrEnum):
    """By what a call ended, or why nobody was put through."""

    CALLER = "caller"
    AGENT = "agent"
    ABANDONED = "abandoned"
    CLOSED = "closed"
    FULL = "full"
    NOBODY = "nobody"
    VOICEMAIL = "voicemail"
    CALLBACK = "callback"
    UNREACHABLE = "unreachable"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Leg:
    """One line of a call. `sid` is the provider's name of it; `number` whom it reaches, where that is no agent.

    `held`: they hear music; of an agent's line that rings again after a reload, that the caller does, by their wish.
    `why` says why it is gone, in the provider's word (`busy`, `no-answer`, `completed` …).
    """

    id: LegId
    part: Part
    state: LegState
    agent: AgentId | None = None
    number: str | None = None
    sid: str | None = None
    held: bool = False
    muted: bool = False
    mode: Mode | None = None
    dialled_at: datetime | None = None
    joined_at: datetime | None = None
    left_at: datetime | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A live conversation by voice. `sid` is the provider's name of the caller's line, `number` theirs (None: withheld).

    `waiting_since` is when they joined the line (not when the greeting began), `bridged_at`
    when an agent was first put through. `attempts` and `next_at` are a callback's. `trouble`
    is why the last try to connect failed. `lost_at` is when the agent's line fell away.
    `consent` is how the caller stands to being recorded since `consent_at`; None: nobody told or asked them.
    `message` is its record in the ticket's timeline, `tape` the provider's name of a recording that runs.
    """

    id: CallId
    inbox: InboxId
    direction: CallDirection
    state: CallState
    arrived_at: datetime
    ticket: TicketId | None = None
    sid: str | None = None
    number: str | None = None
    language: str | None = None
    agent: AgentId | None = None
    legs: tuple[Leg, ...] = ()
    recording: Taping = Taping.OFF
    tape: str | None = None
    consent: TapeConsent | None = None
    consent_at: datetime | None = None
    ending: CallEnding | None = None
    short: bool = False
    waiting_since: datetime | None = None
    bridged_at: datetime | None = None
    ended_at: datetime | None = None
    lost_at: datetime | None = None
    attempts: int = 0
    next_at: datetime | None = None
    trouble: str | None = None
    message: MessageId | None = None
    version: int = 1

    @property
    def over(self) -> bool:
        """Whether nothing of it is going on any more."""
        return self.state is CallState.ENDED

    @property
    def there(self) -> tuple[Leg, ...]:
        """The lines that are not gone."""
        return tuple(leg for leg in self.legs if leg.state is not LegState.GONE)

    def leg(self, part: Part) -> Leg | None:
        """The line of this part that is not gone, the newest."""
        return next((leg for leg in reversed(self.there) if leg.part is part), None)

    def leg_of(self, agent: AgentId) -> Leg | None:
        """The line on which this member of staff takes part, the newest."""
        return next((leg for leg in reversed(self.there) if leg.agent == agent), None)

    @property
    def parties(self) -> frozenset[AgentId]:
        """Members of staff who take part."""
        named = {leg.agent for leg in self.there if leg.agent is not None}
        return frozenset(named | ({self.agent} if self.agent is not None else set()))


class CommandKind(StrEnum):
    """What the phone is to do. All but RING may be done twice without harm."""

    RING = "ring"
    BRIDGE = "bridge"
    LINE = "line"
    VOICEMAIL = "voicemail"
    HOLD = "hold"
    RESUME = "resume"
    MUTE = "mute"
    UNMUTE = "unmute"
    MODE = "mode"
    DROP = "drop"
    HANG_UP = "hang_up"
    RECORD = "record"
    PAUSE = "pause"
    CONTINUE = "continue"
    FETCH = "fetch"


class CommandState(StrEnum):
    """Where a command stands; claimed (committed) before the provider is touched."""

    QUEUED = "queued"
    SENDING = "sending"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CallCommand:
    """One thing that the phone is to do for a call, in the order of their ids. `leg` is the line it is about."""

    id: CommandId
    call: CallId
    inbox: InboxId
    kind: CommandKind
    leg: LegId | None
    state: CommandState
    made_at: datetime
    due_at: datetime
    attempts: int = 0
    reason: str | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class CallOrder:
    """A claimed command with all that a channel needs to carry it out, so that it looks nothing up.

    `coached` is the line that a supervisor whispers to.
    """

    command: CallCommand
    call: Call
    leg: Leg | None = None
    coached: Leg | None = None


@dataclass(frozen=True, slots=True)
class Phone:
    """A member of staff's own telephone: calls ring there, and not in the browser."""

    id: AgentId
    number: str
    version: int = 1


class NewsKind(StrEnum):
    """What a phone provider may tell of a call. ANSWERED: whom we call picked up; TOLD: they heard what they are told first."""

    ARRIVED = "arrived"
    WAITS = "waits"
    PRESSED = "pressed"
    CONSENTS = "consents"
    LEFT_LINE = "left_line"
    JOINS = "joins"
    ANSWERED = "answered"
    TOLD = "told"
    LEG_IN = "leg_in"
    LEG_OUT = "leg_out"
    CALLER_GONE = "caller_gone"
    SPEAKS = "speaks"
    RECORDED = "recorded"
    TRANSCRIBED = "transcribed"
    FAULT = "fault"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallNews:
    """What a phone told, in our words; the core decides what the caller hears next.

    `sid` names the caller's line on the provider's side, `call` and `leg` ours where we named them.
    `number` is who calls, as +digits; None where they withhold it. `why` is the provider's word.
    `told` is the step of waiting that they were told last.
    """

    kind: NewsKind
    sid: str = ""
    call: CallId | None = None
    leg: LegId | None = None
    number: str | None = None
    language: str | None = None
    pressed: str = ""
    why: str = ""
    recording: str = ""
    seconds: int = 0
    text: str = ""
    told: int | None = None


class Hears(StrEnum):
    """What the caller hears, or where they are put, next; `waiting`: they stand in line already, and go on."""

    GREETING = "greeting"
    TOLD_FIRST = "told_first"
    LINE = "line"
    WAITING = "waiting"
    TALK = "talk"
    CLOSED = "closed"
    FULL = "full"
    NOBODY = "nobody"
    MESSAGE = "message"
    PROMISED = "promised"
    GOODBYE = "goodbye"
    SORRY = "sorry"
    REFUSED = "refused"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """What follows for the caller: their place and, as a step with its minutes, the wait, where they are known.

    `offers`: they may keep their place and be called. `recording` is what they are still to be told of it.
    """

    hears: Hears
    call: CallId | None = None
    leg: LegId | None = None
    language: str | None = None
    place: int | None = None
    step: int | None = None
    least: int = 0
    most: int | None = None
    offers: bool = False
    recording: Recording = Recording.OFF


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneManners:
    """How one inbox of calls behaves, by its settings.

    `full` is how many may wait; `callback_after`: who would wait longer may keep their place and be called;
    `tries` and `spacing` are a callback's. `recording`: what callers are told of it, or asked.
    `voicemail`: who cannot be put through may leave a message.
    """

    full: int = 50
    callback_after: timedelta = timedelta(minutes=2)
    tries: int = 3
    spacing: timedelta = timedelta(minutes=5)
    recording: Recording = Recording.OFF
    voicemail: bool = True


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody who takes part asks of a call; `to` is whom they mean, where that is somebody."""

    verb: str
    agent: AgentId | None = None
    queue: QueueId | None = None
    number: str | None = None
