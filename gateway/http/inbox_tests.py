"""The test of an inbox: its channel asks the provider, step by step, and each is shown as soon as it is known."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import structlog
from aiohttp import ClientError, ClientSession, ClientTimeout, web

from channels.contract import Finding, Tested, Verdict
from crm_core.model.ids import InboxId
from crm_core.model.view import Json
from crm_core.queries import inboxes
from gateway.house import Door
from gateway.http import faces, headers
from gateway.http.routes import API, Ask, route

log = structlog.get_logger()

LINES = "application/x-ndjson"
OURS = "ours"
SECONDS = 10.0

Texts = Mapping[str, str]

_STEPS: Mapping[str, Texts] = {
    "open": {"en": "The inbox is open", "zh": "收件入口已打开"},
    OURS: {"en": "Our public address answers", "zh": "本系统的公开地址有应答"},
}
_OPEN = {"en": "Contacts come in, and answers leave.", "zh": "可以收信，也可以回复。"}
_SHUT = {"en": "The inbox is closed: nothing comes in and nothing leaves.", "zh": "收件入口已关闭：既不收也不发。"}
_OPEN_IT = {"en": "Open it first.", "zh": "请先打开。"}
_ANSWERS = {"en": "{url} leads back to this server.", "zh": "{url} 可以回到本服务器。"}
_SILENT = {
    "en": "{url} does not lead back to this server, as far as it can see itself.",
    "zh": "从本服务器看，{url} 没有回到自己。",
}
_LOOK = {
    "en": "Open {url}/healthz from outside: it must answer. Else mend ONESTOP_PUBLIC_URL or the proxy before it.",
    "zh": "请从外部打开 {url}/healthz：应有应答。否则请更正 ONESTOP_PUBLIC_URL 或前面的代理。",
}
_FAILED = {"en": "The test itself failed. It is in the log.", "zh": "测试本身出错，详情在日志中。"}


class StepItem(faces.Face):
    """What a test will look at."""

    code: str
    name: dict[str, str]


class FindingItem(faces.Face):
    """What one step found, in words by language, and what to do. `look`: only a person can tell whether it is well."""

    step: str
    verdict: Verdict
    well: bool
    words: dict[str, str]
    todo: dict[str, str]


class TestOutcome(faces.Face):
    """What a test of an inbox looked at and found, in order. It ends early where the rest would fail for the same reason."""

    steps: list[StepItem]
    items: list[FindingItem]


@route("POST", f"{API}/inboxes/{{id}}/tests", answer=TestOutcome)
async def test(ask: Ask, *, id: str) -> Any:
    """Ask the provider whether this inbox works, the whole way round.

    With `Accept: application/x-ndjson` it is told as it goes: a line with the steps, then a line for each finding.
    """
    inbox, _ = await ask.read(inboxes.one_with_secrets, InboxId(id))
    door = ask.house.keeper.doors.get(inbox.id)
    steps = [{"code": code, "name": dict(name)} for code, name in _steps(door).items()]
    if LINES in ask.request.headers.get("Accept", ""):
        return await _told(ask, door, steps)
    return {"steps": steps, "items": [_item(one) async for one in _findings(ask, door)]}


async def _told(ask: Ask, door: Door | None, steps: list[Json]) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": LINES, "X-Accel-Buffering": "no"})
    headers.harden(response, house=ask.house)
    await response.prepare(ask.request)
    await response.write(_line({"steps": steps}))
    async for one in _findings(ask, door):
        await response.write(_line(_item(one)))
    await response.write_eof()
    return response


def _steps(door: Door | None) -> Mapping[str, Texts]:
    if door is None:
        return {"open": _STEPS["open"]}
    ours = {OURS: _STEPS[OURS]} if door.opening.hook_url else {}
    theirs = door.channel.steps() if isinstance(door.channel, Tested) else {}
    return {"open": _STEPS["open"], **ours, **theirs}


async def _findings(ask: Ask, door: Door | None) -> AsyncIterator[Finding]:
    """Never raises: an admin is told what became of it."""
    if door is None:
        yield Finding("open", Verdict.ILL, _SHUT, _OPEN_IT)
        return
    yield Finding("open", Verdict.WELL, _OPEN)
    waiting = [code for code in _steps(door) if code != "open"]
    try:
        if door.opening.hook_url:
            yield await _ours(ask.house.settings.public_url.rstrip("/"))
            waiting.remove(OURS)
        if isinstance(door.channel, Tested):
            async for one in door.channel.test():
                waiting = [code for code in waiting if code != one.step]
                yield one
    except Exception:  # a channel's fault must not end in silence
        log.exception("test of an inbox failed", inbox=door.inbox.id, channel=door.inbox.channel)
        yield Finding(waiting[0] if waiting else "open", Verdict.ILL, _FAILED)


async def _ours(url: str) -> Finding:
    """Whether whoever calls our public address comes to us; some networks let nobody call themselves."""
    try:
        timeout = ClientTimeout(total=SECONDS)
        async with (
            ClientSession(timeout=timeout) as http,
            http.get(f"{url}/healthz", allow_redirects=False) as answer,
        ):
            here = answer.status == 200 and (await answer.content.read(200)).startswith(b'{"status"')
    except (ClientError, OSError, TimeoutError, ValueError):
        here = False
    if here:
        return Finding(OURS, Verdict.WELL, _filled(_ANSWERS, url))
    return Finding(OURS, Verdict.LOOK, _filled(_SILENT, url), _filled(_LOOK, url))


def _filled(texts: Texts, url: str) -> Texts:
    return {language: text.format(url=url) for language, text in texts.items()}


def _item(one: Finding) -> Json:
    return {
        "step": one.step,
        "verdict": one.verdict.value,
        "well": one.verdict is not Verdict.ILL,
        "words": dict(one.words),
        "todo": dict(one.todo),
    }


def _line(page: Json) -> bytes:
    return json.dumps(page, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
