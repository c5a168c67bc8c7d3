"""The web's own parts, made once by `app.make_app` and handed to every request."""

from dataclasses import dataclass

from aiohttp import web

from gateway.attendance import Attendance
from gateway.displays import Displays
from gateway.http.calls import Calls
from gateway.http.doors import Doors
from gateway.http.gauges import Gauges
from gateway.http.limits import Limiter
from gateway.http.surroundings import Surroundings
from gateway.passwords import Passwords
from gateway.rehearsing import Rehearsals
from gateway.shelf import Shelf
from gateway.sockets import Hub
from gateway.visits import Visits


@dataclass(frozen=True, slots=True)
class Parts:
    """What handlers share."""

    house: Surroundings
    hub: Hub
    attendance: Attendance
    gauges: Gauges
    limiter: Limiter
    passwords: Passwords
    doors: Doors
    shelf: Shelf
    visits: Visits
    calls: Calls
    displays: Displays
    rehearsals: Rehearsals


PARTS: "web.AppKey[Parts]" = web.AppKey("parts", Parts)
