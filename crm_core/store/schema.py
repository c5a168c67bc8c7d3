"""The schema's versions: empty to current, restartable, and refused when newer than the code."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from crm_core.model.errors import StoreDown

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

# Alembic is imported where a schema is changed: a start that finds the schema current does without it, and without
# its eleven megabytes.

_HERE = Path(__file__).parent.parent / "migrations"
_VERSION = "SELECT version_num FROM alembic_version"


class SchemaNewer(Exception):
    """The database was written by a newer Onestop than this one."""


def sqlite_engine(path: Path) -> sa.Engine:
    """A synchronous engine whose DDL is transactional: an interrupted migration leaves nothing half-made."""
    engine = sa.create_engine(f"sqlite:///{path}", poolclass=sa.pool.NullPool)

    @sa.event.listens_for(engine, "connect")
    def _manual(raw: sqlite3.Connection, _record: object) -> None:
        raw.isolation_level = None
        raw.execute("PRAGMA busy_timeout = 10000")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def newest() -> str:
    """The last migration, by the numbers that their files' names begin with."""
    return max(path.name.partition("_")[0] for path in (_HERE / "versions").glob("[0-9]*.py"))


def script() -> "ScriptDirectory":
    """The folder of migrations."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_config(None))


def migrate(connection: sa.Connection) -> str:
    """Bring the schema up to this code's version; the version reached.

    Raises SchemaNewer, touching nothing, when the database is ahead of the code.
    """
    from alembic import command
    from alembic.runtime.migration import MigrationContext

    known = {revision.revision for revision in script().walk_revisions()}
    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in known:
        raise SchemaNewer(
            f"The database is at schema {current}, which this version of Onestop does not know. "
            "Start the newer version, or restore the backup made before it was first started."
        )
    command.upgrade(_config(connection), "head")
    return script().get_current_head() or ""


def downgrade(connection: sa.Connection, *, to: str) -> None:
    """Back to an older schema; for the round-trip tests and for a rollback by hand."""
    from alembic import command

    command.downgrade(_config(connection), to)


def is_current(connection: sa.Connection) -> bool:
    """Whether the schema is exactly this code's."""
    from alembic.runtime.migration import MigrationContext

    return MigrationContext.configure(connection).get_current_revision() == script().get_current_head()


def migrate_sqlite(path: Path) -> str:
    """`migrate` for a SQLite file."""
    if _version_of(path) == newest():
        return newest()
    engine = sqlite_engine(path)
    try:
        with engine.connect() as connection:
            return migrate(connection)
    except sa.exc.DatabaseError as why:
        if isinstance(why, sa.exc.OperationalError):
            raise
        raise StoreDown(f"{path} is no database of Onestop ({why.orig}). Move it away, or restore a backup.") from why
    finally:
        engine.dispose()


def _version_of(path: Path) -> str | None:
    """The schema a SQLite file is at; None where that is not plain to see."""
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(path, timeout=10)) as raw:
            rows = raw.execute(_VERSION).fetchall()
    except sqlite3.Error:
        return None
    return str(rows[0][0]) if len(rows) == 1 else None


async def migrate_postgres(url: str) -> str:
    """`migrate` for PostgreSQL; one process at a time, the others wait for the lock."""
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine(_async_url(url), poolclass=sa.pool.NullPool)
    try:
        async with engine.connect() as connection:
            await connection.execute(sa.text("SELECT pg_advisory_lock(7245)"))
            await connection.commit()
            return await connection.run_sync(migrate)
    except OSError as why:
        raise StoreDown(f"PostgreSQL cannot be reached: {why}") from why
    finally:
        await engine.dispose()


def _async_url(url: str) -> str:
    return "postgresql+asyncpg://" + url.split("://", 1)[1]


def _config(connection: Any) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.attributes["connection"] = connection
    return config
