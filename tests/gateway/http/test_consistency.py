"""The consistency report at the web: the finding, the kept answer with its time, the sheet, the tickets behind it."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta

from crm_core.actions import importing
from tests.crm_core.queries.test_parity import month
from tests.gateway.http.site import Person, Site
from tests.world import IMPORTER, SUE

HERE = "reports/consistency"


async def supervisor(site: Site, *, slow: str | None) -> Person:
    """Somebody who may ask, in a town with or without a slow door."""
    await site.world.desk.do(IMPORTER, importing.import_values, list(month(1, slow=slow)))
    return await site.person(SUE)


async def test_the_report_tells_a_planted_difference_in_both_languages(site: Site) -> None:
    sue = await supervisor(site, slow="web_form")
    found = (await sue.get(HERE)).body
    assert found["finding"]["en"]["headline"].startswith("Web form gives a slower service.")
    assert found["finding"]["zh"]["headline"].startswith("网上表单的服务较慢。")
    form = next(one for one in found["channels"] if one["channel"] == "web_form")
    cell = form["measures"]["resolved"]
    assert (cell["says"], cell["of"]) == ("worse", form["tickets"])
    assert cell["interval"][0] <= cell["amount"] <= cell["interval"][1]
    assert cell["amount"] > cell["range"][1]
    assert form["measures"]["rated"]["says"] == "absent"


async def test_it_can_be_narrowed_and_compared_as_it_came(small: Site) -> None:
    sue = await supervisor(small, slow=None)
    assert (await sue.get(f"{HERE}?service=s-repair")).body["tickets"] == 0
    assert (await sue.get(f"{HERE}?language=zh")).body["tickets"] == 0
    assert (await sue.get(f"{HERE}?compare=raw")).body["compare"] == "raw"
    half = (small.clock() - timedelta(days=14)).isoformat().replace("+00:00", "Z")
    assert 0 < (await sue.get(f"{HERE}?from={half}")).body["tickets"] < 450


async def test_a_time_that_is_none_is_refused_with_what_to_do(small: Site) -> None:
    sue = await supervisor(small, slow=None)
    backwards = await sue.get(f"{HERE}?from=2026-11-02T00:00:00Z&to=2026-11-01T00:00:00Z")
    assert (backwards.status, backwards.body["errors"][0]["field"]) == (422, "from")
    assert (await sue.get(f"{HERE}?from=2020-01-01T00:00:00Z")).status == 422
    assert (await sue.get(f"{HERE}?to=0001-01-01T00:00:00%2B14:00")).status == 422


async def test_what_is_kept_is_shown_with_its_time_while_a_newer_one_is_made(small: Site) -> None:
    sue = await supervisor(small, slow=None)
    first = (await sue.get(HERE)).body
    await small.world.mail("One more")
    assert (await sue.get(HERE)).body == first
    small.clock.pass_(minutes=2)
    old = (await sue.get(HERE)).body
    assert (old["as_of"], old["tickets"], old["refreshing"]) == (first["as_of"], first["tickets"], True)
    while (new := (await sue.get(HERE)).body)["refreshing"]:
        pass
    assert new["as_of"] > first["as_of"]
    assert new["tickets"] == first["tickets"] + 1


async def test_every_number_opens_its_tickets(small: Site) -> None:
    sue = await supervisor(small, slow=None)
    found = (await sue.get(HERE)).body
    mails = next(one["tickets"] for one in found["channels"] if one["channel"] == "email")
    seen, cursor = 0, ""
    while True:
        page = (await sue.get(f"{HERE}/tickets?channel=email&limit=100{cursor}")).body
        seen += len(page["items"])
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == mails


async def test_the_sheet_has_the_finding_the_method_and_a_line_for_each_figure(small: Site) -> None:
    sue = await supervisor(small, slow="counter")
    said = await sue.get(f"{HERE}/export")
    assert said.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in said.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(said.raw.decode("utf-8-sig"))))
    assert "slower service" in rows[0][0]
    assert "Holm" in rows[2][0]
    assert [row[2] for row in rows if row[:1] == ["counter"]] == [
        *("first", "resolved", "rated", "first answer in promise"),
    ]


async def test_no_cell_is_a_formula_for_a_spreadsheet(small: Site) -> None:
    evil = [replace(one, channel="=1+1") for one in month(4, slow=None)]
    await small.world.desk.do(IMPORTER, importing.import_values, evil)
    said = await (await small.person(SUE)).get(f"{HERE}/export")
    assert {row[0][:1] for row in csv.reader(io.StringIO(said.raw.decode("utf-8-sig"))) if row} & {
        "=",
        "+",
        "@",
    } == set()
    assert "'=1+1" in said.raw.decode("utf-8-sig")
