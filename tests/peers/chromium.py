"""A real Chromium, one per worker; every test gets a profile of its own in it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from playwright.async_api import Browser, Page, async_playwright

from tests.peers.kept import Kept, folder_for_server, free_port, need
from workshop.peers import CHROMIUM
from workshop.places import WEB

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
)
AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"


def launch() -> tuple[Kept, str]:
    """The server and the address for Playwright's `connect_over_cdp`."""
    folder, port = folder_for_server("chromium"), free_port()
    address = f"http://127.0.0.1:{port}"
    command = [need(CHROMIUM), *FLAGS, f"--user-data-dir={folder}", f"--remote-debugging-port={port}", "about:blank"]
    server = Kept(folder, ["/usr/bin/env", f"HOME={folder}", *command], ready=lambda: _speaks(address))
    server.start()
    return server, address


def _speaks(address: str) -> bool:
    try:
        with urlopen(f"{address}/json/version", timeout=1) as answer:
            return "Browser" in json.load(answer)
    except OSError:
        return False


@asynccontextmanager
async def connected(address: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        yield await playwright.chromium.connect_over_cdp(address)


async def barriers(page: Page) -> list[dict[str, Any]]:
    """What axe finds that keeps people out of this page; each with its rule, impact and places."""
    if await page.evaluate("!window.axe"):  # half a megabyte: not for each dialog of one page
        await page.evaluate(AXE.read_text())
    found: dict[str, Any] = await page.evaluate("axe.run({ resultTypes: ['violations'] })")
    return [
        {"rule": item["id"], "impact": item["impact"], "places": [node["target"] for node in item["nodes"]]}
        for item in found["violations"]
    ]


async def picture(page: Page, path: Path) -> Path:
    """A screenshot for human eyes."""
    await page.screenshot(path=path, full_page=True)
    return path
