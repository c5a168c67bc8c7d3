"""The server: the methods of the Bot API that a bot of ours needs, as python-telegram-bot expects them."""

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from channels.telegram.simulator.faults import Faults

Json = dict[str, Any]

DELAY_SECONDS = 0.3
AGAIN_SECONDS = 0.2
SENDING = frozenset({"sendMessage", "sendPhoto", "sendDocument", "sendVoice", "editMessageText"})


@dataclass
class Person:
    """Somebody with Telegram. `chat` is what a bot showed them, newest last."""

    id: int
    first_name: str
    language_code: str = "en"
    blocked: bool = False
    chat: list[Json] = field(default_factory=list)

    @property
    def user(self) -> Json:
        """As updates name them."""
        return {"id": self.id, "is_bot": False, "first_name": self.first_name, "language_code": self.language_code}


@dataclass
class _Refused(Exception):
    """An answer that is no result."""

    status: int
    description: str
    parameters: Json | None = None


@dataclass
class BotApi:
    """One bot's side of Telegram, at `url`. State lives as long as the object."""

    token: str = "1234567:simulated"  # noqa: S105 - of a bot that exists only here
    faults: Faults = field(default_factory=Faults)
    people: dict[int, Person] = field(default_factory=dict)
    url: str = ""
    webhook: Json = field(default_factory=dict)
    pending: list[Json] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    told: dict[str, str] = field(default_factory=dict)
    """What whoever pressed a button was told, by the press."""
    _files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    _ids: Any = field(default_factory=lambda: itertools.count(1000))
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _polling: int = 0
    _pressed: set[str] = field(default_factory=set)

    @asynccontextmanager
    async def served(self, *, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator["BotApi"]:
        """Open until this is left."""
        app = web.Application(client_max_size=60 * 1024 * 1024)
        app.router.add_route("*", "/bot{token}/{method}", self._method)
        app.router.add_get("/file/bot{token}/{path:.*}", self._file)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, host, port)
        await site.start()
        name = runner.addresses[0]
        self.url = f"http://{name[0]}:{name[1]}"
        pusher = asyncio.create_task(self._push())
        try:
            yield self
        finally:
            pusher.cancel()
            await asyncio.gather(pusher, return_exceptions=True)
            await runner.cleanup()

    # ---------------------------------------------------------------- people

    def person(self, name: str, *, language: str = "en") -> Person:
        """Somebody new."""
        made = Person(next(self._ids), name, language)
        self.people[made.id] = made
        return made

    def writes(self, person: Person, text: str | None = None, **more: Any) -> Json:
        """They send something; `more` are fields of a message (`photo`, `location`, `media_group_id` …)."""
        said = {"text": text} if text is not None else {}
        message = self._message(person, sender=person.user, **said, **more)
        self._enqueue({"message": message})
        return message

    def sends_photo(self, person: Person, content: bytes, **more: Any) -> Json:
        """A photo, in two sizes as Telegram has them."""
        sizes = [self._kept("photo.jpg", content[: len(content) // 2]), self._kept("photo.jpg", content)]
        photo = [
            {"file_id": id, "file_unique_id": f"u{id}", "width": w, "height": w}
            for id, w in zip(sizes, (90, 800), strict=True)
        ]
        return self.writes(person, photo=photo, **more)

    def sends_file(self, person: Person, kind: str, content: bytes, *, name: str, type: str, **more: Any) -> Json:
        """A document, voice note or other file."""
        id = self._kept(name, content)
        file: Json = {"file_id": id, "file_unique_id": f"u{id}", "mime_type": type, "file_size": len(content)}
        file |= {"duration": 3} if kind in ("voice", "audio", "video") else {"file_name": name}
        whole: Any = {kind: file, **more}
        return self.writes(person, **whole)

    def edits(self, person: Person, message: Json, text: str) -> None:
        """They change what they said."""
        changed = {**message, "text": text, "edit_date": int(time.time())}
        self._enqueue({"edited_message": changed})

    def presses(self, person: Person, message: Json, data: str) -> str:
        """They press a button under something the bot said; the press, as the bot is to name it."""
        press = str(next(self._ids))
        query = {
            "id": press,
            "from": person.user,
            "chat_instance": "1",
            "message": message,
            "data": data,
        }
        self._pressed.add(press)
        self._enqueue({"callback_query": query})
        return press

    def blocks(self, person: Person) -> None:
        """They want to hear no more."""
        person.blocked = True
        self._turns(person, "member", "kicked")

    def unblocks(self, person: Person) -> None:
        """They let the bot in again."""
        person.blocked = False
        self._turns(person, "kicked", "member")

    def _turns(self, person: Person, was: str, now: str) -> None:
        old, new = ({"user": self.me, "status": one, "until_date": 0} for one in (was, now))
        who = {"chat": self._chat(person), "from": person.user, "date": int(time.time())}
        self._enqueue({"my_chat_member": {**who, "old_chat_member": old, "new_chat_member": new}})

    @property
    def me(self) -> Json:
        """The bot."""
        id = int(self.token.partition(":")[0])
        return {"id": id, "is_bot": True, "first_name": "Larkhaven", "username": "larkhaven_bot"}

    # ---------------------------------------------------------------- updates

    def _message(self, person: Person, *, sender: Json, **more: Any) -> Json:
        id = next(self._ids)
        message = {"message_id": id, "date": int(time.time()), "chat": self._chat(person), "from": sender, **more}
        person.chat.append(message)
        return message

    def _chat(self, person: Person) -> Json:
        return {"id": person.id, "type": "private", "first_name": person.first_name}

    def _enqueue(self, what: Json) -> None:
        update = {"update_id": next(self._ids), **what}
        self.pending.append(update)
        if len(self.pending) > 1 and self.faults.falls(self.faults.reorder):
            self.pending[-1], self.pending[-2] = self.pending[-2], self.pending[-1]
        self._news.set()

    async def _push(self) -> None:
        """Call the webhook, as often as it takes."""
        async with aiohttp.ClientSession() as http:
            while True:
                url = self.webhook.get("url")
                if not url or not self.pending or self.faults.down:
                    await asyncio.sleep(0.02)
                    continue
                batch = list(self.pending[: int(self.webhook.get("max_connections", 40))])
                taken = await asyncio.gather(*(self._call(http, url, update) for update in batch))
                self.pending = [
                    one for one in self.pending if one not in [u for u, ok in zip(batch, taken, strict=True) if ok]
                ]
                if not all(taken):
                    await asyncio.sleep(AGAIN_SECONDS)

    async def _call(self, http: aiohttp.ClientSession, url: str, update: Json) -> bool:
        if self.faults.falls(self.faults.drop):
            return False
        if self.faults.falls(self.faults.delay):
            await asyncio.sleep(DELAY_SECONDS)
        body = b""
        times = 2 if self.faults.falls(self.faults.duplicate) else 1
        headers = {"X-Telegram-Bot-Api-Secret-Token": str(self.webhook.get("secret_token", ""))}
        try:
            for _ in range(times):
                async with http.post(url, json=update, headers=headers) as answer:
                    body = await answer.read()
                    _must_be(answer.status < 300, answer.status, f"Wrong response from the webhook: {answer.status}")
            if body.startswith(b"{"):
                given = json.loads(body)
                with suppress(_Refused):
                    self._does(given.pop("method", ""), given)
        except (aiohttp.ClientError, _Refused) as why:
            words = why.description if isinstance(why, _Refused) else str(why)
            self.webhook |= {"last_error_date": int(time.time()), "last_error_message": words}
            return False
        return True

    # ---------------------------------------------------------------- methods

    async def _method(self, request: web.Request) -> web.Response:
        if self.faults.down:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=503)
        method = request.match_info["method"]
        self.calls.append(method)
        given = await _given(request)
        try:
            _must_be(request.match_info["token"] == self.token, 401, "Unauthorized")
            result = await self._answered(method, given)
        except _Refused as why:
            body: Json = {"ok": False, "error_code": why.status, "description": why.description}
            return web.json_response(
                {**body, "parameters": why.parameters} if why.parameters else body, status=why.status
            )
        return web.json_response({"ok": True, "result": result})

    async def _answered(self, method: str, given: Json) -> Any:
        if method == "getUpdates":
            return await self._updates(given)
        if method in SENDING:
            if self.faults.falls(self.faults.limited):
                raise _Refused(429, "Too Many Requests: retry after 1", {"retry_after": 1})
            if self.faults.falls(self.faults.broken):
                raise _Refused(502, "Bad Gateway")
        result = self._does(method, given)
        if method in SENDING and self.faults.falls(self.faults.timeout):
            await asyncio.sleep(3600)
        return result

    async def _updates(self, given: Json) -> list[Json]:
        if self.webhook.get("url"):
            raise _Refused(409, "Conflict: can't use getUpdates method while webhook is active")
        if self._polling:
            raise _Refused(409, "Conflict: terminated by other getUpdates request")
        self._polling += 1
        try:
            offset, until = int(given.get("offset", 0)), time.monotonic() + float(given.get("timeout", 0))
            self.pending = [one for one in self.pending if one["update_id"] >= offset]
            while not self.pending and time.monotonic() < until:
                self._news.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(max(0.0, until - time.monotonic())):
                        await self._news.wait()
            found = self.pending[: int(given.get("limit", 100))]
            again = [found[0]] if found and self.faults.falls(self.faults.duplicate) else []
            return [*again, *found]
        finally:
            self._polling -= 1

    def _does(self, method: str, given: Json) -> Any:
        found = getattr(self, f"_do_{method}", None)
        if found is None:
            raise _Refused(404, "Not Found")
        return found(given)

    def _do_getMe(self, _given: Json) -> Json:  # noqa: N802 - the method's name
        return self.me

    def _do_setWebhook(self, given: Json) -> bool:  # noqa: N802
        self.webhook = {name: given[name] for name in ("url", "secret_token", "max_connections") if name in given}
        return True

    def _do_deleteWebhook(self, _given: Json) -> bool:  # noqa: N802
        self.webhook = {}
        return True

    def _do_getWebhookInfo(self, _given: Json) -> Json:  # noqa: N802
        told = ("last_error_date", "last_error_message")
        more = {name: self.webhook[name] for name in told if name in self.webhook}
        url, waits = self.webhook.get("url", ""), len(self.pending)
        return {"url": url, "has_custom_certificate": False, "pending_update_count": waits, **more}

    def _do_getFile(self, given: Json) -> Json:  # noqa: N802
        id = given["file_id"]
        if id not in self._files:
            raise _Refused(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        name, content = self._files[id]
        if len(content) > 20 * 1024 * 1024:
            raise _Refused(400, "Bad Request: file is too big")
        return {"file_id": id, "file_unique_id": f"u{id}", "file_size": len(content), "file_path": f"{id}/{name}"}

    def _do_sendMessage(self, given: Json) -> Json:  # noqa: N802
        if len(given["text"].encode("utf-16-le")) // 2 > 4096:
            raise _Refused(400, "Bad Request: message is too long")
        markup = given.get("reply_markup")
        markup = json.loads(markup) if isinstance(markup, str) else markup
        for button in _buttons(markup):
            _must_be(len(str(button.get("callback_data", "")).encode()) <= 64, 400, "Bad Request: BUTTON_DATA_INVALID")
            near = "url" in button and not str(button["url"]).startswith("https://")
            _must_be(not near, 400, "Bad Request: inline keyboard button URL is invalid: Wrong HTTP URL")
        return self._shown(given, text=given["text"], **({"reply_markup": markup} if markup else {}))

    def _do_sendPhoto(self, given: Json) -> Json:  # noqa: N802
        id = self._uploaded(given, "photo")
        return self._shown(given, photo=[{"file_id": id, "file_unique_id": f"u{id}", "width": 1, "height": 1}])

    def _do_sendDocument(self, given: Json) -> Json:  # noqa: N802
        id = self._uploaded(given, "document")
        return self._shown(given, document={"file_id": id, "file_unique_id": f"u{id}", "file_name": self._files[id][0]})

    def _do_sendVoice(self, given: Json) -> Json:  # noqa: N802
        id = self._uploaded(given, "voice")
        return self._shown(given, voice={"file_id": id, "file_unique_id": f"u{id}", "duration": 1})

    def _do_sendChatAction(self, given: Json) -> bool:  # noqa: N802
        self._whom(given)
        return True

    def _do_answerCallbackQuery(self, given: Json) -> bool:  # noqa: N802
        press = str(given["callback_query_id"])
        why = "Bad Request: query is too old and response timeout expired or query ID is invalid"
        _must_be(press in self._pressed, 400, why)
        self.told[press] = str(given.get("text", ""))
        return True

    def _do_editMessageText(self, given: Json) -> Json:  # noqa: N802
        person = self._whom(given)
        for message in person.chat:
            if message["message_id"] == int(given["message_id"]):
                message |= {"text": given["text"], "edit_date": int(time.time())}
                return message
        raise _Refused(400, "Bad Request: message to edit not found")

    def _shown(self, given: Json, **what: Any) -> Json:
        return self._message(self._whom(given), sender=self.me, **what)

    def _whom(self, given: Json) -> Person:
        person = self.people.get(int(given["chat_id"]))
        if person is None:
            raise _Refused(400, "Bad Request: chat not found")
        if person.blocked:
            raise _Refused(403, "Forbidden: bot was blocked by the user")
        return person

    # ---------------------------------------------------------------- files

    def _kept(self, name: str, content: bytes) -> str:
        id = f"file{next(self._ids)}"
        self._files[id] = (name, content)
        return id

    def _uploaded(self, given: Json, field: str) -> str:
        file = next((value for value in given.values() if isinstance(value, tuple)), None)
        return self._kept(*file) if file is not None else str(given[field])

    def content(self, id: str) -> bytes:
        """What stands behind a file's id."""
        return self._files[id][1]

    async def _file(self, request: web.Request) -> web.Response:
        id = request.match_info["path"].partition("/")[0]
        if request.match_info["token"] != self.token or id not in self._files:
            return web.Response(status=404)
        return web.Response(body=self._files[id][1], content_type="application/octet-stream")


def _buttons(markup: Json | None) -> list[Json]:
    return [button for row in (markup or {}).get("inline_keyboard", []) for button in row]


def _must_be(so: bool, status: int, description: str) -> None:  # noqa: FBT001 - it reads as a sentence
    if not so:
        raise _Refused(status, description)


async def _given(request: web.Request) -> Json:
    """Parameters, from wherever the client put them; files as (name, content)."""
    given: Json = dict(request.query)
    if request.content_type == "application/json":
        return given | dict(await request.json())
    for name, value in (await request.post()).items():
        given[name] = (value.filename, value.file.read()) if isinstance(value, web.FileField) else value
    return given
