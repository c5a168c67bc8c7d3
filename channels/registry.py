"""Finds the channels: each folder that exports a `CHANNEL`. Nobody edits a list."""

import importlib
import pkgutil
from collections.abc import Mapping

import channels
from channels.contract import ChannelType


def find() -> Mapping[str, ChannelType]:
    """Every channel by name, in the order of their folders' names."""
    found: dict[str, ChannelType] = {}
    for module in sorted(pkgutil.iter_modules(channels.__path__), key=lambda module: module.name):
        if not module.ispkg or module.name == "shared":
            continue
        kind: ChannelType = importlib.import_module(f"channels.{module.name}.channel").CHANNEL
        found[kind.name] = kind
    return found
