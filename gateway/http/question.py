"""A question of a service's form, as pages that ask it get it."""

from crm_core.model.service import Field
from crm_core.model.view import Json


def question(field: Field, *, choices: list[Json]) -> Json:
    """`choices` are drawn as whoever asks draws them."""
    on = field.only_if
    return {
        "key": field.key,
        "kind": field.kind,
        "label": field.label,
        "help": field.help,
        "required": field.required,
        "choices": choices,
        "only_if": None if on is None else {"field": on.field, "given": on.given, "values": list(on.values)},
    }
