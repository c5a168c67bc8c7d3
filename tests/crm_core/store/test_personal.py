"""The inventory of people's words is whole: a column that nobody classified fails here."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from crm_core.store import personal, tables
from crm_core.store.words import search_docs

EVERY = {**tables.metadata.tables, search_docs.name: search_docs}
WITH_SAY = ("tickets", "customers", "messages", "wires", "addresses", "digests", "about", "documents", "mentions")


def words_of(table: sa.Table) -> set[str]:
    """Columns that can hold words: texts and bytes. A number names nobody."""
    return {column.name for column in table.columns if isinstance(column.type, sa.Text | sa.LargeBinary)}


@pytest.mark.parametrize("name", sorted(EVERY))
def test_every_column_that_can_hold_words_is_said_to_be_personal_or_kept(name: str) -> None:
    assert name in personal.inventory(), f"crm_core/store/personal.toml says nothing of the table {name}"
    held = personal.inventory()[name]
    said = [*held.personal, *held.kept]
    assert sorted(set(said) | words_of(EVERY[name])) == sorted(said), f"say whether these of {name} are personal"
    assert set(said) <= words_of(EVERY[name]), f"{name} has no such columns of words"


def test_the_inventory_names_no_table_that_is_gone() -> None:
    assert set(personal.inventory()) <= set(EVERY)


def test_a_new_column_that_nobody_classified_would_be_found() -> None:
    grown = sa.Table("dismissals", sa.MetaData(), sa.Column("one", sa.Text), sa.Column("remark", sa.Text))
    held = personal.inventory()["dismissals"]
    assert words_of(grown) - {*held.personal, *held.kept} == {"remark"}


@pytest.mark.parametrize("name", sorted(personal.inventory()))
def test_what_is_personal_can_be_found_and_has_a_fate(name: str) -> None:
    held = personal.inventory()[name]
    assert held.fate in ("blank", "delete", "none")
    assert bool(held.personal) == (held.fate != "none")
    assert bool(held.personal) == bool(held.found_by), f"by what are the words of {name} found?"
    assert set(held.found_by) <= set(WITH_SAY)
    columns = {column for found in held.found_by.values() for column in found}
    assert columns <= set(EVERY[name].columns.keys())
