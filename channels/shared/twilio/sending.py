"""Twilio's REST interface, as far as messages need it: create one, and look for one whose fate we lost.

https://www.twilio.com/docs/messaging/api/message-resource. Plain aiohttp: the official
client knows no other address than Twilio's and hides where the point of no return is.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp

from channels.contract import OutcomeUnknown, Unavailable, Undeliverable
from channels.shared.twilio import errors
from channels.shared.twilio.account import Account
from channels.shared.twilio.reading import STATES
from crm_core.model.message import Delivery, Receipt

TIMEOUT = aiohttp.ClientTimeout(total=30, connect=10)
SKEW = timedelta(seconds=5)
"""How far their clock may be behind ours."""

LARGEST = 1_000_000
_NOT_NOW = (429, 503)
_NOT_US = (401, 403)


@dataclass(frozen=True, slots=True)
class Carrier:
    """The way out of one inbox."""

    account: Account
    timeout: aiohttp.ClientTimeout = TIMEOUT

    async def send(self, form: Mapping[str, str]) -> Receipt:
        """Hand over one message. Raises Unavailable, Undeliverable or OutcomeUnknown.

        A new connection for each: on one that was kept nobody can tell whether a lost
        request was read. Not connected: nothing left us. After that it may have been
        taken, so we look for it among those they have, and never send it again.
        """
        began = datetime.now(UTC)
        try:
            status, page = await self.ask("POST", "Messages.json", form=form)
        except aiohttp.ClientConnectorError as why:
            raise Unavailable(f"Twilio cannot be reached ({type(why.os_error).__name__}).") from why
        except aiohttp.ConnectionTimeoutError as why:
            raise Unavailable("Twilio cannot be reached: no connection in time.") from why
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return await self._looked_for(form, since=began)
        if status in _NOT_NOW:
            raise Unavailable(errors.said(page.get("code") or errors.SLOWER))
        if status >= 500:
            return await self._looked_for(form, since=began)
        if status in _NOT_US:
            raise Unavailable(errors.said(20003))
        if status >= 300:
            return _refused(page)
        return _taken(page)

    async def _looked_for(self, form: Mapping[str, str], *, since: datetime) -> Receipt:
        """What they have of it. One that is not there may still come to be there: that is unknown."""
        query = {name: form[name] for name in ("To", "From") if name in form}
        query |= {"DateSent>": f"{since - timedelta(days=1):%Y-%m-%d}", "PageSize": "50"}
        try:
            _, page = await self.ask("GET", "Messages.json", query=query)
        except (aiohttp.ClientError, TimeoutError, ValueError):
            page = {}
        for one in page.get("messages", ()):
            if _is_it(one, form, since=since - SKEW):
                return _taken(one)
        raise OutcomeUnknown("Twilio fell silent after we had handed it over.")

    async def ask(
        self, method: str, path: str, *, form: Mapping[str, str] | None = None, query: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        """One request; the status and the page. Raises what aiohttp raises, ValueError for what is no JSON."""
        url = f"{self.account.base}/{path}"
        async with (
            aiohttp.ClientSession(timeout=self.timeout) as session,
            session.request(
                method, url, data=form, params=query, headers=self.account.headers, allow_redirects=False
            ) as answer,
        ):
            body = await answer.content.read(LARGEST)
            page = json.loads(body) if answer.content_type == "application/json" else {}
            return answer.status, page if isinstance(page, dict) else {}


def _taken(page: Mapping[str, Any]) -> Receipt:
    """What they took is sent, or further already, or refused at once."""
    delivery = STATES.get(str(page.get("status")), Delivery.SENT)
    if delivery is not Delivery.FAILED:
        return Receipt(delivery)
    return _failed(page.get("error_code"), said=str(page.get("error_message") or ""))


def _refused(page: Mapping[str, Any]) -> Receipt:
    code = page.get("code")
    if code == errors.SLOWER:
        raise Unavailable(errors.said(code))
    return _failed(code, said=str(page.get("message") or ""))


def _failed(code: Any, *, said: str) -> Receipt:
    why = errors.said(code, else_=said)
    wish = errors.wish_of(code)
    if wish is None:
        raise Undeliverable(why)
    return Receipt(Delivery.FAILED, why, wish=wish)


def _is_it(one: Mapping[str, Any], form: Mapping[str, str], *, since: datetime) -> bool:
    """The same words to the same number, made since we began: nobody else writes by this number so fast."""
    try:
        made = parsedate_to_datetime(str(one.get("date_created")))
    except ValueError:
        return False
    same = one.get("to") == form.get("To") and one.get("body") == form.get("Body", one.get("body"))
    return same and made >= since.replace(microsecond=0) and str(one.get("direction", "")).startswith("outbound")
