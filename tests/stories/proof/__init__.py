"""What the state proof shares: runs that were recorded once for several tests."""

from collections.abc import Awaitable, Callable, Hashable
from typing import Any


class Once:
    """Keeps what was made the first time, by name."""

    def __init__(self) -> None:
        self._made: dict[Hashable, Any] = {}

    async def once(self, name: Hashable, make: Callable[[], Awaitable[Any]]) -> Any:
        """Make it, or give what was made."""
        if name not in self._made:
            self._made[name] = await make()
        return self._made[name]


RECORDED = Once()
