"""The wall: a screen without a person shows figures from afar, and goes dark when it is shut out; people are moved by key and hand."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.console import Desk, keep_picture
from tests.peers.chromium import barriers

pytestmark = pytest.mark.browser


async def board(desk: Desk, page: Page) -> None:
    await page.goto(f"{desk.service.url}/console/live")
    await expect(page.locator(".board tbody tr").first).to_be_visible()


async def test_a_screen_on_the_wall_is_let_in_reads_from_afar_and_is_shut_out(desk: Desk) -> None:
    page = await desk.sign_in("supervisor")
    await board(desk, page)
    await page.get_by_role("button", name="Wall").click()
    await page.get_by_role("button", name="Make an address").click()
    address = await page.get_by_role("dialog").locator("code").inner_text()
    wall = await desk.page(theme="dark")
    await wall.set_viewport_size({"width": 1920, "height": 1080})
    await wall.goto(address)
    await expect(wall.locator("tbody tr").first).to_be_visible()
    assert "#" not in wall.url, "the secret has left the address"
    assert await barriers(wall) == []
    assert await wall.evaluate("document.documentElement.scrollHeight <= innerHeight")
    figure = wall.locator(".top b").first
    assert float(await figure.evaluate("(one) => parseFloat(getComputedStyle(one).fontSize)")) >= 128
    small = await wall.locator("td b").evaluate_all(
        "(all) => Math.min(...all.map((one) => parseFloat(getComputedStyle(one).fontSize)))"
    )
    assert small >= 44
    await expect(wall.locator("h1 svg")).to_be_visible()
    rows = await wall.locator("tbody tr").evaluate_all("(all) => all.map((one) => one.offsetHeight)")
    assert max(rows) - min(rows) <= 2, "one that missed calls is no taller than the others"
    await keep_picture(wall, "wall-1920-dark-en")
    await wall.evaluate("localStorage.setItem('pref:theme', 'light'); localStorage.setItem('pref:language', 'zh')")
    light = await desk.page(theme="light", language="zh")
    await light.set_viewport_size({"width": 1920, "height": 1080})
    await light.goto(address)
    await expect(light.locator("tbody tr").first).to_be_visible()
    assert await barriers(light) == []
    beyond = await light.locator("td").evaluate_all(
        "(all) => all.filter((one) => one.scrollWidth > one.clientWidth).length"
    )
    assert beyond == 0, "how long somebody waits stays within its column"
    await keep_picture(light, "wall-1920-light-zh")
    await page.get_by_role("button", name="Shut all screens out").click()
    await expect(wall.get_by_text("This screen is not let in")).to_be_visible(timeout=40_000)


async def test_people_are_moved_by_key_and_by_hand_with_a_way_back(desk: Desk) -> None:
    theirs = await desk.sign_in("agent")
    await theirs.keyboard.press("Shift+A")
    page = await desk.sign_in("supervisor", width=1280)
    await board(desk, page)
    seat = page.locator(".seat", has_text="Anna Kowal")
    await seat.focus()
    await page.keyboard.press("Enter")
    await page.get_by_role("menuitem", name="Move to Property tax").click()
    await expect(page.get_by_text("serves Property tax too").first).to_be_visible()
    await page.get_by_role("button", name="Undo").last.click()
    await expect(page.get_by_text("serves their own teams again").first).to_be_visible()
    row = page.locator(".board tbody tr", has_text="Registrar")
    await page.locator(".board li", has_text="Anna Kowal").drag_to(row)
    await expect(page.get_by_text("serves Registrar too").first).to_be_visible()
    assert await barriers(page) == []


async def test_who_did_not_answer_asks_for_a_supervisor_who_mends_it_from_there(desk: Desk) -> None:
    theirs = await desk.sign_in("agent")
    await theirs.keyboard.press("Shift+A")
    page = await desk.sign_in("supervisor")
    await board(desk, page)
    await page.evaluate(AWAY, await page.evaluate("fetch('/api/v1/agents').then((said) => said.json())"))
    needs = page.get_by_role("region", name="Needs you")
    await expect(needs.get_by_text("did not answer")).to_be_visible()
    assert await barriers(page) == []
    await keep_picture(page, "board-needs")
    await needs.get_by_role("button", name="Set to Available").click()
    await expect(page.locator(".seat", has_text="Anna Kowal").locator("[data-tone='away']")).to_have_count(0)


AWAY = """async ({ items }) => {
  const { csrf } = await (await fetch("/api/v1/session")).json();
  const anna = items.find((one) => one.name === "Anna Kowal");
  const body = JSON.stringify({ duty: "away", reason: "no answer" });
  const headers = { "Content-Type": "application/json", "X-CSRF-Token": csrf };
  await fetch(`/api/v1/agents/${anna.id}/state`, { method: "PUT", headers, body });
}"""
