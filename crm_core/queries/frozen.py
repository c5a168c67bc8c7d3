"""Sessions whose process is frozen: they hold locks in the midst of a transaction and say nothing (PostgreSQL).

The server's own `idle_in_transaction_session_timeout` does not see all of them. A driver that prepares a statement
asks for the answer before it ends the exchange (Parse, Describe, Flush); frozen there, its session counts as active,
and whoever takes over would wait for its locks until `statement_timeout`.
"""

import sqlalchemy as sa

from crm_core.store.tx import Read

SILENT_SECONDS = 3
"""A living process answers its database within milliseconds, a starved one within a second or two."""

_CUT_OFF = sa.text(
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    " WHERE datname = current_database() AND usename = current_user AND application_name = 'onestop'"
    " AND pid <> pg_backend_pid() AND xact_start IS NOT NULL AND wait_event = 'ClientRead'"
    " AND state_change < clock_timestamp() - make_interval(secs => CAST(:seconds AS double precision))"
).bindparams(sa.bindparam("seconds", type_=sa.Text))


async def cut_off(read: Read) -> int:
    """End sessions of ours that keep a transaction open and have long said nothing; how many.

    A query, though it ends something: it changes nothing of the record, and must not wait
    for a writer's connection, all of which may be waiting for these very locks.
    """
    row = await read.one(_CUT_OFF, seconds=str(SILENT_SECONDS))
    return int(row[0]) if row else 0
