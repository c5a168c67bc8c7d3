"""Sees which actions a run did to their end, those inside others too."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import pytest


@contextmanager
def witness(ran: set[str]) -> Iterator[None]:
    """Sees which actions ran to their end, those inside others too."""
    patch = pytest.MonkeyPatch()
    for module in [module for name, module in sys.modules.items() if name.startswith(("crm_core.actions", "gateway"))]:
        for name, value in list(vars(module).items()):
            if inspect.iscoroutinefunction(value) and _is_action(value):
                patch.setattr(module, name, _watched(value, ran))
    try:
        yield
    finally:
        patch.undo()


def _is_action(function: Callable[..., Any]) -> bool:
    first = next(iter(inspect.signature(function).parameters), "")
    return function.__module__.startswith("crm_core.actions") and first == "tx"


def _watched(action: Callable[..., Any], ran: set[str]) -> Callable[..., Any]:
    @wraps(action)
    async def watched(*args: Any, **kwargs: Any) -> Any:
        done = await action(*args, **kwargs)
        ran.add(f"{action.__module__.rpartition('.')[2]}.{action.__name__}")
        return done

    return watched
