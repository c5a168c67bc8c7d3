"""An admin opens doors: makes an inbox, tells its provider, tests it the whole way round; gives and takes keys; an agent writes down a wish."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from channels.shared.twilio.simulator.carrier import Number
from tests.browser.console import Desk, keep_picture, open_ticket
from tests.channels.shared.twilio.provider import ACCOUNT, TOKEN, provider
from tests.peers.chromium import barriers

pytestmark = pytest.mark.browser
OURS = "+15550140777"


async def fill(page: Page, label: str, value: str) -> None:
    await page.get_by_label(label, exact=True).fill(value)


async def test_a_number_for_texts_is_made_told_to_its_provider_and_tested_the_whole_way_round(desk: Desk) -> None:
    page = await desk.sign_in("admin")
    await page.goto(f"{desk.service.url}/console/admin/inboxes/new")
    await expect(page.get_by_role("link", name="Text A number at Twilio")).to_be_visible()
    await keep_picture(page, "inboxes-choose-light-en")
    await page.get_by_role("link", name="Text A number at Twilio").click()
    async with provider() as simulator:
        simulator.carrier.numbers[OURS] = Number(OURS, "https://old.example/texts", TOKEN)
        await fill(page, "Name", "City by text")
        await fill(page, "Account SID", "twilio")
        await page.get_by_text("Rarely needed").click()
        await fill(page, "Another address of Twilio's", simulator.url)
        await fill(page, "Auth token", TOKEN)
        await page.get_by_role("button", name="Create inbox").click()
        await expect(page.locator("[data-field=number]")).to_contain_text("This is needed.")
        await expect(page.get_by_label("Number", exact=True)).to_be_focused()
        await fill(page, "Number", OURS)
        await page.keyboard.press("Control+s")
        await expect(page.locator("[data-field=account_sid]")).to_contain_text("An Account SID begins with AC")
        await keep_picture(page, "inboxes-wrong-light-en")
        await fill(page, "Account SID", ACCOUNT)
        await page.keyboard.press("Control+s")

        trial = page.get_by_role("region", name="Test")
        await expect(page.get_by_text("Its address was never called.")).to_be_visible()
        await trial.get_by_role("button", name="Test").click()
        await expect(trial).to_contain_text("1 step needs mending")
        await expect(trial).to_contain_text("passed on elsewhere")
        await expect(trial).to_contain_text("set “A message comes in” to")
        await keep_picture(page, "inboxes-test-ill-light-en")
        hook = await page.locator(".told code").first.inner_text()
        simulator.carrier.numbers[OURS] = Number(OURS, hook, TOKEN)
        await trial.get_by_role("button", name="Test again").click()
        await expect(trial).to_contain_text("All steps are well")
        simulator.write("+15550142001", to=OURS, body="The lamp is dark")
        await expect(page.get_by_text("Works", exact=True)).to_be_visible()
        assert await barriers(page) == []
        await keep_picture(page, "inboxes-well-light-en")

        assert TOKEN not in await page.content()
        await page.get_by_role("button", name="Replace: Auth token").click()
        await page.locator("[data-field=auth_token] input").fill("another token altogether")
        await page.get_by_role("button", name="Save").click()
        await expect(page.locator(".toast").last).to_contain_text("Saved")
        await trial.get_by_role("button", name="Test again").click()
        await expect(trial).to_contain_text("Twilio does not accept")
        await expect(trial).to_contain_text("Not looked at")
    await page.get_by_role("button", name="Close inbox").click()
    await expect(page.get_by_text("Closed: nothing comes in or leaves.")).to_be_visible()
    assert [one for one in desk.complaints if "422" not in one] == []


async def test_a_key_is_shown_once_and_taken_back_and_a_wish_is_written_down(desk: Desk) -> None:
    page = await desk.sign_in("admin", theme="dark", language="zh", width=1024)
    await page.goto(f"{desk.service.url}/console/admin/keys")
    apps = page.get_by_role("region", name="他人的应用")
    await apps.get_by_role("button", name="新建应用密钥").click()
    await fill_in_dialog(page, "Street app")
    secret = await page.locator("dialog code").inner_text()
    assert secret.startswith("onk_")
    await keep_picture(page, "keys-once-dark-zh")
    await page.get_by_role("button", name="完成").click()
    await expect(apps.get_by_role("row", name="Street app")).to_contain_text("从未")
    assert secret not in await page.content()
    await page.get_by_role("region", name="自己的程序").get_by_role("button", name="新建令牌").click()
    await fill_in_dialog(page, "Report robot")
    await page.get_by_role("button", name="完成").click()
    assert await barriers(page) == []
    await keep_picture(page, "keys-dark-zh")
    await apps.get_by_role("button", name="撤销: Street app").click()
    await page.locator("dialog").get_by_role("button", name="撤销").click()
    await expect(apps.get_by_role("row", name="Street app")).to_contain_text("已撤销")

    agent = await desk.sign_in("agent")
    await open_ticket(agent, "Resident permit renewal")
    panel = agent.get_by_role("region", name="Consent to messages")
    await panel.get_by_role("button", name="Write down a wish").click()
    await agent.get_by_label("How do you know?").fill("Told me on the telephone.")
    await agent.get_by_role("button", name="Write down", exact=True).click()
    await expect(panel).to_contain_text("No more messages")
    await expect(panel).to_contain_text("Told me on the telephone.")
    assert await barriers(agent) == []
    await panel.scroll_into_view_if_needed()
    await keep_picture(agent, "consents-light-en")
    assert desk.complaints == []


async def fill_in_dialog(page: Page, name: str) -> None:
    await page.locator("dialog input").first.fill(name)
    await page.locator("dialog").get_by_role("button", name="创建").click()
