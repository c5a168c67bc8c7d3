"""virus scanner: what it said of contents, and the files that wait for it"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "verdicts",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("judged", sa.Text(), nullable=False),
        sa.Column("found", sa.Text(), nullable=True),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_verdicts"),
    )
    op.create_table(
        "unchecked",
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("file", name="pk_unchecked"),
    )
    op.create_index("ix_unchecked_due", "unchecked", ["due_at", "file"])
    op.create_index("ix_unchecked_digest", "unchecked", ["digest"])


def downgrade() -> None:
    _forget_checks()
    op.drop_table("unchecked")
    op.drop_table("verdicts")


def _forget_checks() -> None:
    """The version before does not know these words in a message's list of files, and could not read it."""
    record = op.get_bind()
    rows = record.execute(sa.text("SELECT id, attachments FROM messages WHERE attachments LIKE '%\"check\":%'"))
    for id, attachments in rows.fetchall():
        files = [
            {name: part for name, part in one.items() if name not in ("check", "found")}
            for one in json.loads(attachments)
        ]
        plain = json.dumps(files, ensure_ascii=False, separators=(",", ":"))
        record.execute(sa.text("UPDATE messages SET attachments = :new WHERE id = :id"), {"new": plain, "id": id})
