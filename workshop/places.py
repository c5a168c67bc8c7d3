"""Where things are in the work tree."""

from __future__ import annotations

import sys
from pathlib import Path

from web import build

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
WEB = ROOT / "web"


def node() -> str:
    """Node.js as `web/build.py` chose it: the machine's own, or the one in the build venv."""
    folder = build.system_node() or ROOT / ".build-venv" / "bin"
    return str(folder / "node")
