"""Inboxes and what they can carry. Rules and screens ask capabilities, never a channel's name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crm_core.model.acknowledging import Acknowledging
from crm_core.model.feedback import Asks
from crm_core.model.ids import InboxId, QueueId


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an inbox of a channel can carry, declared by the channel.

    `live`: contacts happen now (chat, call). `threads`: the wire names the strand a
    message belongs to (mail references); without it a strand is the pair of inbox and
    address. `starts`: we may write first. `replies`: answers can go back this way.
    `window`: how long after their last message we may answer. `length`: most characters
    in one message, `parts`: in how many messages one answer may go. `undo`: how long an
    answer may be held back for whoever wrote it to think again; None where words are
    gone at once. `units`: how much of an agent's total capacity one contact takes.
    `entered`: staff enter what comes in, for people who stand there or whose letter came;
    `posted`: it comes and goes on paper, and it matters on which day.
    `public`: everybody can look at what was filed here, as far as its service says so, and at
    what is answered here. `asks`: how it can ask people how they were served; None: it
    cannot. `order`, `icon`, `tone` say where and how the console draws it (tone: 1–8).
    """

    text: bool = True
    html: bool = False
    files: bool = False
    subject: bool = False
    live: bool = False
    threads: bool = False
    starts: bool = True
    replies: bool = True
    window: timedelta | None = None
    length: int | None = None
    parts: int = 1
    undo: timedelta | None = None
    units: int = 1
    public: bool = False
    entered: bool = False
    posted: bool = False
    calls: bool = False
    asks: Asks | None = None
    order: int = 50
    icon: str = "message"
    tone: int = 1


@dataclass(frozen=True, slots=True)
class Source:
    """How it stands with where an inbox's contacts are fetched from.

    `heard_at` is when it last answered, or called, as it should, `trouble` what is wrong, in
    words by language, and `since` when that began.
    """

    heard_at: datetime | None = None
    trouble: Mapping[str, str] | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Forms:
    """What an inbox of forms asks and allows beside its channel's settings.

    `confirm`: an address that was only typed in gets no second message before its owner
    opened the link in the first, or typed in a code. `origins` are the sites that may show
    its forms in a page of theirs (`https://www.example.org`).
    """

    confirm: bool = False
    origins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inbox:
    """One configured account on a channel: a mailbox, a phone number, one web form.

    `address` is where people reach it (a mail address, a number), if it has one.
    `settings` are the channel's, plain; secrets are sealed apart and never read back.
    `bound`: what comes in here waits in its queue, whatever service it is; otherwise the
    queue follows the service, as at every door. `acknowledging`: what it says by itself;
    `forms`: what it asks of whoever fills one in, and who may show them. `asks`: whether people
    who were answered from here are asked how they were served, once a matter is solved.
    """

    id: InboxId
    channel: str
    name: str
    queue: QueueId
    address: str | None
    settings: dict[str, object]
    active: bool
    created_at: datetime
    version: int = 1
    bound: bool = False
    acknowledging: Acknowledging = field(default_factory=Acknowledging)
    forms: Forms = field(default_factory=Forms)
    asks: bool = False
