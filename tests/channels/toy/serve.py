"""The product with one channel more than it has: what `onestop serve` would be with pigeons in its folder."""

import sys

from channels import registry
from gateway.__main__ import main
from tests.channels.toy.channel import PIGEON

found = {**registry.find(), PIGEON.name: PIGEON}
setattr(registry, "find", lambda: found)  # noqa: B010 - the name that wiring looks up
main(sys.argv[1:])
