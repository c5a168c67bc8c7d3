"""What an inbox of forms asks of whoever fills one in, and which sites may show its forms."""

from typing import Annotated, Any

from pydantic import Field

from crm_core.actions import forms as actions
from crm_core.model.ids import InboxId
from crm_core.model.inbox import Forms
from crm_core.model.view import Json
from crm_core.queries import inboxes
from gateway.http import faces
from gateway.http.routes import API, Ask, Input, route


class FormsItem(faces.Face):
    """`confirm`: an address that was only typed in hears twice from us only after its owner opened a link; `origins` may show the forms."""

    inbox: str
    confirm: bool
    origins: list[str]
    line: str
    """What stands in another site's page to show a form; `SERVICE` is the name of the service in our addresses."""


class FormsBody(Input):
    """Origins as a browser says them: `https://www.example.org`, without a path."""

    confirm: bool = False
    origins: Annotated[list[Annotated[str, Field(min_length=1, max_length=300)]], Field(max_length=50)] = Field(
        default_factory=list
    )


@route("GET", f"{API}/inboxes/{{id}}/forms", answer=FormsItem)
async def shown(ask: Ask, *, id: str) -> Json:
    """What its forms ask, and who may show them."""
    inbox, _ = await ask.read(inboxes.one_with_secrets, InboxId(id))
    return _item(ask, inbox.id, inbox.forms)


@route("PUT", f"{API}/inboxes/{{id}}/forms", body=FormsBody, answer=FormsItem)
async def choose(ask: Ask, *, id: str, body: FormsBody) -> Any:
    """Whether an address is confirmed first, and on which sites the forms may stand."""
    inbox = await ask.house.desk.do(
        ask.actor, actions.choose_forms, InboxId(id), confirm=body.confirm, origins=body.origins
    )
    await ask.house.keeper.refresh()
    return _item(ask, inbox.id, inbox.forms)


def _item(ask: Ask, id: InboxId, forms: Forms) -> Json:
    home = ask.house.settings.public_url.rstrip("/")
    return {
        "inbox": id,
        "confirm": forms.confirm,
        "origins": list(forms.origins),
        "line": f'<script src="{home}/embed.js" data-service="SERVICE"></script>',
    }
