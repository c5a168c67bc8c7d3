"""How did we do? From the mail that solves it to the page without script, the thread, and the list of the unhappy."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.browser.console import Desk, keep_picture, open_ticket
from tests.peers.chromium import barriers

pytestmark = pytest.mark.browser

HERE = "/console/reports/feedback"


async def test_a_mail_asks_its_reader_says_so_and_whoever_works_there_sees_it_at_once(desk: Desk) -> None:
    agent = await desk.sign_in("supervisor")
    await desk.mail("Lift stuck on floor two", "It is stuck again.", to="hello@larkhaven.example")
    await agent.goto(f"{desk.service.url}/console/queue/city-hall-desk")
    await expect(agent.get_by_text("Lift stuck on floor two").first).to_be_visible()
    await open_ticket(agent, "Lift stuck on floor two")
    await agent.locator(".composer textarea").fill("It is mended.")
    await expect(agent.get_by_role("region", name="If this solves it, they are asked")).to_contain_text(
        "How did we do?"
    )
    await keep_picture(agent, "feedback-foretold-light-en")
    await agent.keyboard.press("Control+Shift+Enter")
    link = await asked(desk)

    citizen = await desk.page()
    await citizen.goto(desk.service.url + link)
    assert await barriers(citizen) == []
    await keep_picture(citizen, "feedback-page-light-en")
    await citizen.get_by_label("Dissatisfied", exact=True).check(force=True)
    await citizen.get_by_label("Anything to add?").fill("Three days on the stairs.")
    await citizen.get_by_role("button", name="Send").click()
    await expect(citizen.get_by_role("status")).to_contain_text("Thank you")
    assert await barriers(citizen) == []

    said = agent.locator("[role=feed] article", has_text="2 of 5, dissatisfied")
    await expect(said).to_contain_text("Three days on the stairs.")
    assert await barriers(agent) == []
    await keep_picture(agent, "feedback-thread-light-en")
    await agent.goto(desk.service.url + HERE)
    await expect(agent.locator("tbody tr").first).to_contain_text("Three days on the stairs.")
    await expect(agent.get_by_role("heading", name="Who asks")).to_have_count(0)
    await keep_picture(agent, "feedback-light-en")
    await an_admin_says_there_who_asks(desk)
    assert desk.complaints == []


async def an_admin_says_there_who_asks(desk: Desk) -> None:
    """In Chinese and dark, where the page is narrow."""
    admin = await desk.sign_in("admin", theme="dark", language="zh", width=1024)
    await admin.goto(desk.service.url + HERE)
    await expect(admin.get_by_role("switch").first).to_be_visible()
    assert await barriers(admin) == []
    await keep_picture(admin, "feedback-dark-zh")
    await admin.get_by_role("switch").first.scroll_into_view_if_needed()
    await keep_picture(admin, "feedback-asking-dark-zh")
    switch = admin.get_by_role("switch").first
    was = await switch.is_checked()
    await switch.click()
    await expect(switch).to_be_checked(checked=not was)


async def asked(desk: Desk) -> str:
    """The path of the link in the mail that left last."""
    for count in range(1, 9):
        mails = await desk.sink.wait_for(count, seconds=20)
        if found := re.search(r"/feedback/[0-9a-z]{51}", mails[-1].parsed.get_body(("plain",)).get_content()):  # type: ignore[union-attr]
            return found[0]
    raise AssertionError("no mail asks")
