"""`onestop bench NAME`: runs one of the scripts in `benchmarks/` and prints what it found as JSON.

They measure a running server from outside and start peers of their own, so they live in the
checkout, not in the package.
"""

import asyncio
import importlib
import json
import pkgutil
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

from gateway.serve import CannotServe


async def bench(name: str, *, long: bool) -> int:
    """Print one JSON document on stdout. Raises CannotServe for a name that does not exist."""
    module = _find(name)
    began = datetime.now(UTC)
    found = await asyncio.to_thread(module.run, long)
    print(json.dumps(found if isinstance(found, list) else {"bench": name, "at": began.isoformat(), **found}, indent=2))
    return 0


def _find(name: str) -> ModuleType:
    names = _names()
    if name not in names:
        raise CannotServe(f"There is no benchmark {name!r}. There are: {', '.join(names)}.")
    return importlib.import_module(f"benchmarks.{name}")


def _names() -> list[str]:
    """Those that can be run: each script of the folder that has a `run`."""
    try:
        benchmarks: Any = importlib.import_module("benchmarks")
    except ModuleNotFoundError:
        raise CannotServe("Benchmarks need the checkout: run ./onestop bench there.") from None
    found = [module.name for module in pkgutil.iter_modules(benchmarks.__path__)]
    return [name for name in sorted(found) if hasattr(importlib.import_module(f"benchmarks.{name}"), "run")]
