"""With little room nothing of the console's pages lies beyond the edge: a control there is one that nobody finds."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

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
        await keep_picture(page, f"narrow{path.replace('/', '-')}")
    await page.goto(f"{desk.service.url}/console/admin/services/resident-permit")
    await page.get_by_role("tab", name="Form").click()
    await expect(page.get_by_role("button", name="Move down").first).to_be_visible()
    assert await page.evaluate(BEYOND) == [], "a question that is edited"
    await keep_picture(page, "narrow-question")
    assert desk.complaints == []
