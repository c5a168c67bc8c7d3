"""What somebody said, apart from what their program quoted under it and signed it with.

A face of a message only: the whole text is always kept, and what is folded away is one
press away. Line by line, each looked at a bounded number of times and only its beginning,
so no text can make it slow: the expressions of others have been seen to hang for minutes
on a few kilobytes. In doubt it was said: better a quotation too much than a word too little.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from crm_core.model.quoting import shapes

MOST_LINES = 5_000
"""What comes after these is taken for more of the same."""

_LINE = 300
_WRAPPED = 4
"""Lines over which mailers break "On … wrote:"."""

_BLOCK = 9
"""Lines within which the head of a mail is told."""

_SIGNATURE = 10
"""Lines of a signature at most, where only two dashes announce it."""

_DASHES = 40
"""Lines of dashes that are looked at as such: after so many they are drawings."""

_LONGEST_FOOTER = 120
_LONGEST_SIGNATURE = 100
_BROKEN_FROM = 60
_DRAWN = "-—─_=*~ >:：\t\xa0\u3000"


class Kind(StrEnum):
    """What a run of lines is."""

    SAID = "said"
    QUOTED = "quoted"
    SIGNED = "signed"


@dataclass(frozen=True, slots=True)
class Run:
    """Lines from `first` up to, and without, `last` (counted from 0, broken at line feeds only)."""

    kind: Kind
    first: int
    last: int


def runs(text: str) -> tuple[Run, ...]:
    """The text as what was said, quoted and signed with, in order and without a gap.

    Where nothing would be left that was said, everything was: so all of a single line is.
    """
    if "\n" not in text:
        return (Run(Kind.SAID, 0, 1),)
    lines = text.split("\n", MOST_LINES)
    whole = Run(Kind.SAID, 0, text.count("\n") + 1)
    kinds = _Reader([line[:_LINE].rstrip("\r") for line in lines[:MOST_LINES]]).kinds()
    if Kind.SAID not in kinds:
        return (whole,)
    return tuple(_joined(kinds, end=whole.last))


def own_words(text: str) -> str:
    """Only what was said, its runs one under the other."""
    found = runs(text)
    if len(found) == 1:
        return text
    lines = text.split("\n")
    said = ("\n".join(lines[run.first : run.last]).strip("\n") for run in found if run.kind is Kind.SAID)
    return "\n\n".join(said)


def _joined(kinds: Sequence[Kind | None], *, end: int) -> Iterator[Run]:
    """Lines to runs; an empty line belongs to what stands above it."""
    now = next(kind for kind in kinds if kind is not None)
    first = 0
    for at, kind in enumerate(kinds):
        if kind is not None and kind is not now:
            yield Run(now, first, at)
            now, first = kind, at
    yield Run(now, first, end)


class _Reader:
    """One walk over the lines, which marks each (None: empty)."""

    def __init__(self, heads: Sequence[str]) -> None:
        self._heads = heads
        self._shape = shapes()
        self._kinds: list[Kind | None] = [None if _empty(line) else Kind.SAID for line in heads]
        self._under: Kind | None = None
        """What the lines are that follow, until marked ones come."""
        self._dashes = 0
        self._fields: dict[int, str | None] = {}

    def kinds(self) -> list[Kind | None]:
        at = 0
        while at < len(self._heads):
            at = self._look(at)
        return self._kinds

    def _look(self, at: int) -> int:
        """Marks from this line on; where to look next."""
        if self._kinds[at] is None:
            return at + 1
        if self._marked(at):
            self._under = None
            return self._quote(at)
        if self._under is Kind.QUOTED:
            return self._mark(at, at + 1, Kind.QUOTED)
        if after := self._announced(at):
            self._mark(self._rule_above(at), after, Kind.QUOTED)
            following = self._next_line(after)
            self._under = None if following is not None and self._marked(following) else Kind.QUOTED
            return after
        return self._sign(at)

    def _mark(self, first: int, last: int, kind: Kind) -> int:
        for at in range(first, last):
            if self._kinds[at] is not None:
                self._kinds[at] = kind
        return last

    def _marked(self, at: int) -> bool:
        return self._heads[at].lstrip(" ")[:1] in (">", "＞")

    def _next_line(self, at: int) -> int | None:
        return next((later for later in range(at, min(at + 20, len(self._heads))) if self._kinds[later]), None)

    # ------------------------------------------------------------ quotations

    def _quote(self, at: int) -> int:
        """A marked line, and what its mailer broke off its end."""
        after = at + 1
        if _may_be_broken(self._heads[at]):
            while after < min(at + 3, len(self._heads)) and self._kinds[after] and not self._marked(after):
                after += 1
            broken = after > at + 1 and after < len(self._heads) and self._marked(after)
            after = after if broken and self._heads[at + 1][:1].islower() else at + 1
        return self._mark(at, after, Kind.QUOTED)

    def _announced(self, at: int) -> int:
        """Where the lines end that announce a quotation here; 0 where none is announced."""
        if self._separates(self._heads[at]):
            return self._head_of_mail(at + 1)[0]
        after, found = self._head_of_mail(at)
        return after if found else self._wrote(at)

    def _separates(self, line: str) -> bool:
        """As "-----Original Message-----", and "---- On Monday, Ana wrote ----"."""
        words = line.replace("&nbsp;", " ").strip(_DRAWN).casefold()
        if words in self._shape.separators:
            return line.lstrip()[:1] in _DRAWN or words in self._shape.begins
        drawn = line.startswith("---") and line.rstrip().endswith("---")
        return drawn and "@" in words and self._shape.wrote.search(words) is not None

    def _head_of_mail(self, at: int) -> tuple[int, bool]:
        """Outlook's way: From, Sent, To, Subject in lines of their own. Where it ends, and whether it is one."""
        named: set[str] = set()
        after, told, end = at, False, min(at + _BLOCK, len(self._heads))
        for here in range(at, end):
            field = self._field(here)
            if field is None and (not named or (self._kinds[here] is not None and not self._goes_on(here))):
                break
            if field is not None:
                named.add(field)
                after = here + 1
            told = told or "@" in self._heads[here]
        if "from" not in named:
            return after, False
        sure = told or (at > 0 and _rule(self._heads[at - 1]))
        return after, len(named) >= 2 if sure else "subject" in named and len(named) >= 3

    def _field(self, at: int) -> str | None:
        """What the field in this line says: `from`, `subject`, or its own name."""
        if at not in self._fields:
            found = self._shape.field.match(self._heads[at])
            self._fields[at] = None if found is None else self._shape.fields.get(found[1].lower())
        return self._fields[at]

    def _goes_on(self, at: int) -> bool:
        """Whether a field's value was broken onto this line."""
        line = self._heads[at]
        return line[:1].isspace() or line.startswith(("<", "[")) or "@" in line

    def _wrote(self, at: int) -> int:
        """As "On Monday, Ana wrote:", or the date and the address alone; over several lines where it was broken."""
        if not self._shape.opening.match(self._heads[at]) and "@" not in self._heads[at]:
            return 0
        told = ""
        for here in range(at, min(at + _WRAPPED, len(self._heads))):
            if self._kinds[here] is None:
                return 0
            told = f"{told} {self._heads[here].strip()}"
            if told.endswith((":", "：", "wrote")):
                return here + 1 if self._tells(told, after=here + 1) else 0
        return 0

    def _tells(self, told: str, *, after: int) -> bool:
        """Whether these words say who wrote when, and not what somebody says of themselves."""
        if self._shape.wrote.search(told) is None:
            whom = told.rstrip(":： ").rpartition(" ")[2]
            return "@" in whom and all(shape.search(told) for shape in (self._shape.time, self._shape.year))
        if self._shape.myself.search(told):
            return False
        if not told.endswith((":", "：")):
            return "@" in told and self._shape.time.search(told) is not None
        following = self._next_line(after)
        if following is not None and self._marked(following):
            return "@" in told or any(sign.isdigit() for sign in told)
        return "@" in told or self._shape.year.search(told) is not None or self._shape.time.search(told) is not None

    def _rule_above(self, at: int) -> int:
        """The line drawn above an announcement belongs to it."""
        above = at
        while above > max(0, at - 4) and (self._kinds[above - 1] is None or _rule(self._heads[above - 1])):
            above -= 1
        return above if any(_rule(line) for line in self._heads[above:at]) else at

    # ------------------------------------------------------------ signatures

    def _sign(self, at: int) -> int:
        """A signature that begins here, else one more line that was said (or signed with)."""
        line = self._heads[at]
        if self._under is Kind.SIGNED:
            return self._mark(at, at + 1, Kind.SIGNED)
        if line == "-- ":
            self._under = Kind.SIGNED
            return self._mark(at, at + 1, Kind.SIGNED)
        if len(line) <= _LONGEST_FOOTER and self._shape.footer.match(line):
            return self._footer(at)
        if self._shape.delimiter.fullmatch(line) and (after := self._short_block(at)):
            return self._mark(at, after, Kind.SIGNED)
        return at + 1

    def _footer(self, at: int) -> int:
        """What a telephone writes under a mail. What follows unmarked is the mail it answers."""
        line = self._heads[at]
        if self._shape.thing.search(line):
            self._mark(at, at + 1, Kind.SIGNED)
            self._under = Kind.QUOTED
        elif (following := self._next_line(at + 1)) is None or self._marked(following) or self._announced(following):
            self._mark(at, at + 1, Kind.SIGNED)
        return at + 1

    def _short_block(self, at: int) -> int:
        """Where a signature ends that two dashes announce: short lines to the end, or to a quotation; else 0."""
        self._dashes += 1
        if self._dashes > _DASHES or not (_short(self._heads[at]) or self._of_mailing_list(at + 1)):
            return 0
        lines, here = 0, at + 1
        while here < len(self._heads) and not self._marked(here) and not self._announced(here):
            lines += self._kinds[here] is not None
            if lines > _SIGNATURE or _sentence(self._heads[here]):
                return 0
            here += 1
        return here if lines else 0

    def _of_mailing_list(self, at: int) -> bool:
        return at < len(self._heads) and "mailing list" in self._heads[at]


def _empty(line: str) -> bool:
    return not line or line.isspace()


def _rule(line: str) -> bool:
    """Whether it is only drawn."""
    line = line.strip(" *")
    return len(line) >= 2 and not line.strip("_-—=─")


def _short(delimiter: str) -> bool:
    """Long lines are drawn for other reasons, but for those of dashes, which people like."""
    return len(delimiter.strip()) <= 3 or "_" not in delimiter


def _may_be_broken(line: str) -> bool:
    return len(line) >= _BROKEN_FROM and line.rstrip()[-1:] not in ".?!:。？！：>"


def _sentence(line: str) -> bool:
    """Whether somebody rather says something here than who they are."""
    end = line.rstrip()[-1:]
    return (
        len(line) > _LONGEST_SIGNATURE or end in ("。", "？", "！") or (end in (".", "?", "!") and line.count(" ") >= 4)
    )
