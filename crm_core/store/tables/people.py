"""Whom we serve, and the addresses that are theirs."""

import sqlalchemy as sa

from crm_core.store.tables.base import int_column, metadata, partial_index, text_column

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
