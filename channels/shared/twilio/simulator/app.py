"""Twilio's REST interface over HTTP, and its webhooks to us, signed with the account's token."""

import asyncio
import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from html import unescape
from typing import Any

import aiohttp
from aiohttp import web
from multidict import MultiDictProxy
from twilio.request_validator import RequestValidator

from channels.shared.twilio.naming import PREFIX
from channels.shared.twilio.simulator import telephony
from channels.shared.twilio.simulator.carrier import Carrier, Number, Picture, Refused, Text, next_states
from channels.shared.twilio.simulator.exchange import Exchange
from channels.shared.twilio.simulator.faults import Dice, Odds

VERSION = "/2010-04-01/Accounts/{account}"
_SAID = re.compile(r"<Message[^>]*>(?:<Body>)?(.*?)(?:</Body>)?</Message>", re.DOTALL)
_GIVES_UP = aiohttp.ClientTimeout(total=15, connect=5)

Now = Callable[[], datetime]


def utc_now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


@dataclass
class Simulator:
    """One account. `pace` is how many seconds a message takes from state to state, `scale` how long a second of a call takes; `arrived` what citizens got."""

    carrier: Carrier
    odds: Odds = field(default_factory=Odds)
    seed: int = 1
    pace: float = 0.05
    now: Now = utc_now
    arrived: Callable[[Text], None] = lambda _text: None
    told: Callable[[str, int], None] = lambda _what, _status: None
    url: str = ""
    hang: float = 60.0
    scale: float = 1.0

    def __post_init__(self) -> None:
        self.dice = Dice(self.odds, seed=self.seed)
        self._tasks: set[asyncio.Task[None]] = set()
        self._asking: set[asyncio.Future[None]] = set()
        self.exchange = Exchange(self, scale=self.scale)
        self._runner: web.AppRunner | None = None
        self._session: aiohttp.ClientSession | None = None

    async def open(self, *, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen; where."""
        self._session = aiohttp.ClientSession(timeout=_GIVES_UP)
        self._runner = web.AppRunner(self.app(), access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        [address] = self._runner.addresses
        self.url = f"http://{host}:{address[1]}"
        return self.url

    async def close(self) -> None:
        """Hang up at once, whatever is on its way."""
        while self._tasks:  # who is cut off may have more to say: nobody hears it
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def hear_out(self) -> None:
        """Until each hook that is being called has answered, or kept us waiting for as long as Twilio waits."""
        await asyncio.sleep(0)  # what was begun in this very moment has called by then
        if self._asking:
            await asyncio.wait(set(self._asking))

    async def settle(self) -> None:
        """Until nothing is on its way any more."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def app(self) -> web.Application:
        """The interface; each request must carry the account's name and token."""
        app = web.Application(middlewares=[self._judged])
        app.router.add_post(f"{VERSION}/Messages.json", self._create)
        app.router.add_get(f"{VERSION}/Messages.json", self._list)
        app.router.add_get(f"{VERSION}/Messages/{{sid}}.json", self._fetch)
        app.router.add_get(f"{VERSION}/IncomingPhoneNumbers.json", self._numbers)
        app.router.add_post(f"{VERSION}/Messages/{{sid}}.json", self._change)
        app.router.add_delete(f"{VERSION}/Messages/{{sid}}.json", self._delete)
        app.router.add_get(f"{VERSION}/Messages/{{sid}}/Media.json", self._media)
        app.router.add_get(f"{VERSION}/Messages/{{sid}}/Media/{{file}}.json", self._medium)
        app.router.add_get(f"{VERSION}/Messages/{{sid}}/Media/{{file}}", self._content)
        telephony.mount(app, self.exchange)
        return app

    # ------------------------------------------------------------ citizens

    def write(
        self, sender: str, *, to: str, body: str, more: Mapping[str, str] | None = None, media: tuple[Picture, ...] = ()
    ) -> Text:
        """A citizen writes: kept, and our hook is called."""
        text = self.carrier.incoming(sender=sender, to=to, body=body, at=self.now(), media=media)
        number = self.carrier.numbers[to]
        self.later(self._told_of(text, number, more or {}))
        return text

    async def _told_of(self, text: Text, number: Number, more: Mapping[str, str]) -> None:
        answered = await self.call(number.hook, {**self.fields(text), **more}, token=number.token)
        for said in _SAID.findall(answered):
            reply = self.carrier.create({"To": text.sender, "From": text.to, "Body": unescape(said)}, at=self.now())
            self.later(self._carried(reply))

    def fields(self, text: Text) -> dict[str, str]:
        """What the webhook of an incoming message says."""
        whatsapp = {"ProfileName": "Citizen", "WaId": text.sender.removeprefix(f"{PREFIX}+")}
        media = {}
        for index, one in enumerate(text.media):
            media[f"MediaUrl{index}"] = (
                f"{self.url}/2010-04-01/Accounts/{text.account}/Messages/{text.sid}/Media/{one.sid}"
            )
            media[f"MediaContentType{index}"] = one.type
        return {
            "MessageSid": text.sid,
            "SmsSid": text.sid,
            "SmsMessageSid": text.sid,
            "AccountSid": text.account,
            "SmsStatus": "received",
            "ApiVersion": "2010-04-01",
            "From": text.sender,
            "To": text.to,
            "Body": text.body,
            "NumSegments": text.page()["num_segments"],
            "NumMedia": str(len(text.media)),
            **(whatsapp if text.sender.startswith(PREFIX) else {}),
            **media,
        }

    # ------------------------------------------------------------ webhooks

    async def call(self, url: str, fields: Mapping[str, str], *, token: str, must: bool = False) -> str:
        """Call a hook as Twilio does, with what goes wrong on the way; what it answered first.

        `must`: its answer is waited for, so it is never lost on the way.
        """
        if not must and self.dice.throw("drop"):
            return ""
        if self.dice.throw("delay") or self.dice.throw("reorder"):
            await asyncio.sleep(self.pace * (2 + 8 * self.dice.random.random()))
        if self.dice.throw("duplicate"):
            self.later(self._again(url, fields, token=token))
        return await self._post(url, fields, token=token)

    async def _again(self, url: str, fields: Mapping[str, str], *, token: str) -> None:
        await self._post(url, fields, token=token)

    async def _post(self, url: str, fields: Mapping[str, str], *, token: str) -> str:
        """Two tries to be connected; then Twilio notes an error, and nothing more is done."""
        answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._asking.add(answered)
        try:
            return await self._tried(url, fields, token=token)
        finally:
            self._asking.discard(answered)
            answered.set_result(None)

    async def _tried(self, url: str, fields: Mapping[str, str], *, token: str) -> str:
        signed = RequestValidator(token).compute_signature(url, fields)
        assert self._session is not None
        for _ in range(2):
            try:
                async with self._session.post(url, data=fields, headers={"X-Twilio-Signature": signed}) as answer:
                    self.told(url, answer.status)
                    return await answer.text() if answer.status == 200 else ""
            except (aiohttp.ClientError, TimeoutError):
                await asyncio.sleep(self.pace)
        self.told(url, 0)
        return ""

    async def _carried(self, text: Text) -> None:
        """A message goes to its phone, and its callback hears of each step."""
        for status in next_states(text):
            await asyncio.sleep(self.pace)
            if text.sid not in self.carrier.texts or self.carrier.texts[text.sid].status == "canceled":
                return
            moved = self.carrier.move(text.sid, status, at=self.now())
            if status == "delivered":
                self.arrived(moved)
            if text.callback:
                self.later(self._reported(moved))

    async def _reported(self, text: Text) -> None:
        fields = {
            "MessageSid": text.sid,
            "SmsSid": text.sid,
            "AccountSid": text.account,
            "ApiVersion": "2010-04-01",
            "From": text.sender,
            "To": text.to,
            "MessageStatus": text.status,
            "SmsStatus": text.status,
        }
        if text.status in ("failed", "undelivered"):
            fields["ErrorCode"] = str(text.error)
        assert text.callback
        await self.call(text.callback, fields, token=self.carrier.token)

    # ------------------------------------------------------------ requests

    @web.middleware
    async def _judged(self, request: web.Request, handler: Any) -> web.StreamResponse:
        try:
            self._admit(request)
            answer: web.StreamResponse = await handler(request)
            return answer
        except Refused as why:
            return web.json_response(why.page(), status=why.status)

    def _admit(self, request: web.Request) -> None:
        if request.path == telephony.DEVICE:
            return  # it brings a token of its own
        wanted = base64.b64encode(f"{self.carrier.account}:{self.carrier.token}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {wanted}":
            raise Refused(20003, 401, "Authenticate")
        if request.match_info.get("account") != self.carrier.account:
            raise Refused(20404, 404, f"The requested resource {request.path} was not found")
        if self.dice.throw("down"):
            raise Refused(20503, 503, "Service is unavailable")
        if self.dice.throw("slower"):
            raise Refused(20429, 429, "Too Many Requests")

    async def _create(self, request: web.Request) -> web.Response:
        form = await request.post()
        text = self.carrier.create(_plain(form), media=[str(one) for one in form.getall("MediaUrl", [])], at=self.now())
        taken = web.json_response(text.page(), status=201)
        self.later(self._carried(text))
        if self.dice.throw("timeout"):
            await asyncio.sleep(self.hang)
        if self.dice.throw("late_error"):
            return web.json_response(Refused(20500, 500, "Internal Server Error").page(), status=500)
        return taken

    async def _list(self, request: web.Request) -> web.Response:
        query, size = request.query, int(request.query.get("PageSize", "50"))
        page = int(request.query.get("Page", "0"))
        found = [text for text in reversed(self.carrier.texts.values()) if _wanted(text, query)]
        shown = found[page * size : (page + 1) * size]
        more = len(found) > (page + 1) * size
        next_page = (
            str(request.rel_url.update_query(Page=str(page + 1), PageToken=f"PA{shown[-1].sid}")) if more else None
        )
        return web.json_response(
            {
                "first_page_uri": str(request.rel_url.update_query(Page="0")),
                "end": page * size + max(0, len(shown) - 1),
                "start": page * size,
                "next_page_uri": next_page,
                "previous_page_uri": str(request.rel_url.update_query(Page=str(page - 1))) if page else None,
                "page": page,
                "page_size": size,
                "uri": str(request.rel_url),
                "messages": [text.page() for text in shown],
            }
        )

    async def _numbers(self, request: web.Request) -> web.Response:
        wanted = request.query.get("PhoneNumber")
        found = [one for one in self.carrier.numbers.values() if wanted in (None, one.number)]
        plain = [_number_page(self.carrier.account, one) for one in found if not one.number.startswith(PREFIX)]
        whole = {"uri": request.path, "first_page_uri": request.path, "next_page_uri": None, "previous_page_uri": None}
        return web.json_response(
            {
                **whole,
                "incoming_phone_numbers": plain,
                "page": 0,
                "page_size": 50,
                "start": 0,
                "end": max(0, len(plain) - 1),
            }
        )

    async def _fetch(self, request: web.Request) -> web.Response:
        return web.json_response(self._text(request).page())

    async def _change(self, request: web.Request) -> web.Response:
        """Cancel what waits, or take the words out."""
        text, form = self._text(request), await request.post()
        if form.get("Status") == "canceled":
            if text.status != "queued":
                raise Refused(30409, 409, "Cannot cancel this message because it is not in a cancelable state.")
            text = self.carrier.move(text.sid, "canceled", at=self.now())
        return web.json_response(text.page())

    async def _delete(self, request: web.Request) -> web.Response:
        del self.carrier.texts[self._text(request).sid]
        return web.Response(status=204)

    async def _media(self, request: web.Request) -> web.Response:
        text = self._text(request)
        files = [_medium_page(text, one) for one in text.media]
        whole = {"uri": request.path, "first_page_uri": request.path, "next_page_uri": None, "previous_page_uri": None}
        return web.json_response(
            {**whole, "media_list": files, "page": 0, "page_size": 50, "start": 0, "end": max(0, len(files) - 1)}
        )

    async def _medium(self, request: web.Request) -> web.Response:
        text, picture = self._picture(request)
        return web.json_response(_medium_page(text, picture))

    async def _content(self, request: web.Request) -> web.Response:
        _, picture = self._picture(request)
        return web.Response(body=picture.content, content_type=picture.type)

    def _text(self, request: web.Request) -> Text:
        found = self.carrier.texts.get(request.match_info["sid"])
        if found is None:
            raise Refused(20404, 404, f"The requested resource {request.path} was not found")
        return found

    def _picture(self, request: web.Request) -> tuple[Text, Picture]:
        text = self._text(request)
        found = next((one for one in text.media if one.sid == request.match_info["file"]), None)
        if found is None:
            raise Refused(20404, 404, f"The requested resource {request.path} was not found")
        return text, found

    def later(self, work: Any) -> None:
        """Do it beside what goes on."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _plain(form: MultiDictProxy[Any]) -> dict[str, str]:
    return {name: str(value) for name, value in form.items()}


def _wanted(text: Text, query: Mapping[str, str]) -> bool:
    day = f"{text.made:%Y-%m-%d}"
    return (
        query.get("To") in (None, text.to)
        and query.get("From") in (None, text.sender)
        and query.get("DateSent", day)[:10] == day
        and query.get("DateSent>", day)[:10] <= day
        and query.get("DateSent<", day)[:10] >= day
    )


def _number_page(account: str, one: Number) -> dict[str, Any]:
    return {
        "account_sid": account,
        "phone_number": one.number,
        "friendly_name": one.number,
        "sms_url": "" if one.voice else one.hook,
        "sms_method": "POST",
        "voice_url": one.hook if one.voice else "",
        "voice_method": "POST",
        "status_callback": one.hook if one.voice else "",
        "capabilities": {"mms": not one.voice, "sms": not one.voice, "voice": one.voice, "fax": False},
    }


def _medium_page(text: Text, picture: Picture) -> dict[str, Any]:
    at = format_datetime(picture.made)
    return {
        "sid": picture.sid,
        "account_sid": text.account,
        "parent_sid": text.sid,
        "content_type": picture.type,
        "date_created": at,
        "date_updated": at,
        "uri": f"/2010-04-01/Accounts/{text.account}/Messages/{text.sid}/Media/{picture.sid}.json",
    }
