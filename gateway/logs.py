"""Structured logs: for people on a terminal, as JSON for machines; never personal data.

What an exception says is not ours to print: drivers and parsers put into it whatever they
were given, names and addresses among it. So a fault is logged as its types and places.
"""

import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import suppress
from types import TracebackType
from typing import TextIO, cast

import structlog
from structlog.typing import EventDict, WrappedLogger


class _Lenient:
    """A log that may lie on the same full disk as the record: a line that cannot be written must not fail a request."""

    def write(self, text: str) -> None:
        with suppress(OSError):
            sys.stderr.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stderr.flush()


_OURS = ("onestop",)
_Fault = tuple[type[BaseException], BaseException, TracebackType | None]


def set_up_logs(form: str) -> None:
    """Choose the form; everything goes to stderr, stdout is for answers."""
    renderer = structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _places_only,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(cast(TextIO, _Lenient())),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(WithoutWords("%(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


class WithoutWords(logging.Formatter):
    """For what libraries log: their fixed words, none of the values they put in, no text of an exception."""

    def format(self, record: logging.LogRecord) -> str:
        """One line; of a fault also its places."""
        if record.name.partition(".")[0] not in _OURS:
            record = logging.makeLogRecord({**record.__dict__, "msg": _first_line(record.msg), "args": None})
        record.exc_text = None
        return super().format(record)

    def formatException(self, ei: object) -> str:  # noqa: N802  logging's name
        """Types and places."""
        fault = ei[1] if isinstance(ei, tuple) else None
        return places(fault) if isinstance(fault, BaseException) else ""


def places(fault: BaseException) -> str:
    """A fault and what led to it: where each was raised, and its type; never its text."""
    return "\n".join(_told(fault, seen=set()))


def _told(fault: BaseException, *, seen: set[int]) -> Iterator[str]:
    seen.add(id(fault))
    before = fault.__cause__ or (None if fault.__suppress_context__ else fault.__context__)
    if before is not None and id(before) not in seen:
        yield from _told(before, seen=seen)
        yield "which led to"
    for frame in traceback.extract_tb(fault.__traceback__, limit=-20):
        yield f"  {frame.filename}:{frame.lineno} {frame.name}"
    yield f"{type(fault).__module__}.{type(fault).__qualname__}"
    if isinstance(fault, BaseExceptionGroup):
        for one in fault.exceptions:
            yield from _told(one, seen=seen)


def _places_only(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """For structlog: `exc_info` becomes types and places."""
    given = event.pop("exc_info", None)
    fault = given if isinstance(given, BaseException) else sys.exc_info()[1] if given is True else None
    if isinstance(given, tuple):
        fault = given[1]
    if fault is not None:
        event["exception"] = places(fault)
    return event


def _first_line(words: object) -> str:
    """Later lines are values: asyncio writes what a task was doing there."""
    return str(words).partition("\n")[0]
