"""indexes for what was found by reading a whole table: unknown deliveries, joins and partings of people, erasure's traces"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

_PLAIN = {
    "ix_merges_source": ("merges", ["source"]),
    "ix_dismissals_other": ("dismissals", ["other"]),
    "ix_offers_ticket": ("offers", ["ticket"]),
    "ix_visits_address": ("visits", ["address"]),
    "ix_visits_ticket": ("visits", ["ticket"]),
}
_PARTIAL = {
    "ix_messages_unknown": ("messages", ["ticket", "created_at"], "delivery = 'unknown'"),
    "ix_work_line": ("work", ["queue", "virtual_start"], "state = 'queued' AND live = 1"),
    "ix_calls_message": ("calls", ["message"], "message IS NOT NULL"),
    "ix_proofs_customer": ("proofs", ["customer"], "customer IS NOT NULL"),
    "ix_proofs_ticket": ("proofs", ["ticket"], "ticket IS NOT NULL"),
}


def upgrade() -> None:
    for name, (table, columns) in _PLAIN.items():
        op.create_index(name, table, columns)
    for name, (table, columns, kept) in _PARTIAL.items():
        op.create_index(name, table, columns, sqlite_where=sa.text(kept), postgresql_where=sa.text(kept))


def downgrade() -> None:
    for name, (table, _columns, _kept) in _PARTIAL.items():
        op.drop_index(name, table_name=table)
    for name, (table, _columns) in _PLAIN.items():
        op.drop_index(name, table_name=table)
