"""The browser's own fold of the board, asked outside of a browser."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.stories.service import ROOT

FOLD = ROOT / "gateway/static/dist/board/board.mjs"
JUDGE = ROOT / "tests/stories/proof/board.mjs"

Json = dict[str, Any]


def folded(cases: list[Json], folder: Path) -> list[Json]:
    """What the fold makes of each: the snapshot it begins `from`, and the `events` after it."""
    (folder / "cases.json").write_text(json.dumps(cases))
    done = subprocess.run(
        ["node", str(JUDGE), str(FOLD), str(folder / "cases.json")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    made: list[Json] = json.loads(done.stdout)
    return made
