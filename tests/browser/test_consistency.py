"""The consistency report at the screen: the finding first, the figures, and the tickets behind them."""

from __future__ import annotations

import os
import re
from base64 import b64decode
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.console import Desk, keep_picture
from tests.peers.chromium import barriers

pytestmark = pytest.mark.browser

HERE = "/console/reports/consistency"

KEEPS_WHAT_IS_SAVED = """() => {
  const real = URL.createObjectURL;
  URL.createObjectURL = (content) => ((window.saved = content), real.call(URL, content));
}"""
WHAT_WAS_DRAWN = """async () => {
  const image = await createImageBitmap(window.saved);
  const { width, height } = image;
  const pen = new OffscreenCanvas(width, height).getContext("2d");
  pen.drawImage(image, 0, 0);
  const { data } = pen.getImageData(0, 0, width, height);
  const same = (at) => [0, 1, 2].every((part) => data[at + part] === data[part]);
  const inked = Array(10).fill(0);
  let edge = 0;
  for (let at = 0, point = 0; at < data.length; at += 4, point++) {
    if (same(at)) continue;
    inked[Math.floor((Math.floor(point / width) / height) * 10)]++;
    if (Math.min(point % width, width - 1 - (point % width)) < 40) edge++;
  }
  const png = await new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.split(",")[1]);
    reader.readAsDataURL(window.saved);
  });
  return { width, height, inked, edge, corner: [...data.slice(0, 3)], png };
}"""
"""Its size, how much stands in each tenth of its height and at its sides, the colour of its corner, and itself."""


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


@pytest.mark.parametrize(("theme", "language", "button"), [("dark", "en", "Picture"), ("light", "zh", "图片")])
async def test_its_picture_holds_the_whole_of_it_at_twice_the_size(
    desk: Desk, theme: str, language: str, button: str
) -> None:
    page = await desk.sign_in("supervisor", theme=theme, language=language)
    await shown(desk, page, more="?days=84")
    await page.evaluate(KEEPS_WHAT_IS_SAVED)
    async with page.expect_download() as download:
        await page.get_by_role("button", name=button).click()
    assert (await download.value).suggested_filename == "consistency.png"
    drawn = await page.evaluate(WHAT_WAS_DRAWN)
    if folder := os.environ.get("ONESTOP_PICTURES"):
        (Path(folder) / f"consistency-picture-{theme}-{language}.png").write_bytes(b64decode(drawn["png"]))
    assert drawn["width"] == 2400
    assert 700 < drawn["height"] < 2400
    background = [17, 20, 25] if theme == "dark" else [255, 255, 255]
    assert all(abs(ours - theirs) < 12 for ours, theirs in zip(drawn["corner"], background, strict=True))
    assert all(drawn["inked"][:-1]), "the heading, the plots and the method: each tenth of it says something"
    assert drawn["edge"] == 0, "nothing is cut at its sides"
    assert desk.complaints == []


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_on_paper_there_is_the_report_alone_in_light_and_nothing_is_cut(desk: Desk, theme: str) -> None:
    page = await desk.sign_in("supervisor", theme=theme)
    await shown(desk, page, more="?days=84")
    await expect(page.locator("section[aria-labelledby=same-answer] tbody tr").first).to_be_visible()
    await page.set_viewport_size({"width": 1017, "height": 688})  # A4 without its margins
    await page.emulate_media(media="print")
    await expect(page.get_by_role("button", name="Picture")).to_be_hidden()
    await expect(page.get_by_text("Mann–Whitney")).to_be_visible()
    await expect(page.get_by_text("All services · Last 12 weeks · All languages · As of")).to_be_visible()
    beside = await page.evaluate(
        "[...document.querySelectorAll('.shell > *, .shell ~ *')].filter(one => one.checkVisibility()).map(one => one.tagName)"
    )
    assert beside == ["MAIN"]
    paper = await page.evaluate("getComputedStyle(document.querySelector('main')).backgroundColor")
    assert paper == "rgb(255, 255, 255)"
    await page.wait_for_function(
        "[...document.querySelectorAll('.roll table')].every(one => one.getBoundingClientRect().right <= innerWidth)"
    )
    assert await page.evaluate(
        "document.querySelector('main').scrollHeight <= document.querySelector('main').clientHeight"
    )
    await keep_picture(page, f"consistency-print-{theme}")
    if folder := os.environ.get("ONESTOP_PICTURES"):
        await page.pdf(path=Path(folder) / f"consistency-{theme}.pdf", prefer_css_page_size=True)
    papers = re.findall(rb"/MediaBox ?\[0 0 ([\d.]+) ([\d.]+)\]", await page.pdf(prefer_css_page_size=True))
    assert papers
    assert all(float(width) > float(height) for width, height in papers), "it lies on its side: the plots want the room"


async def test_it_is_narrowed_by_keys_and_the_address_remembers(desk: Desk) -> None:
    page = await desk.sign_in("supervisor")
    await shown(desk, page)
    await _open(page, "report-period")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile("days=84"))
    await _open(page, "report-service")
    await page.keyboard.type("pothole")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile("service="))
    await page.get_by_label("Like with like").uncheck()
    await expect(page).to_have_url(re.compile("compare=raw"))
    await page.reload()
    await expect(page.get_by_label("Like with like")).not_to_be_checked()


async def test_a_menu_that_is_opened_in_the_moment_another_closes_stays_open(desk: Desk) -> None:
    """The browser tells of both later, of the one that closed first."""
    page = await desk.sign_in("supervisor")
    await shown(desk, page)
    await _open(page, "report-period")
    await page.evaluate(
        """() => {
            document.querySelector(".popup:popover-open").hidePopover();
            document.querySelector("[data-menu=report-service]").click();
        }"""
    )
    await expect(page.locator(".popup:popover-open :focus")).to_be_visible()
    await expect(page.locator("[data-menu=report-service]")).to_have_attribute("aria-expanded", "true")
    await expect(page.locator("[data-menu=report-period]")).to_have_attribute("aria-expanded", "false")


@pytest.mark.parametrize(
    ("width", "theme", "language"),
    [(1440, "light", "en"), (1024, "dark", "zh")],
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
    await expect(score).to_contain_text("+ 20% resolution in range + 10% satisfaction in range")
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


async def _open(page: Page, menu: str) -> None:
    """By a key, and wait for what the eye waits for: a choice that can be moved."""
    await page.locator(f"[data-menu={menu}]").press("Enter")
    await expect(page.locator(".popup:popover-open :focus")).to_be_visible()
