"""Somebody with a browser without script, in front of any served portal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any


@dataclass
class Visitor:
    """Looks at pages and sends their forms, as a browser does. `client` is an aiohttp session that knows the address."""

    client: Any
    path: str = ""
    status: int = 0
    page: str = ""
    headers: Any = None

    async def open(self, path: str, **headers: str) -> str:
        """Follow a link."""
        async with self.client.get(path, headers=headers) as answer:
            return await self._read(answer)

    async def post(self, data: Any = None, *, to: str = "", headers: dict[str, str] | None = None) -> str:
        """Send the form on the page, with what was filled in."""
        fields = dict(self.hidden()) | (data or {})
        path = to or self.action()
        async with self.client.post(path, data=fields, headers=headers or {}) as answer:
            return await self._read(answer)

    async def post_raw(self, data: Any, *, to: str = "") -> str:
        """Send a form made by hand."""
        async with self.client.post(to or self.action(), data=data) as answer:
            return await self._read(answer)

    async def _read(self, answer: Any) -> str:
        self.page = await answer.text()
        self.status, self.headers, self.path = answer.status, answer.headers, answer.url.path_qs
        return self.page

    def hidden(self) -> list[tuple[str, str]]:
        """The hidden fields of the page's form."""
        return re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', self.page)

    def action(self) -> str:
        """Where the page's form goes."""
        found = re.search(r'<form[^>]* method="post" action="([^"]+)"|<form method="post" action="([^"]+)"', self.page)
        assert found, self.page
        return found[1] or found[2]
