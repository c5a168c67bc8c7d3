"""The contract every channel keeps: it translates between one wire and our own words.

A channel never looks up a customer, never picks a ticket and never knows a status; it
passes on hints and the core decides. That is what makes the service the same at every door.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from crm_core.model.address import Address
from crm_core.model.call import Call, CallNews, CallOrder, PhoneManners
from crm_core.model.errors import Refusal
from crm_core.model.feedback import Rated
from crm_core.model.habits import Habits
from crm_core.model.ids import AgentId, AppKeyId, InboxId
from crm_core.model.inbox import Capabilities
from crm_core.model.message import Elsewhere, File, Inbound, Outbound, Receipt


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a listener has read its source, in the source's own words (UIDVALIDITY and UID …)."""

    text: str


@dataclass(frozen=True, slots=True)
class Wire:
    """Raw input as it arrived: webhook, poll, socket frame and SMTP DATA all become one.

    `url` is the public URL it came to (for signatures: made of the configured public address,
    never of what the caller says), `recipients` the envelope's, `method` that of HTTP, and
    `evidence` what we found out around it (peer, SPF/DKIM/DMARC results): nothing in it is the
    caller's own claim. With a `cursor` it was fetched: it is kept in the commit of what it brought.
    """

    body: bytes
    headers: Mapping[str, str]
    url: str
    arrived_at: datetime
    recipients: tuple[str, ...] = ()
    evidence: Mapping[str, str] = field(default_factory=dict)
    cursor: Cursor | None = None
    method: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """A question a wire may put to the core; `kind` is one of a small closed set.

    `services`, `service`, `requests`, `place`, `history`, `next`: answered by `desk.ask`
    as that inbox and drawn by `Channel.answer`.
    """

    kind: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sign:
    """A passing signal (typing, read mark) about a strand; never stored."""

    kind: str
    sender: Address


