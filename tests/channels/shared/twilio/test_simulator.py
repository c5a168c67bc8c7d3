"""The simulator answers as Twilio's description says, takes Twilio's own client, and plays its faults."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import jsonschema_rs
import pytest
from aiohttp import web
from twilio.base.exceptions import TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from channels.shared.twilio.simulator.app import Simulator
from channels.shared.twilio.simulator.carrier import Picture, Text
from channels.shared.twilio.simulator.faults import NAMES, Odds
from tests.channels.shared.twilio.provider import (
    ACCOUNT,
    SPECS,
    TEMPLATES,
    TEXT,
    TOKEN,
    WEI,
    WHATSAPP,
    provider,
    schema_of,
    spec,
)

BASE = "/2010-04-01/Accounts/{AccountSid}"
MESSAGES = f"{BASE}/Messages.json"
[TEMPLATE] = TEMPLATES


class Rehosted(AsyncTwilioHttpClient):  # type: ignore[misc]  # it ships no types
    """Twilio's own client, but for where Twilio is."""

    def __init__(self, there: str) -> None:
        super().__init__()
        self.there = there

    async def request(self, method: str, uri: str, *args: Any, **more: Any) -> Any:
        return await super().request(method, uri.replace("https://api.twilio.com", self.there), *args, **more)


class Hook:
    """Where webhooks come to: what was posted, and whether its signature was right."""

    def __init__(self) -> None:
        self.posts: list[dict[str, str]] = []
        self.answer = "<Response/>"
        self.takes = 0.0
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        await asyncio.sleep(self.takes)
        form = {name: str(value) for name, value in (await request.post()).items()}
        signed = request.headers["X-Twilio-Signature"]
        assert RequestValidator(TOKEN).validate(f"{self.url}{request.rel_url.path_qs[1:]}", form, signed)
        self.posts.append(form)
        return web.Response(text=self.answer, content_type="text/xml")

    async def open(self) -> web.AppRunner:
        app = web.Application()
        app.router.add_post("/{rest:.*}", self.take)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        return runner

    def states(self, sid: str) -> list[str]:
        return [post["MessageStatus"] for post in self.posts if post["MessageSid"] == sid and "MessageStatus" in post]


@pytest.fixture
async def hook() -> Any:
    made = Hook()
    runner = await made.open()
    yield made
    await runner.cleanup()


def test_twilios_description_is_there() -> None:
    assert (SPECS / "twilio_api_v2010.json").is_file(), "without it nothing holds the simulator to Twilio"


async def test_the_official_client_sends_fetches_lists_and_hears_what_is_refused(hook: Hook) -> None:
    async with provider() as simulator, Rehosted(simulator.url) as there:
        twilio = Client(ACCOUNT, TOKEN, http_client=there)
        sent = await twilio.messages.create_async(
            to=WEI, from_=TEXT, body="Come on Monday.", status_callback=f"{hook.url}report?message=1"
        )
        assert (sent.status, sent.direction, sent.num_segments) == ("queued", "outbound-api", "1")
        await simulator.settle()
        assert (await twilio.messages(sent.sid).fetch_async()).status == "delivered"
        assert sorted(hook.states(sent.sid)) == ["delivered", "sent"]
        for number in range(55):
            await twilio.messages.create_async(to=WEI, from_=TEXT, body=f"Number {number}")
        assert len(await twilio.messages.list_async(to=WEI, page_size=20)) == 56
        assert await twilio.messages.list_async(to="+15550142999") == []
        with pytest.raises(TwilioRestException) as why:
            await twilio.messages.create_async(to="12", from_=TEXT, body="x")
        assert (why.value.code, why.value.status) == (21211, 400)


