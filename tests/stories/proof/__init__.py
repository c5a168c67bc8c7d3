"""What the state proof shares: runs that were recorded once for several tests, in whichever worker they are."""

import pickle
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar, cast

from tests.peers.kept import locked

Made = TypeVar("Made")
_HERE: dict[str, object] = {}


async def recorded_once(room: Path, name: str, make: Callable[[], Awaitable[Made]]) -> Made:
    """Make it, or give what was made in this run. `room` is the folder that all workers share."""
    if name in _HERE:
        return cast("Made", _HERE[name])
    kept = room / f"{name}.pickle"
    with locked(room / f"{name}.lock"):
        if not kept.exists():
            kept.write_bytes(pickle.dumps(await make()))
        made: Made = pickle.loads(kept.read_bytes())
    _HERE[name] = made
    return made
