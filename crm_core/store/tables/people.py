"""Whom we serve, and the addresses that are theirs."""

import sqlalchemy as sa

from crm_core.store.tables.base import int_column, metadata, partial_index, text_column

PLAIN = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_merged = sa.text("merged_into IS NOT NULL")

customers = sa.Table(
    "customers",
    metadata,
    text_column("id", key=True),
    text_column("name"),
    text_column("language", null=True),
    int_column("created_at"),
    text_column("kind"),
    text_column("merged_into", null=True),
    text_column("channel", null=True),
    text_column("do_not"),
    text_column("needs"),
    text_column("safety", null=True),
    text_column("street"),
    text_column("place"),
    int_column("version"),
    int_column("erased_at", null=True),
    sa.Index("ix_customers_name", "name"),
    sa.Index("ix_customers_merged", "merged_into", sqlite_where=_merged, postgresql_where=_merged),
)

identities = sa.Table(
    "identities",
    metadata,
    text_column("id", key=True),
    text_column("customer"),
    text_column("address"),
    text_column("evidence"),
    int_column("created_at"),
    int_column("proven_at", null=True),
    int_column("shared"),
    int_column("held"),
    sa.UniqueConstraint("customer", "address"),
    sa.Index(None, "address"),
    partial_index("uq_identities_held", "address", where="held = 1", unique=True),
)

relations = sa.Table(
    "relations",
    metadata,
    text_column("id", key=True),
    text_column("kind"),
    text_column("customer"),
    text_column("other"),
    text_column("role"),
    int_column("created_at"),
    text_column("created_by"),
    text_column("consent"),
    int_column("consented_at", null=True),
    int_column("ends_at", null=True),
    int_column("version"),
    sa.Index(None, "customer"),
    sa.Index(None, "other"),
)

merges = sa.Table(
    "merges",
    metadata,
    text_column("id", key=True),
    text_column("source"),
    text_column("target"),
    int_column("at"),
    text_column("by"),
    text_column("why"),
    int_column("target_version"),
    int_column("undone_at", null=True),
    text_column("undone_by", null=True),
    int_column("version"),
    partial_index("uq_merges_source", "source", where="undone_at IS NULL", unique=True),
    sa.Index(None, "source"),
    sa.Index(None, "target"),
)

proofs = sa.Table(
    "proofs",
    metadata,
    text_column("id", key=True),
    text_column("kind"),
    text_column("address", null=True),
    text_column("customer", null=True),
    text_column("ticket", null=True),
    text_column("digest"),
    int_column("created_at"),
    int_column("expires_at"),
    text_column("created_by"),
    int_column("attempts"),
    int_column("used_at", null=True),
    sa.Index(None, "address", "created_at"),
    partial_index("ix_proofs_customer", "customer", where="customer IS NOT NULL"),
    partial_index("ix_proofs_ticket", "ticket", where="ticket IS NOT NULL"),
    sa.Index(None, "expires_at"),
)

consents = sa.Table(
    "consents",
    metadata,
    text_column("id", key=True),
    text_column("address"),
    text_column("inbox"),
    text_column("wish"),
    text_column("evidence"),
    int_column("at"),
    text_column("by", null=True),
    text_column("reason"),
    sa.UniqueConstraint("inbox", "evidence"),
    sa.Index(None, "address", "at"),
)

visits = sa.Table(
    "visits",
    metadata,
    text_column("digest", key=True),
    text_column("ticket"),
    text_column("address"),
    int_column("created_at"),
    int_column("expires_at"),
    sa.Index(None, "address"),
    sa.Index(None, "ticket"),
    sa.Index(None, "expires_at"),
)

dismissals = sa.Table(
    "dismissals",
    metadata,
    text_column("one", key=True),
    text_column("other", key=True),
    int_column("at"),
    text_column("by"),
    sa.Index(None, "other"),
)

person_keys = sa.Table(
    "person_keys",
    metadata,
    sa.Column("key", PLAIN, primary_key=True),
    text_column("customer", key=True),
    sa.Index(None, "customer"),
    sqlite_with_rowid=False,
)
"""What people are found by (`rules/likeness.py`), in the order of bytes on both databases: a beginning is a range."""
