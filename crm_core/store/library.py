"""Statements about answers that actions and queries ask alike, and how an edition keeps a wording."""

import json

import sqlalchemy as sa

from crm_core.model.answer import Wording
from crm_core.model.promise import Edition
from crm_core.store.maps.codec import plain
from crm_core.store.tables import editions

_text = sa.Text

DRAFT = sa.select(editions).where(editions.c.of == sa.bindparam("of", type_=_text), sa.text("state = 'draft'"))
NUMBERED = sa.select(editions).where(
    editions.c.of == sa.bindparam("of", type_=_text),
    editions.c.number == sa.bindparam("number", type_=sa.BigInteger),
    sa.text("state = 'published'"),
)


def body_of(wording: Wording) -> str:
    """A wording as an edition keeps it."""
    pack, _ = plain(Wording)
    return json.dumps(pack(wording), ensure_ascii=False)


def wording_of(edition: Edition) -> Wording:
    """The wording that an edition keeps."""
    _, unpack = plain(Wording)
    kept: Wording = unpack(json.loads(edition.body))
    return kept
