"""What we owe people, in the console: a hold, an export, forgetting; periods with a dry run; a table looked at first."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.console import Desk, keep_picture
from tests.peers.chromium import barriers

pytestmark = pytest.mark.browser
LOOKS = [("light", "en", 1440), ("dark", "zh", 1024)]
TABLE = "\ufeff姓名;邮箱;电话\n王伟;wang.wei@homeline.example;+1 202 555 0142\n李娜;not a mail;\n".encode()

NO_MAIL = {"en": "“not a mail” is no mail address.", "zh": "“not a mail”不是邮箱地址。"}


async def open_person(desk: Desk, page: Page, typed: str, name: str) -> None:
    await page.goto(f"{desk.service.url}/console/customers")
    await page.locator("main input[type=search]").fill(typed)
    await page.get_by_role("button", name=name).first.click()
    await expect(page.locator("#privacy")).to_be_visible()


async def test_a_person_is_held_exported_and_forgotten_and_a_colleagues_screen_drops_them(
    desk: Desk,
) -> None:
    page, other = await desk.sign_in("admin"), await desk.sign_in("supervisor")
    for one in (page, other):
        await open_person(desk, one, "0142", "张薇 Wei Zhang")
    await page.get_by_role("button", name="Legal hold").click()
    assert await barriers(page) == []
    await page.get_by_label("Why it must be kept").fill("Court file 12")
    await page.get_by_role("dialog").get_by_role("button", name="Legal hold").click()
    await expect(other.get_by_text("Court file 12")).to_be_visible()
    await expect(page.get_by_role("button", name="Erase…")).to_be_disabled()
    await keep_picture(page, "privacy-held")
    await page.get_by_role("button", name="Lift").click()
    await page.get_by_role("button", name="Export everything").click()
    button = page.get_by_role("button", name="Download export")
    async with page.expect_download() as download:
        await button.click()
    assert (await download.value).suggested_filename.endswith(".zip")
    await expect(button).to_be_hidden()
    await page.get_by_role("button", name="Erase…").click()
    await expect(page.get_by_role("button", name="Erase for good")).to_be_disabled()
    await keep_picture(page, "privacy-erase")
    assert await barriers(page) == []
    await page.get_by_label("I understand").check()
    await page.get_by_role("button", name="Erase for good").click()
    await expect(page.get_by_text("onestop erase --finish")).to_be_visible()
    await expect(other.get_by_role("heading", level=1, name="张薇 Wei Zhang")).to_be_hidden()
    assert desk.complaints == []


@pytest.mark.parametrize(("theme", "language", "width"), LOOKS)
async def test_periods_are_set_and_a_dry_run_says_what_would_go(
    desk: Desk, theme: str, language: str, width: int
) -> None:
    page = await desk.sign_in("admin", theme=theme, language=language, width=width)
    await page.goto(f"{desk.service.url}/console/admin/retention")
    field = page.locator("tbody input").first
    await field.fill("7")
    await field.press("Enter")
    await expect(page.locator("tbody form button").first).to_be_disabled()
    await page.locator(".dry button").first.click()
    await expect(page.locator(".dry [role=status]")).to_be_visible()
    await keep_picture(page, f"retention-{theme}-{language}")
    assert await barriers(page) == []
    assert desk.complaints == []


@pytest.mark.parametrize(("theme", "language", "width"), LOOKS)
async def test_a_table_is_looked_at_brought_in_and_reported(desk: Desk, theme: str, language: str, width: int) -> None:
    page = await desk.sign_in("admin", theme=theme, language=language, width=width)
    await page.goto(f"{desk.service.url}/console/admin/import")
    await page.locator("input[type=file]").set_input_files(
        {"name": "people.csv", "mimeType": "text/csv", "buffer": TABLE}
    )
    section = page.locator("section[aria-labelledby=columns]")
    await expect(section.get_by_text(NO_MAIL[language]).last).to_be_visible()
    await keep_picture(page, f"import-{theme}-{language}")
    assert await barriers(page) == []
    await section.locator("button.primary").click()
    report = page.locator("tbody a[download]").first
    answer = await page.request.get(f"{desk.service.url}{await report.get_attribute('href')}")
    assert answer.headers["content-type"].startswith("text/csv")
    await expect(page.locator("tbody tr").first.locator("td.end").nth(2)).to_have_text("1")
    assert desk.complaints == []
