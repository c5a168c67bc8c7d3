"""Same question, same answer, at the web: what differs comes first, and what is mended is gone at once."""

from __future__ import annotations

from typing import Any

from crm_core.actions import answers, catalogue, importing
from crm_core.model.answer import Answer, Manner, Wording
from crm_core.model.ids import ServiceId
from tests.crm_core.queries.test_parity import month
from tests.gateway.http.site import Site
from tests.world import ADA, ANNA, IMPORTER, SUE

HERE = "reports/consistency/answers"
SCORE = "reports/consistency/score"
PERMIT = ServiceId("s-permit")


async def told(site: Site, slug: str, text: str) -> Answer:
    """An approved answer about the permit."""
    wording = Wording({"en": f"About {slug}"}, {"en": text}, {}, {"days": {"en": "5 days"}})
    made = await site.world.do(ANNA, answers.add_answer, slug=slug, service=PERMIT, wording=wording)
    found: Answer = await site.world.do(SUE, answers.approve, made.id)
    return found


async def write(site: Site, answer: Answer, text: str) -> None:
    """Its letter by hand; an empty text gives it back to the rule."""
    words: dict[str, Any] = {"manner": Manner.PAPER, "language": "en", "public_url": site.settings.public_url}
    await site.world.do(SUE, answers.write_rendering, answer.id, text, **words)
    await site.world.do(SUE, answers.approve, answer.id)


async def priced(site: Site) -> None:
    await site.world.do(ADA, catalogue.change_service_fact, PERMIT, fact="cost", texts={"en": "$48 a year"})
    await site.keeper.refresh()


async def test_a_letter_that_says_another_fee_comes_first_and_is_gone_once_it_is_mended(site: Site) -> None:
    await priced(site)
    await told(site, "time", "It comes in {days}.")
    cost = await told(site, "cost", "It costs {cost}.")
    await write(site, cost, "It costs $45 a year.")
    sue = await site.person(SUE)
    found = (await sue.get(HERE)).body
    assert (found["facts"], found["differing"]) == (2, 1)
    first, second = found["items"]
    assert (first["answer"], first["fact"], first["value"]) == (cost.id, "cost", "$48 a year")
    assert first["doors"]["paper"] == {"tells": "other", "value": "$45"}
    assert {one["tells"] for manner, one in first["doors"].items() if manner != "paper"} == {"same"}
    assert {one["tells"] for one in second["doors"].values()} == {"same"}
    await write(site, cost, "Ask at the counter.")
    assert (await sue.get(HERE)).body["items"][0]["doors"]["paper"] == {"tells": "none", "value": ""}
    await write(site, cost, "")
    assert (await sue.get(HERE)).body["differing"] == 0


async def test_it_can_be_narrowed_to_a_service_and_shows_as_many_lines_as_are_asked_for(small: Site) -> None:
    await priced(small)
    await told(small, "cost", "It costs {cost} and comes in {days}.")
    sue = await small.person(SUE)
    assert len((await sue.get(f"{HERE}?limit=1")).body["items"]) == 1
    assert (await sue.get(f"{HERE}?limit=1")).body["facts"] == 2
    assert (await sue.get(f"{HERE}?service=s-permit")).body["facts"] == 2
    assert (await sue.get(f"{HERE}?service=s-repair")).body == {"items": [], "facts": 0, "differing": 0}
    assert (await sue.get(f"{HERE}?limit=0")).status == 422


async def test_the_score_of_twelve_weeks_is_kept_like_the_report_and_says_what_it_is_made_of(site: Site) -> None:
    await priced(site)
    await told(site, "cost", "It costs {cost}.")
    await site.world.desk.do(IMPORTER, importing.import_values, list(month(1, slow=None)))
    sue = await site.person(SUE)
    found = (await sue.get(f"{SCORE}?service=s-repair")).body
    assert found["weights"] == {"facts": 40, "promise": 30, "resolved": 20, "rated": 10}
    assert [len(found[name]) for name in ("city", "service")] == [12, 12]
    assert [one["score"] is not None for one in found["city"]] == [False] * 8 + [True] * 4
    assert all(one["score"] is None for one in found["service"])
    last = found["city"][-1]
    assert 0 <= last["score"] <= 100
    assert last["parts"]["facts"] == 1
    assert last["parts"]["rated"] is None
    assert found["city"][8]["parts"]["facts"] is None, "no answer stood then"
    assert (await sue.get(SCORE)).body["service"] is None
    await site.world.mail("One more")
    assert (await sue.get(f"{SCORE}?service=s-repair")).body["city"] == found["city"]


async def test_a_slow_door_lowers_the_score_of_its_service(small: Site) -> None:
    await small.world.desk.do(IMPORTER, importing.import_values, list(month(1, slow="counter")))
    found = (await (await small.person(SUE)).get(f"{SCORE}?service=s-permit")).body
    assert found["service"] == found["city"]
    assert min(one["parts"]["resolved"] for one in found["city"] if one["score"] is not None) < 1
    assert (await (await small.person(SUE)).get(f"{SCORE}?to=0001-01-01T00:00:00Z")).status == 422
