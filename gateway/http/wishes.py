"""What I am told of while I am away from the screen: by my browser, and by mail."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from crm_core.actions import digests as actions
from crm_core.model.view import Json
from crm_core.model.wishes import Hours, News, Wishes
from crm_core.queries import digests
from gateway.http import faces
from gateway.http.routes import API, Ask, Input, route

OF_MINE = f"{API}/agents/me/wishes"


class WishesItem(faces.Face):
    """What I chose. `proven`: I showed that I read at `address`; without it no mail comes."""

    browser: list[News]
    mail: list[News]
    words: bool
    every: int
    """Minutes between two mails at least."""
    hours: Hours
    address: str
    proven: bool


class WishesBody(Input):
    """What I want to be told of; `offers` in a mail are those that nobody answered."""

    browser: Annotated[list[News], Field(max_length=len(News))]
    mail: Annotated[list[News], Field(max_length=len(News))]
    words: bool
    """Names and subjects may stand in it: both lie about in the open."""
    every: Annotated[int, Field(ge=15, le=24 * 60)]
    """Minutes between two mails at least."""
    hours: Hours


class Code(Input):
    """What stood in the mail."""

    code: Annotated[str, Field(min_length=1, max_length=60)]


class Proven(faces.Face):
    """Whether it was the code. Wrong, used and run out are one and the same."""

    proven: bool


@route("GET", OF_MINE, answer=WishesItem)
async def mine(ask: Ask) -> Json:
    """What I am told of while no screen of mine is looked at."""
    wishes, address = await ask.read(digests.mine)
    return {
        "browser": [one for one in News if one in wishes.browser],
        "mail": [one for one in News if one in wishes.mail],
        "words": wishes.words,
        "every": wishes.every // timedelta(minutes=1),
        "hours": wishes.hours,
        "address": address,
        "proven": wishes.proven == address,
    }


@route("PUT", OF_MINE, body=WishesBody, status=204)
async def choose(ask: Ask, *, body: WishesBody) -> None:
    """Choose it, in all browsers at once."""
    chosen = Wishes(
        browser=frozenset(body.browser),
        mail=frozenset(body.mail),
        words=body.words,
        every=timedelta(minutes=body.every),
        hours=body.hours,
    )
    await ask.house.desk.do(ask.actor, actions.choose, chosen)


@route("POST", f"{OF_MINE}/codes", status=204)
async def send_code(ask: Ask) -> None:
    """Send a code to my address."""
    await ask.house.desk.do(ask.actor, actions.ask_code, house=ask.house.keeper.house)


@route("POST", f"{OF_MINE}/proofs", body=Code, answer=Proven)
async def prove(ask: Ask, *, body: Code) -> Json:
    """The code that came: from now on mails may come there."""
    right = await ask.house.desk.do(ask.actor, actions.answer_code, body.code, house=ask.house.keeper.house)
    return {"proven": right}
