"""A start asks a file's name for the newest schema, and alembic only where something is to be done."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from crm_core.store import schema


def test_the_newest_schema_by_its_files_name_is_alembics_head() -> None:
    assert schema.newest() == schema.script().get_current_head()


def test_a_current_file_is_left_alone_without_alembic(tmp_path: Path) -> None:
    path = tmp_path / "onestop.db"
    reached = schema.migrate_sqlite(path)
    program = (
        "import sys; from pathlib import Path; from crm_core.store import schema; "
        f"print(schema.migrate_sqlite(Path({str(path)!r})), 'alembic' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said.split() == [reached, "False"]
