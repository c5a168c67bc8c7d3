"""The terms of wires in quarantine, as statements: hundreds of rows from one parameter, on both databases."""

from crm_core.store.words import Spelled

ADD = Spelled(
    sqlite="INSERT INTO wire_terms(term, wire) SELECT value, :wire FROM json_each(:terms)",
    postgres="INSERT INTO wire_terms(term, wire)"
    " SELECT term, CAST(:wire AS text) FROM jsonb_array_elements_text(CAST(:terms AS jsonb)) AS term",
    names=("wire", "terms"),
)
"""Everything that one wire is found by; `terms` is a JSON list in which nothing comes twice."""
