"""Conditions of a form on both databases: written, published, read again; refused where nothing could meet them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crm_core.actions import catalogue
from crm_core.model.errors import BadInput
from crm_core.model.ids import ServiceId
from crm_core.model.service import Condition, Field, FieldKind, Given, Service
from crm_core.queries import catalogue as catalogue_query
from crm_core.queries import setup
from crm_core.rules import editions
from tests.world import ADA, IMPORTER, World

PERMIT = ServiceId("s-permit")
CHOICES = ({"en": "New", "zh": "新办"}, {"en": "Renewal", "zh": "续期"})
KIND = Field("kind", FieldKind.CHOICE, {"en": "Kind?", "zh": "种类？"}, {}, True, CHOICES)
RENEWAL = Condition("kind", Given.ONE_OF, ("Renewal",))
OLD = Field("old", FieldKind.TEXT, {"en": "Old number?"}, {}, True, only_if=RENEWAL)
WHY = Field("why", FieldKind.LONG, {"en": "Why?"}, {}, False, page=2, only_if=Condition("old", Given.UNANSWERED))


async def drafted(world: World, *fields: Field) -> Service:
    """The permit with another form, not shown yet."""
    service = (await world.ask(ADA, catalogue_query.entry, PERMIT)).service
    made = await world.do(ADA, catalogue.save_draft, PERMIT, content=replace(service, fields=fields))
    content: Service = made.content
    return content


async def test_a_condition_is_kept_and_shown_as_it_was_written(world: World) -> None:
    await drafted(world, KIND, OLD, WHY)
    entry = await world.ask(ADA, catalogue_query.entry, PERMIT)
    assert entry.draft.content.fields == (KIND, OLD, WHY)
    assert entry.service.fields == ()
    await world.do(ADA, catalogue.publish, PERMIT, note="asks less")
    [shown] = [one for one in (await world.desk.ask(IMPORTER, setup.setup)).services if one.id == PERMIT]
    assert shown.fields == (KIND, OLD, WHY)
    assert [one.type for one in await world.events()][-2:] == ["service.drafted", "service.changed"]


async def test_a_condition_that_changed_is_a_difference_of_its_question(world: World) -> None:
    await drafted(world, KIND, OLD)
    shown = await world.do(ADA, catalogue.publish, PERMIT)
    always = replace(OLD, only_if=None)
    content = await drafted(world, KIND, always)
    [change] = editions.differences(shown, new=content)
    assert (change.part, change.before, change.after) == ("fields.old", OLD, always)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ((OLD,), "does not have: kind"),
        ((OLD, KIND), "comes after it"),
        ((replace(KIND, kind=FieldKind.TEXT, choices=()), OLD), "has no options"),
        ((replace(KIND, choices=CHOICES[:1]), OLD), "no option “Renewal”"),
        ((replace(KIND, choices=({"en": "New"}, {"en": "Again"})), OLD), "no option “Renewal”"),
    ],
    ids=["its question was deleted", "moved", "retyped", "its option was deleted", "renamed"],
)
async def test_what_others_hang_on_is_not_taken_away_from_under_them(
    world: World, fields: tuple[Field, ...], why: str
) -> None:
    await drafted(world, KIND, OLD)
    with pytest.raises(BadInput, match=why) as refused:
        await drafted(world, *fields)
    assert refused.value.problems[0].field == "fields.old.only_if"
    entry = await world.ask(ADA, catalogue_query.entry, PERMIT)
    assert entry.draft.content.fields == (KIND, OLD)


async def test_an_option_is_renamed_with_what_hangs_on_it_in_one_edit(world: World) -> None:
    await drafted(world, KIND, OLD)
    again = replace(KIND, choices=({"en": "New"}, {"en": "Again"}))
    content = await drafted(world, again, replace(OLD, only_if=replace(RENEWAL, values=("Again",))))
    assert content.fields[1].only_if == Condition("kind", Given.ONE_OF, ("Again",))


async def test_a_form_that_somehow_cannot_be_met_is_never_published(world: World) -> None:
    service = (await world.ask(ADA, catalogue_query.entry, PERMIT)).service
    with pytest.raises(BadInput, match="does not have: kind"):
        editions.check(replace(service, fields=(OLD,)), slug=service.slug)


async def test_an_older_form_is_shown_again_with_its_conditions(world: World) -> None:
    await drafted(world, KIND, OLD)
    await world.do(ADA, catalogue.publish, PERMIT)
    await drafted(world, KIND)
    await world.do(ADA, catalogue.publish, PERMIT)
    entry = await world.ask(ADA, catalogue_query.entry, PERMIT)
    numbers = [edition.number for edition in entry.editions if edition.content.fields == (KIND, OLD)]
    await world.do(ADA, catalogue.roll_back, PERMIT, to=numbers[0])
    assert (await world.ask(ADA, catalogue_query.entry, PERMIT)).service.fields == (KIND, OLD)
