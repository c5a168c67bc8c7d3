"""The refusals, few and named. `gateway/http/errors.py` alone knows their status codes."""

from dataclasses import dataclass

from crm_core.model.check import Check


class Refusal(Exception):
    """Something asked for was not done, and the asker can be told why in plain words."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class NotFound(Refusal):
    """There is no such thing, or the actor may not know that there is: the same to them."""

    def __init__(self, why: str = "There is nothing here that you can see.") -> None:
        super().__init__(why)


class Forbidden(Refusal):
    """The actor sees the thing, but may not do this to it."""


class Unauthenticated(Refusal):
    """Nobody we know is asking."""


class Stale(Refusal):
    """The decision was made on a screen that no longer shows how things are."""

    def __init__(self, why: str, *, version: int) -> None:
        super().__init__(why)
        self.version = version


class NotAllowedNow(Refusal):
    """The thing is in a state in which this cannot be done (closing what is closed)."""


class Full(NotAllowedNow):
    """Somebody carries as much as they can; a supervisor may give them more all the same."""


class FileHeld(Refusal):
    """A file that nobody may open: it is being checked for viruses, or something was found in it."""

    def __init__(self, why: str, *, check: Check) -> None:
        super().__init__(why)
        self.check = check


class Gone(Refusal):
    """It was there and is over: an offer that expired, a link that was used."""


class Conflict(Refusal):
    """Somebody else changed the same thing at the same moment; try again."""


class Busy(Refusal):
    """More waits to be written than the queue holds; come back in `retry_after` seconds."""

    def __init__(self, why: str = "Too much at once.", *, retry_after: int = 2) -> None:
        super().__init__(why)
        self.retry_after = retry_after


class StoreFull(Refusal):
    """The disk that holds the record is full. Nothing was acknowledged; it heals with space."""


class StoreDown(Refusal):
    """The record cannot be reached at the moment. Nothing was acknowledged."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one field of an input: where, and what to do.

    `code` says the same for screens that have words for it in other languages.
    """

    field: str
    why: str
    code: str = ""


class BadInput(Refusal):
    """The input cannot be taken as it is; each problem names its field."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(problem.why for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Moved:
    """A fact that words are about to say and that is another one by now; `now` is empty where none is known any more."""

    answer: str
    fact: str
    was: str
    now: str


class Outdated(Refusal):
    """Words are about to leave that say what is not so any more."""

    def __init__(self, why: str, *, facts: tuple[Moved, ...]) -> None:
        super().__init__(why)
        self.facts = facts


class ActionSuspended(RuntimeError):
    """An action awaited something other than its `Tx`: a fault in our code, never the user's."""
