"""Phone calls through Twilio: webhooks say what happens, documents say what callers hear, requests move the lines.

Routing is ours: a caller waits in Twilio's line until an agent of our choosing has answered,
and only then is brought to them, so that a phone that nobody answers costs nobody their place.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta

from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant

from channels.contract import (
    ChannelType,
    Device,
    Finding,
    Opening,
    Outcome,
    Reading,
    Rendering,
    Response,
    Undeliverable,
    Verdict,
    Wire,
)
from channels.shared.twilio import errors, media, signature, testing
from channels.shared.twilio.account import Account
from channels.shared.twilio.sending import Carrier
from channels.voice import reading
from channels.voice.orders import Operator
from channels.voice.settings import RECORDED, VoiceSettings
from channels.voice.speaking import Speaker
from crm_core.model.agent import USUAL_CAPACITY
from crm_core.model.call import Call, CallNews, CallOrder, Next, PhoneManners
from crm_core.model.ids import AgentId
from crm_core.model.inbox import Capabilities
from crm_core.model.message import Elsewhere, File, Outbound, Receipt

TOKEN_SECONDS = 3600
SIMULATED_KEY = "SK00000000000000000000000000000000"


class Voice:
    """A translator for one number."""

    def __init__(self, opening: Opening) -> None:
        self.opening = opening
        settings: VoiceSettings = opening.settings
        self._settings = settings
        self._carrier = Carrier(Account(settings.account_sid, settings.auth_token, settings.api))
        self._operator = Operator(self._carrier, settings.own_number, opening.hook_url)
        self._speaker = Speaker(settings, opening.hook_url, opening.name)

    def __reduce__(self) -> "tuple[type[Voice], tuple[Opening]]":
        return type(self), (self.opening,)

    def read(self, wire: Wire) -> Reading:
        """What happened to a call; proven. Raises Forged or Unreadable."""
        settings = self._settings
        return reading.read(signature.proven(wire, token=settings.auth_token, key=settings.webhook_key), wire)

    def answer(self, told: Reading, outcomes: Sequence[Outcome]) -> Response:
        """What the caller hears next, as TwiML."""
        heard = told if isinstance(told, reading.Heard) else reading.Heard(())
        said = next((one.answer for one in outcomes if isinstance(one.answer, Next)), None)
        return Response(body=str(self._speaker.document(heard, said)).encode(), type="text/xml; charset=utf-8")

    def render(self, message: Outbound) -> Rendering:
        """Nothing can be written here. Raises Undeliverable."""
        raise Undeliverable("A telephone takes no words in writing. Call, or answer another way.")

    async def send(self, message: Outbound) -> Receipt:
        """Raises Undeliverable."""
        raise Undeliverable("A telephone takes no words in writing. Call, or answer another way.")

    async def control(self, order: CallOrder) -> Receipt:
        """Have Twilio do it. Raises Unavailable, Undeliverable or OutcomeUnknown."""
        return await self._operator.carry_out(order)

    async def lines(self, call: Call) -> Sequence[CallNews]:
        """How its lines stand at Twilio. Raises Unavailable."""
        return await self._operator.lines(call)

    async def device(self, agent: AgentId, *, now: datetime) -> Device | None:
        """A token by which the agent's browser is a phone; at a simulator, where to find that."""
        settings, account = self._settings, self._carrier.account
        if not account.is_far and settings.api:
            token = self._token(agent, key=SIMULATED_KEY, secret=settings.auth_token)
            address = f"ws{settings.api.rstrip('/').removeprefix('http')}/device?token={token}"
            return Device("simulated", agent, token, address, now + timedelta(seconds=TOKEN_SECONDS))
        if not settings.api_key or not settings.api_secret:
            return None
        token = self._token(agent, key=settings.api_key, secret=settings.api_secret)
        return Device("twilio", agent, token, None, now + timedelta(seconds=TOKEN_SECONDS))

    def manners(self) -> PhoneManners:
        """How it behaves, by its settings. Raises ValueError."""
        settings = self._settings
        return PhoneManners(
            full=int(settings.full),
            callback_after=timedelta(minutes=int(settings.callback_minutes)),
            tries=int(settings.tries),
            spacing=timedelta(minutes=int(settings.spacing_minutes)),
            recording=RECORDED[settings.recorded],
            voicemail=settings.voicemail == "yes",
        )

    async def fetch(self, file: Elsewhere) -> File:
        """A recording; the account's token goes to the account's own host only. Raises Undeliverable, or Unavailable: it is asked for again later."""
        return await media.fetch_once(file, account=self._carrier.account)

    def steps(self) -> Mapping[str, Mapping[str, str]]:
        """What a test will look at."""
        return testing.steps()

    async def test(self) -> AsyncIterator[Finding]:
        """Whether our settings can be read, Twilio knows us, and calls us when the number is called."""
        yield testing.settings(self._settings)
        known = await testing.account(self._carrier)
        yield known
        if known.verdict is Verdict.WELL:
            number, hook = self._settings.own_number, self.opening.hook_url
            yield await testing.number(self._carrier, number, hook=hook, told="voice_url")

    def _token(self, agent: AgentId, *, key: str, secret: str) -> str:
        token = AccessToken(self._settings.account_sid, key, secret, identity=agent, ttl=TOKEN_SECONDS)
        token.add_grant(VoiceGrant(incoming_allow=True))
        made = token.to_jwt()
        return made if isinstance(made, str) else made.decode()


def reaches(opening: Opening) -> Sequence[str]:
    """With whom an agent's browser speaks to be a phone: Twilio's signalling and events, or a simulator."""
    settings: VoiceSettings = opening.settings
    if settings.api and not Account(settings.account_sid, settings.auth_token, settings.api).is_far:
        return (f"ws{settings.api.rstrip('/').removeprefix('http')}",)
    return ("wss://voice-js.roaming.twilio.com", "https://eventgw.twilio.com")


CHANNEL = ChannelType(
    name="voice",
    title={"en": "Phone", "zh": "电话"},
    capabilities=Capabilities(
        text=False,
        files=True,
        live=True,
        threads=True,
        starts=False,
        replies=False,
        calls=True,
        units=USUAL_CAPACITY,
        order=5,
        icon="phone",
        tone=2,
    ),
    settings=VoiceSettings,
    opener=Voice,
    mounts=("/hooks/voice",),
    address_scheme="tel",
    reasons=errors.known(),
    reaches=reaches,
)
