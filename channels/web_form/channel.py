"""Web forms: what our own pages and the API collect becomes a contact.

Nobody proves who they are in a form, so the sender is claimed; an answer goes to the
mail address or phone number they gave, by the inbox that reaches it.
"""

import json
from collections.abc import Sequence

from channels.contract import (
    ChannelType,
    Opening,
    Outcome,
    Reading,
    Rendering,
    Response,
    Undeliverable,
    Unreadable,
    Wire,
)
from channels.shared import submission
from channels.shared.submission import Submission
from channels.web_form.settings import WebFormSettings
from crm_core.model import phone
from crm_core.model.address import Address
from crm_core.model.ids import ServiceId
from crm_core.model.inbox import Capabilities
from crm_core.model.mailbox import mailbox
from crm_core.model.message import File, Inbound, Outbound, Receipt

SHORTEST_ID = 16
"""Characters of a submission's id: fewer could be guessed, and a guessed one hides somebody's form."""


class WebForm:
    """A translator of submitted forms."""

    def __init__(self, opening: Opening) -> None:
        self._settings: WebFormSettings = opening.settings

    def read(self, wire: Wire) -> Reading:
        """One form is one contact. Raises Unreadable where nobody could be answered."""
        try:
            form = submission.read(wire.body)
        except ValueError as why:
            raise Unreadable(f"The form cannot be read: {why}.") from why
        return Reading((self._inbound(form),))

    def answer(self, reading: Reading, outcomes: Sequence[Outcome]) -> Response:
        """The ticket's number; without one where the form was kept for a person to look at."""
        number = next((outcome.number for outcome in outcomes if outcome.number), None)
        body = json.dumps({"number": number}).encode()
        return Response(202, body, "application/json; charset=utf-8")

    def render(self, message: Outbound) -> Rendering:
        """Nothing would arrive."""
        return Rendering(parts=())

    async def send(self, message: Outbound) -> Receipt:
        """Nothing leaves by a form: what it collected is answered by mail or phone."""
        raise Undeliverable("A web form cannot be answered; choose mail or phone.")

    def _inbound(self, form: Submission) -> Inbound:
        if len(form.id) < SHORTEST_ID:
            raise Unreadable("The form has no submission id.")
        addresses = self._addresses(form)
        if not addresses:
            raise Unreadable("The form has neither a mail address nor a phone number that can be one.")
        return Inbound(
            external_id=f"form:{form.id}",
            sender=addresses[0],
            sender_name=form.name,
            text=_as_text(form),
            subject=form.subject,
            files=tuple(File(file.name, file.type, file.content) for file in form.files),
            language=form.language,
            service=ServiceId(form.service) if form.service else None,
            fields={one.key: one.value or one.text for one in form.answers},
            other_addresses=tuple(addresses[1:]),
        )

    def _addresses(self, form: Submission) -> list[Address]:
        """Mail first: an answer by mail can be as long as it needs to be."""
        mail = mailbox(form.email or "")
        number = phone.e164(form.phone or "", country=self._settings.country)
        found = [Address.mail(mail) if mail else None, Address.phone(number) if number else None]
        return [address for address in found if address is not None]


def _as_text(form: Submission) -> str:
    """The answers under their questions, as an agent reads them, then their own words."""
    answered = [f"{one.label}\n{one.text}" for one in form.answers if one.text]
    return "\n\n".join([*answered, form.text] if form.text else answered)


CHANNEL = ChannelType(
    name="web_form",
    title={"en": "Web form", "zh": "网上表单"},
    capabilities=Capabilities(
        files=True, subject=True, threads=True, starts=False, replies=False, order=60, icon="form", tone=6
    ),
    settings=WebFormSettings,
    opener=WebForm,
    mounts=("/s/", "/ask"),
    address_scheme="",
    sample="sample.toml",
)
