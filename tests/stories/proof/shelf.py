"""Keeps once what many snapshots show: nine tenths of a recording are rows that stood in the snapshot before."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]

DEPTHS = {"bootstrap": 1, "tickets": 1, "timelines": 2, "customers": 1, "offers": 1, "pages": 2}
"""What a snapshot shows, and how many lists and names lie above its parts: timelines by ticket, item by item."""


class Shelf:
    """Parts of snapshots, each of them once."""

    def __init__(self) -> None:
        self._known: dict[str, Any] = {}

    def shared(self, snapshot: Json) -> Json:
        """The same snapshot; parts that another one showed before are that one's."""
        return _by_parts(snapshot, lambda part: self._known.setdefault(json.dumps(part), part))


def written(viewers: dict[str, Json], cases: list[Json]) -> str:
    """For the browser's reducer: `parts`, and snapshots in which each part is its place among them."""
    places: dict[int, int] = {}
    parts: list[str] = []

    def place(part: Any) -> int:
        if id(part) not in places:
            places[id(part)] = len(parts)
            parts.append(json.dumps(part))
        return places[id(part)]

    shelved = {
        name: {**viewer, "snapshots": [_by_parts(snapshot, place) for snapshot in viewer["snapshots"]]}
        for name, viewer in viewers.items()
    }
    return f'{{"parts": [{", ".join(parts)}], {json.dumps({"viewers": shelved, "cases": cases})[1:]}'


def _by_parts(snapshot: Json, do: Callable[[Any], Any]) -> Json:
    return {what: _mapped(shown, DEPTHS[what], do) for what, shown in snapshot.items()}


def _mapped(shown: Any, depth: int, do: Callable[[Any], Any]) -> Any:
    if depth == 0:
        return do(shown)
    if isinstance(shown, dict):
        return {name: _mapped(one, depth - 1, do) for name, one in shown.items()}
    return [_mapped(one, depth - 1, do) for one in shown]
