"""One mechanism for all words: a dataclass's field types say how each column is written.

Scalars become text or integers (times as microseconds, truth as 0/1); tuples, sets,
mappings and nested values become JSON text. A new word needs its dataclass, its table
and a migration, and no code here.
"""

import dataclasses
import json
import types
import typing
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from operator import attrgetter
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from crm_core.model.address import Address

V = TypeVar("V")
Convert = Callable[[Any], Any]
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(at: datetime) -> int:
    """An instant as whole microseconds since 1970 UTC: exact, sortable, the same on both databases."""
    return (at - _EPOCH) // _MICROSECOND


def instant_of(stored: int) -> datetime:
    """The instant that `micros` wrote."""
    return _EPOCH + timedelta(microseconds=stored)


@dataclasses.dataclass(frozen=True)
class _Codec:
    """How one type is written into a column (`write`), into JSON (`pack`), and read back.

    A column that is empty is neither written nor read by these: None stays None.
    """

    write: Convert | None
    read: Convert | None
    pack: Convert
    unpack: Convert


def _same(value: Any) -> Any:
    return value


def _codec(hint: Any) -> _Codec:
    """The codec of a type hint. Raises TypeError for a type no column can hold."""
    while hasattr(hint, "__supertype__"):
        hint = hint.__supertype__
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        return _optional(next(part for part in typing.get_args(hint) if part is not types.NoneType))
    if origin in (tuple, frozenset):
        return _sequence(origin, _codec(typing.get_args(hint)[0]))
    if origin is dict:
        return _mapping(*typing.get_args(hint))
    if (dataclasses.is_dataclass(hint) or hasattr(hint, "_fields")) and hint is not Address:
        return _nested(hint)
    return _scalar(hint)


def _scalar(hint: Any) -> _Codec:
    if hint in (str, int, bytes, object):
        return _Codec(None, None, _same, _same)
    if hint is bool:
        return _Codec(int, bool, _same, _same)
    if hint is datetime:
        return _Codec(micros, instant_of, micros, instant_of)
    if hint is timedelta:
        return _both(lambda span: span // _MICROSECOND, lambda stored: timedelta(microseconds=stored))
    if hint is date:
        return _both(date.isoformat, date.fromisoformat)
    if hint is Address:
        return _both(str, Address.parse)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _both(attrgetter("_value_"), hint)  # without the property, which is Python and slow
    raise TypeError(f"no column can hold {hint!r}")


def _both(there: Convert, back: Convert) -> _Codec:
    return _Codec(there, back, there, back)


def _optional(hint: Any) -> _Codec:
    inner = _codec(hint)

    def lift(convert: Convert) -> Convert:
        return lambda value: None if value is None else convert(value)

    return _Codec(inner.write, inner.read, lift(inner.pack), lift(inner.unpack))


def _json(pack: Convert, unpack: Convert) -> _Codec:
    def write(value: Any) -> str:
        return _JSON.encode(pack(value))

    def read(stored: str) -> Any:
        return unpack(json.loads(stored))

    return _Codec(write, read, pack, unpack)


def _sequence(kind: Any, inner: _Codec) -> _Codec:
    ordered: Callable[[Any], list[Any]] = sorted if kind is frozenset else list
    empty = kind()
    made = _json(
        lambda values: [inner.pack(value) for value in ordered(values)], lambda items: kind(map(inner.unpack, items))
    )
    write, read = made.write, made.read
    assert write
    assert read
    return dataclasses.replace(
        made,
        write=lambda values: write(values) if values else "[]",
        read=lambda stored: empty if stored == "[]" else read(stored),
    )


def _mapping(key: Any, value: Any) -> _Codec:
    keys, values = _codec(key), _codec(value)
    return _json(
        lambda items: {keys.pack(name): values.pack(item) for name, item in items.items()},
        lambda items: {keys.unpack(name): values.unpack(item) for name, item in items.items()},
    )


def _nested(kind: Any) -> _Codec:
    """A dataclass or a named tuple, by the names of its fields."""
    codecs = {name: _codec(hint) for name, hint in typing.get_type_hints(kind).items()}
    return _json(
        lambda value: {name: codec.pack(getattr(value, name)) for name, codec in codecs.items()},
        lambda item: kind(**{name: codecs[name].unpack(part) for name, part in item.items()}),
    )


class Map(Generic[V]):
    """The way between one dataclass and one table."""

    def __init__(self, kind: type[V], table: sa.Table) -> None:
        self.kind = kind
        self.table = table
        hints = typing.get_type_hints(kind)
        names = [field.name for field in dataclasses.fields(kind)]  # type: ignore[arg-type]
        if names != [column.name for column in table.columns]:
            raise TypeError(f"{kind.__name__} and table {table.name} differ: {names}")
        self.names = tuple(names)
        codecs = [_codec(hints[name]) for name in names]
        self._columns = attrgetter(*names)
        self._writers = tuple((index, codec.write) for index, codec in enumerate(codecs) if codec.write)
        self._readers = tuple((index, codec.read) for index, codec in enumerate(codecs) if codec.read)
        self.versioned = "version" in names
        self.whole = sa.select(table)
        self.by_id = self.whole.where(table.c.id == sa.bindparam("id")) if "id" in names else None

    def row(self, value: V) -> dict[str, Any]:
        """Every column of a value, as the driver wants it."""
        columns = list(self._columns(value))
        for index, write in self._writers:
            if columns[index] is not None:
                columns[index] = write(columns[index])
        return dict(zip(self.names, columns, strict=True))

    def changed(self, old: V, new: V) -> dict[str, Any]:
        """The columns in which two values differ."""
        pairs = zip(self.names, self._columns(old), self._columns(new), strict=True)
        differ = {name for name, before, after in pairs if before is not after and before != after}
        return {name: column for name, column in self.row(new).items() if name in differ} if differ else {}

    def value(self, row: Any) -> V:
        """The value that a row of `select(table)` holds."""
        columns = list(row)
        for index, read in self._readers:
            if columns[index] is not None:
                columns[index] = read(columns[index])
        return self.kind(*columns)


def plain(kind: Any) -> tuple[Convert, Convert]:
    """How a type is packed into JSON-ready plain data and unpacked again (for settings, caches)."""
    codec = _codec(kind)
    return codec.pack, codec.unpack


Row = Mapping[str, Any]
