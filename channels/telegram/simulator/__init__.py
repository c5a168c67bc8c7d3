"""A Bot API to try things with: bots, people who write, and faults. Never used by the channel itself."""

from channels.telegram.simulator.faults import Faults
from channels.telegram.simulator.server import BotApi, Person

__all__ = ["BotApi", "Faults", "Person"]