@dataclass(frozen=True, slots=True)
class Reading:
    """What a wire says, in our words."""

    parts: tuple[Inbound | Receipt | Sign | Ask | Rated | CallNews, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one part of a reading: the ticket number, or the answer to an Ask.

    Of a step that was chosen (Rated) `answer` says which one counts now, None where none is taken.

    `refused` is why the core did neither, for channels that say so themselves (`refusals`).
    """

    number: str | None = None
    repeat: bool = False
    answer: Any = None
    refused: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """What the caller on the wire gets back; only called for HTTP wires use type and body."""

    status: int = 200
    body: bytes = b""
    type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """What the person gets, exactly: a channel sends this, and the agent sees it before.

    `parts`: each is one message on the wire, in order. `html` is the page that is shown
    instead of the first part, where there is one. `used` counts against `most`, in
    whatever the channel counts (characters, signs of a segment); None: no limit. `dear` is
    the sign that makes it take more parts than it would without.
    """

    parts: tuple[str, ...]
    sender: str = ""
    subject: str | None = None
    html: str | None = None
    used: int = 0
    most: int | None = None
    dear: str | None = None


class Forged(Exception):
    """The wire is not from whom it claims: 403, nothing kept."""


class Unreadable(Exception):
    """It cannot be read as it is: quarantined, visible to an admin, can be read again."""


class Unavailable(Exception):
    """The provider cannot be reached now; nothing left us. Retried with back-off.

    `words` says the same in every language that the channel's folder has words for it in.
    """

    def __init__(self, why: str, *, words: Mapping[str, str] | None = None) -> None:
        super().__init__(why)
        self.words = words or {"en": why}


class Undeliverable(Exception):
    """The provider refuses this message for good; the agent is told the reason."""


class NoRoute(Exception):
    """There is nowhere to send to: no relay, no server of the inbox's own. It waits until there is."""


class OutcomeUnknown(Exception):
    """We lost the provider after the point of no return: it may have the message or not."""


class Channel(Protocol):
    """A translator between one wire and our own words, opened with its inbox's settings."""

    def read(self, wire: Wire) -> Reading:
        """Prove, then translate; no I/O, no clock, no database. Raises Forged or Unreadable."""

    def answer(self, reading: Reading, outcomes: Sequence[Outcome]) -> Response:
        """What the caller gets back; as pure as `read`."""

    def render(self, message: Outbound) -> Rendering:
        """What the person will get; pure, and what `send` itself sends. Raises Undeliverable where nothing can go."""

    async def send(self, message: Outbound) -> Receipt:
        """Put it on the wire once. Raises NoRoute, Unavailable, Undeliverable or OutcomeUnknown."""


@runtime_checkable
class Fetches(Protocol):
    """A channel whose wires name files that stand with its provider."""

    async def fetch(self, file: Elsewhere) -> File:
        """The file, through `shared/outside.py`. Raises Undeliverable with words where it is never to be had.

        Raises Unavailable where it may be had later: nothing is kept then, and the provider
        comes again. A channel whose provider does not come again raises Undeliverable instead.
        """


class Verdict(StrEnum):
    """What came of one step of a test; LOOK: only a person can tell."""

    WELL = "well"
    ILL = "ill"
    LOOK = "look"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one step of a test found, in words, and what to do where it is not well."""

    step: str
    verdict: Verdict
    words: Mapping[str, str]
    todo: Mapping[str, str] = field(default_factory=dict)

    @property
    def well(self) -> bool:
        """Whether nothing needs mending."""
        return self.verdict is not Verdict.ILL


@dataclass(frozen=True, slots=True)
class Device:
    """What a browser needs to be an agent's phone: a provider's own (`token`), or a simulated one at `address`."""

    kind: str
    identity: str
    token: str | None = None
    address: str | None = None
    expires_at: datetime | None = None


@runtime_checkable
class LiveCalls(Protocol):
    """A channel whose contacts are calls: what it reads are `CallNews`, and what it answers is what the caller hears next."""

    async def control(self, order: CallOrder) -> Receipt:
        """Have the phone do it once; of a new line the receipt's `wire_id` is the provider's name.

        Raises Unavailable where nothing left us, Undeliverable where the provider refuses, OutcomeUnknown where nobody knows.
        """

    async def lines(self, call: Call) -> Sequence[CallNews]:
        """How the call's lines stand with the provider now, as news. Raises Unavailable."""

    async def device(self, agent: AgentId, *, now: datetime) -> Device | None:
        """What the agent's browser needs; None where it cannot be a phone here."""

    def manners(self) -> PhoneManners:
        """How this inbox behaves, by its settings; pure. Raises ValueError where these cannot be read."""


@runtime_checkable
class Tested(Protocol):
    """A channel that can show an admin whether an inbox works, the whole way round."""

    def steps(self) -> Mapping[str, Mapping[str, str]]:
        """What `test` will look at with these settings, in order: each step's code and its name by language."""

    def test(self) -> AsyncIterator[Finding]:
        """Ask the provider, as it stands now, one finding as soon as it is known. Raises nothing that the provider can cause.

        It ends early where what follows would only fail for the same reason.
        """


@runtime_checkable
class Equipped(Protocol):
    """A channel that needs something of the machine it runs on: a program, a font."""

    async def equipment(self) -> Sequence[Finding]:
        """What is here and what is missing, for `onestop doctor`. Asks nobody outside."""


@runtime_checkable
class Habitual(Protocol):
    """A channel whose inboxes add something of their own to its capabilities."""

    def habits(self) -> Habits:
        """Quiet hours and approved texts, by this inbox's settings. Raises ValueError where these cannot be read."""


@dataclass(frozen=True, slots=True)
class Entering:
    """How staff enter for somebody here.

    `backdating`: how long ago what is entered today may have come; None: as everywhere.
    """

    backdating: timedelta | None = None


@runtime_checkable
class Entered(Protocol):
    """A channel whose contacts staff enter (`capabilities.entered`)."""

    def entering(self) -> Entering:
        """By this inbox's settings; pure."""


@dataclass(frozen=True, slots=True)
class Embedding:
    """Whom visitors talk to, by language, and which sites (`https://www.larkhaven.example`) may show the page."""

    title: Mapping[str, str]
    origins: tuple[str, ...]


@runtime_checkable
class Embedded(Protocol):
    """A channel whose people write on a page of ours that pages of others show in a frame."""

    def embedding(self) -> Embedding:
        """By this inbox's settings; pure."""


Take = Callable[[Wire], Awaitable[Response]]
"""Hand over a wire. Returns after the commit, or raises; only then may a listener say 250."""


class Listener(Protocol):
    """Fetches wires for one inbox; one of them runs over any number of processes."""

    async def listen(self, take: Take, *, since: Cursor | None) -> None:
        """Run until cancelled. `since` is the cursor of the last wire that was committed.

        Whatever ends it, it is begun anew after a pause that grows while nothing is heard.
        Raises Unavailable with words for the admin where the source cannot be reached.
        """


@dataclass(frozen=True, slots=True)
class Bearings:
    """What a listener is given beside its inbox's settings.

    `heard` is called whenever the source answered as it should, `troubled` with words for
    the admin, by language, where it answers and something is wrong; both only note it.
    `readable` says whether a listener may open a file to look what stands in it.
    """

    clock: Callable[[], datetime]
    heard: Callable[[], None]
    troubled: Callable[[Mapping[str, str]], None]
    readable: Callable[[bytes], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Way:
    """Where what comes for one recipient goes; `inbox` is equal for recipients of the same inbox."""

    inbox: str
    take: Take


@dataclass(frozen=True, slots=True)
class Port:
    """A port that the house opens for all inboxes of a channel at once.

    `way_for` knows the recipients; `trust_near`: whether peers on this machine and private
    networks count as having proven the sender; `trusted_mx`: names of near servers of our own
    whose checks of the sender are believed; `per_second`: from one outside peer.
    """

    host: str
    port: int
    hostname: str
    way_for: Callable[[str], Way | None]
    trust_near: bool
    trusted_mx: frozenset[str]
    size: int
    per_second: int
    clock: Callable[[], datetime]


class Receiver(Protocol):
    """An open port."""

    async def open(self) -> None:
        """Bind and listen. Raises OSError where the port cannot be had."""

    async def close(self) -> None:
        """Take nothing new, finish what is on its way in."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What a channel is opened with: its inbox's own settings and the house's surroundings.

    `public_url` is where people reach us, `hook_url` where this inbox's provider does (empty
    where its channel has no hook); `relay` the installation's outgoing mail server; `keys` what
    programs of others may bring: SHA-256 of each key that opens now, and which key it is.
    """

    inbox: InboxId
    address: str | None
    name: str
    settings: Any
    public_url: str
    relay: str | None
    hook_url: str = ""
    keys: Mapping[str, AppKeyId] = field(default_factory=dict)


class Opener(Protocol):
    """Opens a channel for one inbox."""

    def __call__(self, opening: Opening) -> Channel:
        """The channel, ready to read and send."""


@dataclass(frozen=True, slots=True)
class ChannelType:
    """What a channel's folder exports as `CHANNEL`.

    `settings` is a frozen dataclass; its fields draw the admin form (a field typed
    `Secret` is write-only and sealed), with the words of `settings.toml` beside it
    (`shared/form.py`). `mounts` are public path prefixes it answers: below
    `/hooks` each inbox has an address of its own; at any other the gateway asks `choose`
    which of the channel's open inboxes, oldest first, a wire is for (without it, somebody
    else draws those pages). `receiver` opens one port for all its inboxes, where the wire
    works like that; `listener` makes what fetches for one, or None where its settings say
    that nothing is fetched. `reasons` are words, by language, for the numbers with which a
    receipt's reason may begin (`30006: …`). `key_of` finds the key that a program of others
    brought, `kept` is a wire without it, as it is kept; `refusals`: its `answer` says what the
    core refused. `reaches`: the origins of others that the browsers of
    staff must reach for an inbox, by its settings.
    """

    name: str
    title: Mapping[str, str]
    capabilities: Capabilities
    settings: type
    opener: Opener
    mounts: tuple[str, ...] = ()
    address_scheme: str = ""
    sample: str | None = None
    receiver: Callable[[Port], Receiver] | None = None
    listener: Callable[[Opening, Bearings], Listener | None] | None = None
    choose: Callable[[Wire, Sequence[Opening]], InboxId | None] | None = None
    reasons: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    key_of: Callable[[Wire], str] | None = None
    kept: Callable[[Wire], Wire] | None = None
    refusals: bool = False
    reaches: Callable[[Opening], Sequence[str]] | None = None


class Secret(str):
    """A setting that never comes back out: sealed in the store, masked in every answer."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret(…)"
