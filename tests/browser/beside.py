"""Puts the console's screenshots beside their mock-ups, for human eyes.

    ONESTOP_PICTURES=/tmp/pictures ./onestop test tests/browser -n 1
    .venv/bin/python -m tests.browser.beside /tmp/pictures

For each picture that has a mock-up in `../shared/design` there is a `beside-….png` afterwards.
"""

from __future__ import annotations

import asyncio
import sys
from base64 import b64encode
from pathlib import Path

from playwright.async_api import Browser

from tests.peers import chromium
from tests.stories.service import ROOT

DESIGN = ROOT.parent / "shared" / "design"
PAIRS = {
    "console-1440-light-en": "agent-light",
    "console-1280-light-en": "agent-light",
    "console-1440-dark-en": "agent-dark",
    "console-1280-dark-en": "agent-dark",
    "console-1024-light-en": "agent-1024",
    "console-1440-light-zh": "agent-light",
    "console-1440-dark-zh": "agent-dark",
}


async def put_beside(folder: Path, browser: Browser) -> list[Path]:
    """One picture for each pair that is there: ours on the left, the mock-up on the right."""
    page = await browser.new_page(viewport={"width": 2400, "height": 800})
    made = []
    for ours, theirs in PAIRS.items():
        pair = [folder / f"{ours}.png", DESIGN / f"{theirs}.png"]
        if all(path.exists() for path in pair):
            drawn = "".join(
                f"<img src='data:image/png;base64,{b64encode(path.read_bytes()).decode()}'>" for path in pair
            )
            await page.set_content(f"<style>body{{margin:0;display:flex;gap:8px}} img{{width:1196px}}</style>{drawn}")
            made.append(folder / f"beside-{ours}.png")
            await page.screenshot(path=made[-1], full_page=True)
    await page.close()
    return made


async def _main(folder: Path) -> None:
    server, address = chromium.launch()
    try:
        async with chromium.connected(address) as browser:
            for path in await put_beside(folder, browser):
                print(path)
    finally:
        server.close()


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1])))
