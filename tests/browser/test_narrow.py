"""With little room nothing of the console's pages lies beyond the edge: a control there is one that nobody finds."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.console import Desk, keep_picture

pytestmark = pytest.mark.browser

AROUND = ("/console/inbox", "/console/view/", "/console/queue/")
BEYOND = """() => {
  const rolls = (one) => one.closest(".roll, .rolls, .wide");
  const beyond = (one) => { const box = one.getBoundingClientRect(); return box.width > 1 && (box.left < -1 || box.right > innerWidth + 1); };
  const controls = [...document.querySelectorAll(".page :is(button, a, input, select, textarea, summary)")];
  const wide = [document.documentElement, document.querySelector(".page")].filter((one) => one.scrollWidth > one.clientWidth);
  return [...wide, ...controls.filter((one) => beyond(one) && !rolls(one))].map((one) => one.innerText?.slice(0, 30) || one.tagName);
}"""


TOUCHING = """(all) => all.map((one) => one.getBoundingClientRect()).filter((box, at, boxes) =>
  at && box.top === boxes[at - 1].top && box.left > boxes[at - 1].left && box.left < boxes[at - 1].right + 2).length"""


async def test_no_page_and_no_control_of_one_lies_beyond_the_edge_of_a_narrow_screen(desk: Desk) -> None:
    page = await desk.sign_in("admin", width=720)
    found = await page.locator("nav.nav a").evaluate_all("(all) => all.map((one) => one.getAttribute('href'))")
    paths = [path for path in found if not path.startswith(AROUND)]
    assert len(paths) > 20
    for path in paths:
        await page.locator(f"nav.nav a[href='{path}']").press("Enter")
        await expect(page.locator(".page :is(h1, h2, input)").first).to_be_visible()
        await expect(page.locator(".page > .empty[role=status]")).to_have_count(0)
        await page.wait_for_timeout(100)  # what the page asks for comes after it
        for width in (720, 400):
            await page.set_viewport_size({"width": width, "height": 900})
            assert await page.evaluate(BEYOND) == [], f"{path} at {width}"
        touching = await page.locator(":is(.scale, .axis) > span").evaluate_all(TOUCHING)
        assert touching == 0, f"the numbers of a scale run into each other: {path}"
        assert path != "/console/admin/units" or "Open tickets" in await _heading(page)
        await keep_picture(page, f"narrow{path.replace('/', '-')}")
    await page.goto(f"{desk.service.url}/console/admin/services/resident-permit")
    await page.get_by_role("tab", name="Form").click()
    await expect(page.get_by_role("button", name="Move down").first).to_be_visible()
    assert await page.evaluate(BEYOND) == [], "a question that is edited"
    await keep_picture(page, "narrow-question")
    assert desk.complaints == []


async def _heading(page: Page) -> str:
    """What stands before the number in a row of the table that has become a block."""
    cell = page.locator("tbody td.num").first
    return str(await cell.evaluate("(one) => getComputedStyle(one, '::before').content"))


async def test_a_ticket_keeps_its_title_on_a_telephone_and_an_open_menu_comes_along_when_the_window_shrinks(
    desk: Desk,
) -> None:
    page = await desk.sign_in("agent")
    await page.goto(f"{desk.service.url}/console/queue/parking")
    await page.locator(".list [role=option], .list li").first.click()
    title = page.locator("#ticket h2").first
    await expect(title).to_be_visible()
    await page.locator("[data-menu=more]").click()
    menu = page.locator(".popup:popover-open")
    await page.set_viewport_size({"width": 400, "height": 640})
    await expect(menu).to_be_in_viewport(ratio=1)
    await page.keyboard.press("Escape")
    await title.evaluate(
        "(one, words) => { one.firstChild.data = words }", "The bin of number nine was not emptied. " * 2
    )
    cut = await title.evaluate("(one) => one.scrollWidth > one.clientWidth || one.scrollHeight > one.clientHeight")
    assert not cut
    assert await _height_of_what_they_wrote(page) > 160, "until somebody writes, there is room for it"
    await keep_picture(page, "narrow-title")
    await page.locator(".composer textarea").click()
    await page.keyboard.type("Dear citizen,")
    assert await _height_of_what_they_wrote(page) > 72, "it stays in sight above what one writes"
    await keep_picture(page, "narrow-writing")


async def test_the_panel_of_a_promise_keeps_within_a_window_that_shrinks(desk: Desk) -> None:
    page = await desk.sign_in("agent")
    await page.goto(f"{desk.service.url}/console/queue/parking")
    await page.locator(".list [role=option], .list li").first.click()
    await page.locator("#ticket button.chip.num").focus()
    panel = page.get_by_role("tooltip")
    await expect(panel.locator(".line.t2")).to_be_visible()
    await expect(panel).to_be_in_viewport(ratio=1)
    await page.set_viewport_size({"width": 400, "height": 640})
    await expect(panel).to_be_in_viewport(ratio=1)


async def _height_of_what_they_wrote(page: Page) -> float:
    box = await page.locator("[role=feed]").locator("xpath=..").bounding_box()
    return box["height"] if box else 0.0
