"""The faces of ways to answer, and of what an answer would be."""

from datetime import datetime

from crm_core.model.view import Json, maybe_instant
from crm_core.queries.handouts import Standing
from crm_core.rules.ways import Bar, Doubt, Misfit
from gateway.http.face import Face


class TemplateItem(Face):
    """An approved text with `{{1}}`, `{{2}}` … for what the agent fills in; `gaps` of them."""

    id: str
    name: str
    language: str
    text: str
    gaps: int


class WayItem(Face):
    """An address and an inbox of ours by which an answer can go, or why it cannot."""

    channel: str
    inbox: str
    inbox_name: str
    address: str
    proven: bool
    open: bool
    bar: Bar | None
    why: str
    """The reason in words: what bars it, or why it waits for their hours."""
    doubt: Doubt | None
    later: datetime | None
    """When their own hours open, where they asked for nothing now."""
    speaker: str | None
    """Whose address it is, where somebody else speaks for them with their consent."""
    preferred: bool
    usual: bool
    link: int
    """Characters that a link to files takes this way; 0 where it carries the files themselves."""
    templates: list[TemplateItem]
    """Approved texts that go this way, also where its window is closed."""
    undo: int | None
    """For how many seconds at most an answer may be held back, to be taken back."""


class PreviewItem(Face):
    """What they will get, made by the channel's own sender."""

    way: WayItem
    parts: list[str]
    sender: str
    subject: str | None
    html: str | None
    """The page that is shown instead of the plain words, cleaned; null where there is none."""
    used: int
    most: int | None
    """What counts as this way counts it: characters, or signs of a segment."""
    dear: str | None
    """The sign that makes it take more parts than it would without."""
    misfits: list[Misfit]
    over: int
    asks: str | None
    """The question how we did, as they get it too if this answer solves the ticket; null where they are not asked."""


class HandoutItem(Face):
    """A link to the files of a message whose way carried none."""

    until: datetime | None
    """Until when it opens; null: not any more."""
    fetched: int
    fetched_at: datetime | None
    shut_at: datetime | None


def handout_item(one: Standing) -> Json:
    """How a link stands."""
    return {
        "until": maybe_instant(one.until),
        "fetched": one.fetched,
        "fetched_at": maybe_instant(one.fetched_at),
        "shut_at": maybe_instant(one.shut_at),
    }
