"""Signing in and out, and what a browser may send."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address
from statistics import median

import pytest

from crm_core.actions import accounts
from crm_core.queries import accounts as account_queries
from gateway.house import GATEWAY
from gateway.http import limits, who
from gateway.http.errors import Slower
from gateway.http.limits import Limiter
from gateway.http.parts import PARTS
from tests.gateway.http.site import OPERATOR, Person, Site
from tests.world import ADA, ANNA, BEN

PASSWORD = "four horses under a lamp"


async def with_password(site: Site) -> None:
    hashed = await site.server.app[PARTS].passwords.hashed(PASSWORD)
    await site.desk.do(OPERATOR, accounts.set_password, ANNA, password=hashed)


async def link_for(site: Site, *, lasts: timedelta = timedelta(hours=1)) -> str:
    secret = who.secret()
    await site.desk.do(OPERATOR, accounts.make_link, ANNA, digest=who.digest(secret), lasts=lasts)
    return secret


async def test_a_password_opens_a_session_and_a_wrong_one_does_not(site: Site) -> None:
    await with_password(site)
    browser = await site.nobody()
    assert (await browser.post("session", {"email": "anna@larkhaven.example", "password": "wrong"})).status == 401
    said = await browser.post("session", {"email": " Anna@Larkhaven.example", "password": PASSWORD})
    assert (said.status, said.body["agent"]["id"]) == (200, ANNA)
    assert {"staff", "a:anna", "role:agent", "q:q-parking"} == set(said.body["scope"])
    cookie = said.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert PASSWORD not in str(said.headers) + str(said.body)
    assert (await browser.get("session")).body["agent"]["id"] == ANNA


async def test_somebody_unknown_and_a_wrong_password_are_told_alike(small: Site) -> None:
    await with_password(small)
    browser = await small.nobody()
    known = await browser.post("session", {"email": "anna@larkhaven.example", "password": "wrong"})
    unknown = await browser.post("session", {"email": "nobody@larkhaven.example", "password": "wrong"})
    without = await browser.post("session", {"email": "ben@larkhaven.example", "password": "wrong"})
    assert known.status == unknown.status == without.status == 401
    assert known.raw == unknown.raw == without.raw


@pytest.mark.parametrize("tries", [16, pytest.param(200, marks=pytest.mark.long)])
async def test_how_long_the_answer_takes_does_not_tell_who_has_an_account(
    small: Site, tries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked in turn, so that a busy machine slows both alike; how often one is slower than the other is compared."""
    monkeypatch.setattr(limits, "FAILURES", 10 * tries)
    await with_password(small)
    browser = await small.nobody()
    took: dict[str, list[float]] = {"anna": [], "nobody": []}
    for number in range(2 * tries):
        name = "anna" if (number // 2 + number) % 2 else "nobody"
        began = time.perf_counter()
        said = await browser.post("session", {"email": f"{name}@larkhaven.example", "password": f"wrong {number}"})
        took[name].append(time.perf_counter() - began)
        assert said.status == 401
    slower = sum(known > unknown for known in took["anna"] for unknown in took["nobody"]) / tries**2
    chance = ((2 * tries + 1) / (12 * tries**2)) ** 0.5  # one standard deviation of a fair coin (Mann and Whitney 1947)
    print({name: f"{median(times) * 1000:.1f} ms" for name, times in took.items()}, f"slower in {slower:.0%}")
    assert abs(slower - 0.5) < 4 * chance


async def test_after_ten_wrong_passwords_one_has_to_wait_and_a_colleague_has_not(small: Site) -> None:
    await with_password(small)
    browser = await small.nobody()
    for _ in range(10):
        assert (await browser.post("session", {"email": "ben@larkhaven.example", "password": "x"})).status == 401
    slower = await browser.post("session", {"email": "ben@larkhaven.example", "password": "x"})
    assert slower.status == 429
    assert int(slower.headers["Retry-After"]) > 0
    assert (await browser.post("session", {"email": "anna@larkhaven.example", "password": PASSWORD})).status == 200


async def test_from_outside_many_wrong_passwords_for_many_accounts_are_slowed_too() -> None:
    limiter, client = Limiter(clock=lambda: 0.0), ip_address("9.9.9.9")
    for number in range(limits.FAILURES_OF_A_PLACE):
        tries = limits.who_tries(f"account {number}", client=client)
        limits.guard_sign_in(limiter, tries)
        limits.count_failure(limiter, tries)
    with pytest.raises(Slower):
        limits.guard_sign_in(limiter, limits.who_tries("one more", client=client))
    limits.guard_sign_in(limiter, limits.who_tries("one more", client=ip_address("10.0.0.1")))


async def test_a_link_opens_a_session_once(site: Site) -> None:
    browser, secret = await site.nobody(), await link_for(site)
    assert (await browser.get(f"/console/sign-in?link={secret}")).status in (200, 503)
    assert (await browser.post("session", {"link": secret})).status == 200
    again = await browser.post("session", {"link": secret})
    unknown = await browser.post("session", {"link": "nothing"})
    assert (again.status, unknown.status) == (410, 410)
    assert again.raw == unknown.raw


async def test_a_link_used_by_many_at_once_opens_one_session(site: Site) -> None:
    secret = await link_for(site)
    browsers = [await site.nobody() for _ in range(10)]
    answers = await asyncio.gather(*(browser.post("session", {"link": secret}) for browser in browsers))
    assert sorted(answer.status for answer in answers) == [200, *[410] * 9]


async def test_a_late_link_opens_nothing(site: Site) -> None:
    browser, secret = await site.nobody(), await link_for(site)
    site.world.clock.pass_(hours=2)
    assert (await browser.post("session", {"link": secret})).status == 410


async def test_signing_in_again_ends_the_session_this_browser_had(site: Site) -> None:
    browser = await site.nobody()
    await browser.post("session", {"link": await link_for(site)})
    before = [cookie.value for cookie in browser.http.cookie_jar]
    await browser.post("session", {"link": await link_for(site)})
    after = [cookie.value for cookie in browser.http.cookie_jar]
    assert before != after
    assert await site.desk.ask(GATEWAY, account_queries.session, who.digest(before[0])) is None


@pytest.mark.parametrize(("hours", "status"), [(7, 200), (9, 401)])
async def test_a_session_nobody_uses_runs_out(small: Site, hours: int, status: int) -> None:
    anna = await small.person(ANNA)
    small.world.clock.pass_(hours=hours)
    assert (await anna.get("session")).status == status


async def test_a_session_ends_after_a_day_however_busy(small: Site) -> None:
    anna = await small.person(ANNA)
    for _ in range(7):
        assert (await anna.get("session")).status == 200
        small.world.clock.pass_(hours=3.5)
    assert (await anna.get("session")).status == 401


async def test_signing_out_ends_the_session_and_its_socket(site: Site) -> None:
    anna, elsewhere = await site.person(ANNA), await site.person(ANNA)
    async with anna.line() as line, elsewhere.line() as other:
        assert (await anna.delete("session")).status == 204
        assert await line.closed() == 4001
        assert (await anna.get("session")).status == 401
        assert (await elsewhere.get("session")).status == 200
        assert not other.ws.closed


async def test_a_change_from_a_browser_needs_its_token_and_our_own_page(small: Site) -> None:
    anna = await small.person(ANNA)
    good = dict(anna.headers)
    anna.headers = {}
    assert (await anna.put("agents/me/state", {"duty": "busy"})).status == 403
    anna.headers = {"X-CSRF-Token": "guessed"}
    assert (await anna.put("agents/me/state", {"duty": "busy"})).status == 403
    anna.headers = good
    for header, value in {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}.items():
        assert (await anna.put("agents/me/state", {"duty": "busy"}, headers={header: value})).status == 403
    own = str(small.server.make_url("")).rstrip("/")
    assert (await anna.put("agents/me/state", {"duty": "busy"}, headers={"Origin": own})).status == 200


async def test_another_site_cannot_sign_a_browser_in(small: Site) -> None:
    browser = await small.nobody()
    said = await browser.post("session", {"link": await link_for(small)}, headers={"Origin": "https://evil.example"})
    assert said.status == 403


async def test_a_token_needs_no_csrf_and_ends_when_revoked(site: Site) -> None:
    program, ada = await site.program(ANNA), await site.person(ADA)
    assert (await program.put("agents/me/state", {"duty": "busy"})).status == 200
    listed = (await ada.get("tokens")).body["items"]
    async with program.line() as line:
        assert (await ada.delete(f"tokens/{listed[0]['id']}")).status == 204
        assert await line.closed() == 4001
    assert (await program.get("session")).status == 401


async def test_a_token_narrowed_to_reading_changes_nothing(small: Site) -> None:
    program = await small.program(ANNA, "read")
    assert (await program.get("tickets")).status == 200
    assert (await program.put("agents/me/state", {"duty": "busy"})).status == 403


async def test_a_late_token_opens_nothing(small: Site) -> None:
    program = await small.program(ANNA, lasts=timedelta(days=1))
    assert (await program.get("session")).status == 200
    small.world.clock.pass_(days=2)
    assert (await program.get("session")).status == 401


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer ", "Bearer ons_", "Basic YW5uYTp4", "bearer x" + "y" * 300])
async def test_an_empty_or_odd_token_is_nobody(small: Site, given: str) -> None:
    browser = await small.nobody()
    assert (await browser.get("session", headers={"Authorization": given})).status == 401


async def test_changing_a_password_asks_for_the_old_one_and_ends_other_sessions(site: Site) -> None:
    await with_password(site)
    anna, elsewhere = await site.person(ANNA), await site.person(ANNA)
    async with elsewhere.line() as line:
        fresh = "seven lamps under a horse"
        wrong = await anna.put("session/password", {"current": "no", "password": fresh})
        short = await anna.put("session/password", {"current": PASSWORD, "password": "short"})
        assert [wrong.body["errors"][0]["field"], short.body["errors"][0]["field"]] == ["current", "password"]
        assert (await anna.put("session/password", {"current": PASSWORD, "password": fresh})).status == 204
        assert await line.closed() == 4001
    assert (await anna.get("session")).status == 200
    assert (await elsewhere.get("session")).status == 401


@pytest.mark.parametrize("changes", [{"role": "supervisor"}, {"active": False}])
async def test_a_new_role_or_a_closed_account_ends_every_session_and_socket(
    site: Site, changes: dict[str, object]
) -> None:
    anna, ada = await site.person(ANNA), await site.person(ADA)
    async with anna.line() as line:
        assert (await ada.ask("PATCH", f"users/{ANNA}", changes)).status == 200
        assert await line.closed() == 4001
    assert (await anna.get("session")).status == 401


async def test_somebody_lists_and_ends_their_own_sessions_but_nobody_elses(small: Site) -> None:
    anna, elsewhere, ben = await small.person(ANNA), await small.person(ANNA), await small.person(BEN)
    items = (await anna.get("sessions")).body["items"]
    other = next(item["id"] for item in items if not item["current"])
    assert len(items) == 2
    assert (await ben.delete(f"sessions/{other}")).status == 404
    assert (await anna.delete(f"sessions/{other}")).status == 204
    assert (await elsewhere.get("session")).status == 401


async def test_the_cookie_is_bound_to_the_host_where_we_are_reached_by_https(small: Site) -> None:
    secure = replace(small.settings, public_url="https://help.larkhaven.example")
    assert who.cookie_name(secure) == "__Host-onestop"
    assert who.cookie_name(small.settings) == "onestop"


async def test_the_last_admin_stays(small: Site) -> None:
    ada = await small.person(ADA)
    assert (await ada.ask("PATCH", f"users/{ADA}", {"role": "agent"})).status == 409
    assert (await ada.ask("PATCH", f"users/{ADA}", {"active": False})).status == 409


async def test_headers_of_strange_proxies_say_nothing_about_who_asks(small: Site) -> None:
    browser: Person = await small.nobody()
    odd = {"X-Remote-User": "ada", "X-Forwarded-For": "10.0.0.1", "X-Forwarded-User": "ada", "Remote-User": "ada"}
    assert (await browser.get("session", headers=odd)).status == 401
