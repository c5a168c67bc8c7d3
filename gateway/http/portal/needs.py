"""What the portal needs from the house around it."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from config.settings import Settings
from crm_core.actions.desk import Desk
from gateway.files import FileStore
from gateway.house import HouseKeeper
from gateway.intake import Reception
from gateway.keys import Keys


class PortalNeeds(Protocol):
    """The parts of a running house that the portal uses."""

    @property
    def desk(self) -> Desk:
        """For what is read: which services are used most."""
        ...

    @property
    def keeper(self) -> HouseKeeper:
        """The catalogue, the promises and the doors."""
        ...

    @property
    def reception(self) -> Reception:
        """Where a form is handed in."""
        ...

    @property
    def files(self) -> FileStore:
        """Contents too large for the record."""
        ...

    @property
    def settings(self) -> Settings:
        """Where drafts lie, the public address, the language."""
        ...

    @property
    def keys(self) -> Keys:
        """Forms are signed, drafts are sealed."""
        ...

    @property
    def clock(self) -> Callable[[], datetime]:
        """What time it is."""
        ...
