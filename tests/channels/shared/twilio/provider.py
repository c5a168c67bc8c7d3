"""The simulator as a peer of tests: one account with a number for texts and one for WhatsApp."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

from channels.shared.twilio.simulator.app import Simulator
from channels.shared.twilio.simulator.carrier import Carrier, Number
from channels.shared.twilio.simulator.faults import Odds

ACCOUNT = "AC" + "1" * 32
TOKEN = "a token of thirty-two characters"
TEXT, WHATSAPP = "+15550140000", "whatsapp:+15550140009"
WEI = "+15550142001"
TEMPLATES = {"HX" + "a" * 32: "About {{1}}: we have news. Answer here."}
SPECS = Path(__file__).parents[5] / "shared" / "specs" / "twilio"


@asynccontextmanager
async def provider(
    odds: Odds | None = None, *, hook: str = "", pace: float = 0.01, **more: Any
) -> AsyncIterator[Simulator]:
    """Listening, until this is left."""
    numbers = [Number(TEXT, hook, TOKEN), Number(WHATSAPP, hook, TOKEN, TEMPLATES)]
    simulator = Simulator(Carrier(ACCOUNT, TOKEN, numbers), odds or Odds(), pace=pace, **more)
    await simulator.open()
    try:
        yield simulator
    finally:
        await simulator.close()


@cache
def spec(product: str = "twilio_api_v2010") -> dict[str, Any]:
    """Twilio's own description of an interface."""
    page: dict[str, Any] = json.loads((SPECS / f"{product}.json").read_text("utf-8"))
    return page


def schema_of(path: str, method: str, status: str) -> dict[str, Any]:
    """What they say that an answer looks like, as JSON Schema: null is a type of its own there."""
    answer = spec()["paths"][path][method]["responses"][status]
    return _plain(answer["content"]["application/json"]["schema"])  # type: ignore[no-any-return]


def _plain(node: Any) -> Any:
    if isinstance(node, list):
        return [_plain(one) for one in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _plain(spec()["components"]["schemas"][node["$ref"].rpartition("/")[2]])
    found = {name: _plain(one) for name, one in node.items() if name not in ("nullable", "examples", "description")}
    if node.get("nullable") and "type" in found:
        found["type"] = [found["type"], "null"]
        if "enum" in found:
            found["enum"] = [*found["enum"], None]
    return found
