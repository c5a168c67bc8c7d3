"""What one inbox adds to what its channel can carry: hours in which it writes to nobody, and texts that were approved."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quiet:
    """From this minute of the day (in the house's zone) until that one nobody is written to by surprise; across midnight, too."""

    begins: int
    ends: int


@dataclass(frozen=True, slots=True)
class Template:
    """A text that the provider approved, the only one that goes where a window is closed.

    `text` has gaps `{{1}}`, `{{2}}` …; `language` is the one it is in.
    """

    id: str
    name: str
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Filled:
    """A template with what stands in its gaps, in their order."""

    template: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Habits:
    """Of one inbox."""

    quiet: Quiet | None = None
    templates: tuple[Template, ...] = ()
