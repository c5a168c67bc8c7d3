"""quarantine: what its wires can be found by, also in base64"""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from crm_core.rules import salvage

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_UNREAD = sa.text(
    "SELECT id, headers, body FROM wires WHERE state = 'quarantined' AND id > :after ORDER BY id LIMIT 20"
)
_KEEP = sa.text("INSERT INTO wire_terms(term, wire) VALUES (:term, :wire)")


def upgrade() -> None:
    op.create_table(
        "wire_terms",
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("wire", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("term", "wire", name="pk_wire_terms"),
    )
    op.create_index("ix_wire_terms_wire", "wire_terms", ["wire"])
    _fill(op.get_bind())


def downgrade() -> None:
    op.drop_table("wire_terms")


def _fill(connection: sa.Connection) -> None:
    """What waits already; of what lies as a file only what came around it."""
    after = ""
    while found := connection.execute(_UNREAD, {"after": after}).all():
        for id, headers, body in found:
            terms = salvage.terms(bytes(body or b""), around=_around(headers))
            if terms:
                connection.execute(_KEEP, [{"term": term, "wire": id} for term in terms])
        after = found[-1].id


def _around(headers: str) -> dict[str, Any]:
    try:
        return dict(json.loads(headers))
    except ValueError:
        return {"headers": headers}
