"""Telegram: a bot of the city's. People write to it; it answers whoever has written, and cannot write first."""

from datetime import timedelta

from channels.contract import Bearings, Channel, ChannelType, Listener, Opening
from channels.telegram.limits import MOST, PARTS, SCHEME
from channels.telegram.settings import TelegramSettings
from crm_core.model.feedback import Asks
from crm_core.model.inbox import Capabilities


def _open(opening: Opening) -> Channel:
    from channels.telegram.line import Telegram  # its library takes a fifth of a second of the start of every house

    return Telegram(opening)


def _listener(opening: Opening, bearings: Bearings) -> Listener:
    from channels.telegram import listening  # as above

    return listening.listener(opening, bearings)


CHANNEL = ChannelType(
    name="telegram",
    title={"en": "Telegram", "zh": "Telegram"},
    capabilities=Capabilities(
        files=True,
        starts=False,
        length=MOST,
        parts=PARTS,
        undo=timedelta(seconds=10),
        asks=Asks.BUTTONS,
        order=30,
        icon="send",
        tone=5,
    ),
    settings=TelegramSettings,
    opener=_open,
    mounts=("/hooks/telegram",),
    address_scheme=SCHEME,
    listener=_listener,
)