async def test_every_answer_is_what_twilios_description_says() -> None:
    async with provider() as simulator, session(simulator) as http:
        picture = Picture("ME" + "0" * 32, "image/jpeg", b"\xff\xd8", simulator.now())
        simulator.carrier.incoming(sender=WEI, to=TEXT, body="Look", at=simulator.now(), media=[picture])
        await posted(http, To=WEI, From=TEXT, Body="您好")
        for number in range(3):
            await posted(http, To=f"+1555014{number:04}", From=TEXT, Body="Hello")
        await simulator.settle()
        await checked(http, "POST", "Messages.json", MESSAGES, "201", data={"To": WEI, "From": TEXT, "Body": "x"})
        page = await checked(http, "GET", "Messages.json?PageSize=2", MESSAGES, "200")
        assert len(page["messages"]) == 2
        assert page["next_page_uri"]
        sid = next(text.sid for text in simulator.carrier.texts.values() if text.media)
        await checked(http, "GET", f"Messages/{sid}.json", f"{BASE}/Messages/{{Sid}}.json", "200")
        of_message = f"{BASE}/Messages/{{MessageSid}}/Media"
        media = await checked(http, "GET", f"Messages/{sid}/Media.json", f"{of_message}.json", "200")
        assert [one["content_type"] for one in media["media_list"]] == ["image/jpeg"]
        await checked(http, "GET", f"Messages/{sid}/Media/{picture.sid}.json", f"{of_message}/{{Sid}}.json", "200")


async def test_what_we_send_stands_in_twilios_description() -> None:
    form = spec()["paths"][MESSAGES]["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    ours = {"To", "From", "Body", "MessagingServiceSid", "StatusCallback", "ContentSid", "ContentVariables"}
    assert ours <= form["properties"].keys()
    asked = {one["name"] for one in spec()["paths"][MESSAGES]["get"]["parameters"]}
    assert {"To", "From", "DateSent>", "PageSize"} <= asked


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"From": TEXT, "Body": "x"}, 21604),
        ({"To": WEI, "Body": "x"}, 21603),
        ({"To": WEI, "From": "+15550149999", "Body": "x"}, 21606),
        ({"To": WEI, "From": TEXT}, 21602),
        ({"To": WEI, "From": TEXT, "Body": "x" * 1601}, 21617),
        ({"To": TEXT, "From": TEXT, "Body": "x"}, 21266),
        ({"To": f"whatsapp:{WEI}", "From": TEXT, "Body": "x"}, 63007),
        ({"To": f"whatsapp:{WEI}", "From": WHATSAPP, "ContentSid": "HXnone"}, 21655),
        ({"To": f"whatsapp:{WEI}", "From": WHATSAPP, "ContentSid": TEMPLATE, "ContentVariables": "{}"}, 21656),
    ],
)
async def test_a_request_that_cannot_be_taken_says_why(form: dict[str, str], code: int) -> None:
    async with provider() as simulator, session(simulator) as http:
        status, page = await posted(http, **form)
        assert (status, page["code"], page["status"]) == (400, code, 400)


async def test_nobody_without_the_token_gets_in() -> None:
    async with (
        provider() as simulator,
        aiohttp.ClientSession() as http,
        http.get(f"{simulator.url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json") as answer,
    ):
        assert (answer.status, (await answer.json())["code"]) == (401, 20003)


async def test_a_citizen_writes_and_what_the_hook_answers_comes_back(hook: Hook) -> None:
    got: list[Text] = []
    hook.answer = "<Response><Message>We heard &amp; answer.</Message></Response>"
    async with provider(hook=f"{hook.url}in", arrived=got.append) as simulator:
        simulator.write(WEI, to=TEXT, body="Hello")
        await simulator.settle()
        await simulator.settle()
    assert [post["Body"] for post in hook.posts] == ["Hello"]
    assert [(text.to, text.body) for text in got] == [(WEI, "We heard & answer.")]


async def test_at_the_end_of_a_run_a_hook_that_is_slow_is_heard_out(hook: Hook) -> None:
    heard: list[int] = []
    hook.takes = 0.3
    async with provider(hook=f"{hook.url}in", told=lambda _url, status: heard.append(status)) as simulator:
        simulator.write(WEI, to=TEXT, body="Hello")
        await simulator.hear_out()
    assert heard == [200]


