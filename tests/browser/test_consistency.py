"""The consistency report at the screen: the finding first, the figures, and the tickets behind them."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.console import Desk, keep_picture
from tests.peers.chromium import barriers

pytestmark = pytest.mark.browser

HERE = "/console/reports/consistency"


async def shown(desk: Desk, page: Page, *, more: str = "") -> None:
    await page.goto(f"{desk.service.url}{HERE}{more}")
    await expect(page.locator("tbody tr").first).to_be_visible()


async def test_the_finding_comes_first_and_each_number_opens_its_tickets(desk: Desk) -> None:
    page = await desk.sign_in("supervisor")
    await shown(desk, page, more="?days=84")
    await expect(page.locator("h1")).to_have_text(re.compile(r".+\.$"))
    assert await barriers(page) == []
    row = page.locator("tbody tr").first
    count = (await row.locator(".count").inner_text()).split()[0]
    assert int(count.replace(",", "")) > 0
    await row.locator(".count").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog").locator("li").first).to_be_visible()
    assert await barriers(page) == []
    await keep_picture(page, "consistency-behind")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.get_by_role("button", name="How this is worked out").click()
    await expect(page.get_by_text("Mann–Whitney")).to_be_visible()
    assert await barriers(page) == []
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Export").click()
    assert (await download.value).suggested_filename == "consistency.csv"
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Picture").click()
    assert (await download.value).suggested_filename == "consistency.png"
    await page.emulate_media(media="print")
    await expect(page.get_by_role("button", name="Picture")).to_be_hidden()
    await expect(page.get_by_text("Mann–Whitney")).to_be_visible()
    await keep_picture(page, "consistency-print")


async def test_it_is_narrowed_by_keys_and_the_address_remembers(desk: Desk) -> None:
    page = await desk.sign_in("supervisor")
    await shown(desk, page)
    await page.locator("[data-menu=report-period]").press("Enter")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile("days=84"))
    await page.locator("[data-menu=report-service]").press("Enter")
    await page.keyboard.type("pothole")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile("service="))
    await page.get_by_label("Like with like").uncheck()
    await expect(page).to_have_url(re.compile("compare=raw"))
    await page.reload()
    await expect(page.get_by_label("Like with like")).not_to_be_checked()


@pytest.mark.parametrize(
    ("width", "theme", "language"),
    [(1440, "light", "en"), (1440, "dark", "zh"), (1024, "light", "zh"), (1024, "dark", "en")],
)
async def test_it_stands_in_every_look(desk: Desk, width: int, theme: str, language: str) -> None:
    page = await desk.sign_in("supervisor", width=width, theme=theme, language=language)
    await shown(desk, page, more="?days=84")
    assert await barriers(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await keep_picture(page, f"consistency-{width}-{theme}-{language}")
    await page.locator("#score").scroll_into_view_if_needed()
    await expect(page.locator("section[aria-labelledby=same-answer] tbody tr").first).to_be_visible()
    await expect(page.locator("section[aria-labelledby=score] path.own").first).to_be_attached()
    await page.locator("main").evaluate("main => main.scrollTo(0, main.scrollHeight)")
    assert await barriers(page) == []
    await keep_picture(page, f"consistency-below-{width}-{theme}-{language}")


async def test_an_answer_that_is_not_told_alike_is_seen_and_leads_to_where_it_is_mended(desk: Desk) -> None:
    page = await desk.sign_in("supervisor")
    await shown(desk, page)
    same = page.get_by_role("region", name="Same question, same answer")
    await expect(same.locator("tbody tr").first).to_contain_text("What a resident parking permit costs")
    wrong = same.locator("a.mark.other")
    await expect(wrong).to_have_text(re.compile(r"^\$44 a year, not as it is now: \$48 a year"))
    await expect(same.locator("a.mark.none").first).to_contain_text("None")
    await expect(same.locator(".mark.same").first).to_be_visible()
    assert await barriers(page) == []
    await wrong.focus()
    await page.keyboard.press("Enter")
    card = page.get_by_role("article", name="Short message, English")
    await expect(card.get_by_role("button").first).to_be_focused()
    await expect(card).to_be_in_viewport()
    assert await barriers(page) == []
    assert desk.complaints == []


async def test_the_score_of_twelve_weeks_stands_with_its_formula_and_is_told_to_who_does_not_see_it(desk: Desk) -> None:
    page = await desk.sign_in("supervisor")
    await shown(desk, page)
    score = page.get_by_role("region", name="Consistency score")
    await expect(score).to_contain_text("Score = 40% facts told alike + 30% first answers in promise")
    await expect(score).to_contain_text("that weight is shared out among the rest")
    await expect(score.locator("path.own").first).to_have_attribute("d", re.compile(r"^M.*L"))
    table = page.get_by_role("table", name="Consistency score by week, All services")
    await expect(table.get_by_role("row")).to_have_count(13)
    await expect(table.get_by_role("row").nth(1)).to_contain_text("too few: 0 tickets")
    await page.locator("[data-menu=report-service]").press("Enter")
    await page.keyboard.type("resident parking permit")
    await page.keyboard.press("Enter")
    await expect(score.locator("path.city").first).to_have_attribute("d", re.compile(r"^M"))
    assert await barriers(page) == []
    await page.route("**/reports/consistency/score*", lambda route: route.abort())
    await page.reload()
    await expect(score.get_by_role("alert")).to_contain_text("could not be worked out")
    await page.unroute("**/reports/consistency/score*")
    await score.get_by_role("button", name="Try again").click()
    await expect(score).to_contain_text("Score = 40%")
    desk.complaints.clear()


async def test_where_answers_cannot_be_compared_the_report_still_stands(desk: Desk) -> None:
    page = await desk.sign_in("supervisor")
    await page.route("**/reports/consistency/answers*", lambda route: route.abort())
    await shown(desk, page)
    same = page.get_by_role("region", name="Same question, same answer")
    await expect(same.get_by_role("alert")).to_contain_text("could not be compared")
    await page.unroute("**/reports/consistency/answers*")
    await same.get_by_role("button", name="Try again").click()
    await expect(same.locator("tbody tr").first).to_be_visible()
    desk.complaints.clear()


async def test_where_it_cannot_be_worked_out_it_says_so_and_can_be_tried_again(desk: Desk) -> None:
    page = await desk.sign_in("supervisor")
    await page.route("**/reports/consistency?*", lambda route: route.abort())
    await page.goto(f"{desk.service.url}{HERE}")
    await expect(page.locator("main").get_by_role("alert")).to_contain_text("could not be worked out")
    assert await barriers(page) == []
    await page.unroute("**/reports/consistency?*")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.locator("tbody tr").first).to_be_visible()
    desk.complaints.clear()


async def test_an_agent_is_told_whom_to_ask(desk: Desk) -> None:
    page = await desk.sign_in("agent")
    await page.goto(f"{desk.service.url}{HERE}")
    await expect(page.locator("main .empty")).to_be_visible()
