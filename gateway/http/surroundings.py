"""What the web needs of a running house; `gateway/wiring.py`'s `House` is one."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from channels.contract import ChannelType
from config.settings import Settings
from crm_core.actions.desk import Desk
from gateway.bus import Bus
from gateway.files import FileStore
from gateway.house import HouseKeeper
from gateway.intake import Reception
from gateway.keys import Keys
from gateway.workers.relay import Stream


class Surroundings(Protocol):
    """The parts of the house that stand behind the web. `waiting_for` names what readiness still waits for."""

    @property
    def settings(self) -> Settings: ...
    @property
    def keys(self) -> Keys: ...
    @property
    def desk(self) -> Desk: ...
    @property
    def bus(self) -> Bus: ...
    @property
    def stream(self) -> Stream: ...
    @property
    def keeper(self) -> HouseKeeper: ...
    @property
    def reception(self) -> Reception: ...
    @property
    def files(self) -> FileStore: ...
    @property
    def types(self) -> Mapping[str, ChannelType]: ...
    @property
    def clock(self) -> Callable[[], datetime]: ...
    @property
    def waiting_for(self) -> set[str]: ...