async def test_stop_blocks_and_start_lets_through_again() -> None:
    async with provider() as simulator, session(simulator) as http:
        simulator.carrier.incoming(sender=WEI, to=TEXT, body=" Stop ", at=simulator.now())
        assert (await posted(http, To=WEI, From=TEXT, Body="x"))[1]["code"] == 21610
        simulator.carrier.incoming(sender=WEI, to=TEXT, body="START", at=simulator.now())
        assert (await posted(http, To=WEI, From=TEXT, Body="x"))[0] == 201


async def test_free_words_go_by_whatsapp_only_after_they_wrote_and_approved_texts_always(hook: Hook) -> None:
    wei = f"whatsapp:{WEI}"
    async with provider() as simulator, session(simulator) as http:
        words = {"To": wei, "From": WHATSAPP, "StatusCallback": f"{hook.url}x"}
        _, late = await posted(http, **words, Body="Hello")
        _, template = await posted(http, **words, ContentSid=TEMPLATE, ContentVariables='{"1": "your permit"}')
        simulator.carrier.incoming(sender=wei, to=WHATSAPP, body="Hi", at=simulator.now())
        _, fresh = await posted(http, **words, Body="Hello")
        await simulator.settle()
        await simulator.settle()
    assert hook.states(late["sid"]) == ["failed"]
    assert next(post["ErrorCode"] for post in hook.posts if post["MessageSid"] == late["sid"]) == "63016"
    assert template["body"] == "About your permit: we have news. Answer here."
    assert sorted(hook.states(template["sid"])) == sorted(hook.states(fresh["sid"])) == ["delivered", "read", "sent"]


async def test_a_number_that_ends_with_an_error_meets_it(hook: Hook) -> None:
    async with provider() as simulator, session(simulator) as http:
        _, page = await posted(http, To="+15550130006", From=TEXT, Body="x", StatusCallback=f"{hook.url}x")
        await simulator.settle()
    assert sorted(hook.states(page["sid"])) == ["sent", "undelivered"]


@pytest.mark.parametrize(
    ("odds", "times"), [(Odds(duplicate=1), 2), (Odds(drop=1), 0), (Odds(delay=1), 1), (Odds(reorder=1), 1)]
)
async def test_webhooks_come_twice_late_or_never(odds: Odds, times: int, hook: Hook) -> None:
    async with provider(odds, hook=f"{hook.url}in") as simulator:
        simulator.write(WEI, to=TEXT, body="Hello")
        await simulator.settle()
    assert len(hook.posts) == times


@pytest.mark.parametrize(
    ("odds", "status", "kept"),
    [(Odds(down=1), 503, 0), (Odds(slower=1), 429, 0), (Odds(late_error=1), 500, 1)],
)
async def test_requests_are_refused_with_and_without_being_taken(odds: Odds, status: int, kept: int) -> None:
    async with provider(odds) as simulator, session(simulator) as http:
        assert (await posted(http, To=WEI, From=TEXT, Body="x"))[0] == status
        assert len(simulator.carrier.texts) == kept


def test_faults_are_named_and_a_little_of_all_can_be_had() -> None:
    assert Odds.of("duplicate=0.5, drop") == Odds(duplicate=0.5, drop=1.0)
    assert all(getattr(Odds.of("all"), name) for name in NAMES)
    with pytest.raises(ValueError, match="no such fault: rain"):
        Odds.of("rain=1")


def session(simulator: Simulator) -> aiohttp.ClientSession:
    base = f"{simulator.url}/2010-04-01/Accounts/{ACCOUNT}/"
    return aiohttp.ClientSession(base, headers={"Authorization": aiohttp.encode_basic_auth(ACCOUNT, TOKEN)})


async def posted(http: aiohttp.ClientSession, **form: str) -> tuple[int, Any]:
    async with http.post("Messages.json", data=form) as answer:
        return answer.status, await answer.json()


async def checked(http: aiohttp.ClientSession, method: str, path: str, described: str, status: str, **more: Any) -> Any:
    async with http.request(method, path, **more) as answer:
        page = await answer.json()
        assert answer.status == int(status), page
    jsonschema_rs.validate(schema_of(described, method.lower(), status), page)
    return page
