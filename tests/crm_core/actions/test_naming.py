"""A letter from the drop folder names nobody: whoever reads it says whose it is, and the answer goes where it says."""

from __future__ import annotations

from typing import Any

import pytest

from crm_core.actions import intake, joining, naming, people
from crm_core.actions.intake import Contact, Received
from crm_core.actions.naming import Whose
from crm_core.actions.people import Profile
from crm_core.model.actor import Actor
from crm_core.model.address import Address
from crm_core.model.customer import CustomerKind
from crm_core.model.errors import BadInput, NotAllowedNow, NotFound
from crm_core.model.ids import TicketId
from crm_core.model.message import Inbound
from crm_core.queries import past, ticket, ways
from tests.crm_core.actions.test_registering import LETTERS, hall  # noqa: F401 - the fixture
from tests.world import ANNA, BEN, SUE, WINDOW, World

HOME = Address("post", "12 Elm Row\nLarkhaven 04431")
NEW = Whose(profile=Profile(name="Halima Osei", street="12 Elm Row", place="Larkhaven 04431"), addresses=(HOME,))


@pytest.fixture
def mailroom(hall: World) -> World:  # noqa: F811
    return hall


async def dropped(mailroom: World, *, scan: str = "3fa2b1c9d0e1") -> TicketId:
    """The folder brings a letter."""
    said = Inbound(f"scan:{scan}", Address("scan", scan), "", "Please renew my permit.", nameless=True)
    received: Received = await mailroom.desk.do(
        Actor.inbox(LETTERS),
        intake.receive,
        Contact(said, (), None),
        inbox=mailroom.house.inboxes[LETTERS],
        house=mailroom.house,
        reopen_window=WINDOW,
    )
    return received.ticket


async def say(mailroom: World, id: TicketId, said: Whose, *, by: Any = ANNA) -> Any:
    return await mailroom.do(by, naming.say_whose, id, said, house=mailroom.house)


async def test_somebody_new_gets_a_name_and_their_answer_by_post_and_the_promise_stays_as_it_was(
    mailroom: World,
) -> None:
    id = await dropped(mailroom)
    before = await mailroom.ticket(id)
    found = await mailroom.ask(ANNA, ways.offered, id, house=mailroom.house)
    assert [one for one in found.ways if one.open] == [], "nobody knows where to"
    mailroom.clock.pass_(hours=5)
    named = await say(mailroom, id, NEW)
    assert (named.customer, named.customer_name) == (before.customer, "Halima Osei")
    for what in ("created_at", "awaiting_since", "due_at", "first_due_at", "resolution_due_at"):
        assert getattr(named, what) == getattr(before, what), what
    whole = await mailroom.ask(ANNA, ticket.whole, id)
    assert (whole.customer.customer.name, whole.customer.customer.street) == ("Halima Osei", "12 Elm Row")
    assert [strand.address for strand in whole.strands] == [HOME]
    assert "ticket.whose" in [event.type for event in await mailroom.events()]


async def test_somebody_known_has_it_in_their_history_and_it_can_be_taken_back(mailroom: World) -> None:
    mailed = await mailroom.ticket((await mailroom.mail("Hello", sender_name="Wei Zhang")).ticket)
    id = await dropped(mailroom)
    named = await say(mailroom, id, Whose(customer=mailed.customer, addresses=(HOME,)))
    assert named.customer_name == "Wei Zhang"
    history = await mailroom.ask(ANNA, past.history, mailed.customer, limit=50, cursor=None)
    assert {getattr(one, "ticket", "") for one in history.items} >= {id, mailed.id}
    whole = await mailroom.ask(ANNA, ticket.whole, id)
    [(merge, _, _)] = whole.customer.merges
    await mailroom.do(SUE, joining.part_people, mailed.customer, merge.id)
    assert (await mailroom.ask(ANNA, ticket.whole, id)).customer.customer.name == ""


async def test_a_letter_of_an_office_we_know_becomes_its_own(mailroom: World) -> None:
    office = await mailroom.do(ANNA, people.add_person, Profile(name="Elm Row School", kind=CustomerKind.ORGANISATION))
    named = await say(mailroom, await dropped(mailroom), Whose(customer=office.id))
    assert named.customer_name == "Elm Row School"


async def test_what_is_known_already_is_not_said_again_and_nobody_names_what_they_cannot_see(mailroom: World) -> None:
    id = await dropped(mailroom)
    with pytest.raises(BadInput):
        await say(mailroom, id, Whose(profile=Profile(name=" ")))
    with pytest.raises(NotFound):
        await say(mailroom, id, NEW, by=BEN)
    await say(mailroom, id, NEW)
    with pytest.raises(NotAllowedNow):
        await say(mailroom, id, NEW)
    texted = await mailroom.mail("Hello", sender="quiet@example.org", sender_name="")
    with pytest.raises(NotAllowedNow):
        await say(mailroom, texted.ticket, NEW)
