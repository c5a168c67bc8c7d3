"""People in the record: what they wish and need comes back as it was written, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from crm_core.actions import importing
from crm_core.model.address import Address
from crm_core.model.customer import Customer, CustomerKind, Identity
from crm_core.model.errors import Conflict
from crm_core.model.ids import CustomerId, IdentityId, RelationId
from crm_core.model.preferences import Contacting, DoNot, Need, Safety
from crm_core.model.relation import Relation, RelationKind
from tests.world import IMPORTER, START, World

WEI = Customer(
    CustomerId("wei"),
    "张薇 Wei Zhang",
    "zh",
    START,
    channel="letter",
    do_not=(DoNot(Contacting.CALLS, after=1080), DoNot(Contacting.WRITING)),
    needs=(Need("interpreter", "yue"), Need("large_print")),
    safety=Safety("A dog that bites", START + timedelta(days=30)),
    street="18 Orchard Street",
    place="Larkhaven",
)
SHOP = Customer(CustomerId("shop"), "Harbour Café", None, START, kind=CustomerKind.ORGANISATION)
PHONE = Address.phone("+15550142")


def held(id: str, customer: Customer, *, held: bool) -> Identity:
    return Identity(IdentityId(id), customer.id, PHONE, "form", START, shared=True, held=held)


async def test_wishes_needs_and_relations_come_back_as_they_were(world: World) -> None:
    tie = Relation(RelationId("r"), RelationKind.MEMBER, WEI.id, SHOP.id, "owner", START, "anna", "said so", START)
    await world.desk.do(IMPORTER, importing.import_values, [WEI, SHOP, tie])
    assert await world.desk.ask(IMPORTER, _get, Customer, WEI.id) == WEI
    assert await world.desk.ask(IMPORTER, _get, Relation, tie.id) == tie
    assert not replace(tie, ends_at=START).holds(START)


async def test_several_may_use_an_address_but_one_holds_it(world: World) -> None:
    await world.desk.do(
        IMPORTER, importing.import_values, [WEI, SHOP, held("i1", WEI, held=True), held("i2", SHOP, held=False)]
    )
    with pytest.raises(Conflict):
        await world.desk.do(
            IMPORTER,
            importing.import_values,
            [replace(WEI, id=CustomerId("x")), held("i3", replace(WEI, id=CustomerId("x")), held=True)],
        )


async def _get(read: object, kind: type, id: str) -> object:
    return await read.get(kind, id)  # type: ignore[attr-defined]
