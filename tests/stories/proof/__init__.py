"""What the state proof shares: cases that were recorded once for several tests."""

from collections.abc import Awaitable, Callable
from typing import Any


class Once:
    """Keeps what was made the first time."""

    def __init__(self) -> None:
        self._made: Any = None

    async def once(self, make: Callable[[], Awaitable[Any]]) -> Any:
        """Make it, or give what was made."""
        if self._made is None:
            self._made = await make()
        return self._made


RECORDED = Once()
