"""Alembic's environment: always on a connection that `store/schema.py` hands over."""

from alembic import context

from crm_core.store.tables import metadata
from crm_core.store.words import PREFIX


def _is_described(_object: object, name: str | None, kind: str, *_: object) -> bool:
    """Whether a difference is looked for: the index of words has its own migrations, its tables no columns we know."""
    return not (kind == "table" and name is not None and name.startswith(PREFIX))


connection = context.config.attributes["connection"]
if connection is None:
    raise SystemExit("Run migrations with `onestop migrate`; this folder has no connection of its own.")
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,
    transaction_per_migration=True,
    compare_type=True,
    include_object=_is_described,
)
with context.begin_transaction():
    context.run_migrations()
connection.commit()
