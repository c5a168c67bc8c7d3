"""A run of a provider that is simulated on this machine (`onestop simulate --telegram`, `--twilio`)."""

import sys
from dataclasses import dataclass

from crm_core.model.actor import Actor

OPERATOR = Actor.worker("operator")
HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Run:
    """How many write a minute, for how long, by which seed, with which faults, and where the provider listens."""

    rate: float
    minutes: float
    seed: int
    faults: str = ""
    port: int = 8090


def say(line: str) -> None:
    """To whoever watches."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
