"""An account at Twilio: where it is, and how we say who we are."""

import base64
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import quote, urlsplit

from channels.shared import wording

_WORDS = wording.beside(__file__)
TWILIO = "https://api.twilio.com"


@dataclass(frozen=True, slots=True)
class Account:
    """`sid` and `token` as Twilio's console shows them; `api` another address than the usual one."""

    sid: str
    token: str
    api: str = ""

    @property
    def base(self) -> str:
        """What all addresses of this account begin with. Raises Unavailable where `api` is none of Twilio's."""
        if not self.sid or not self.token:
            raise _WORDS.unavailable("no_account")
        api = self.api.rstrip("/") or TWILIO
        if not is_allowed(api):
            raise _WORDS.unavailable("not_theirs")
        return f"{api}/2010-04-01/Accounts/{quote(self.sid, safe='')}"

    @property
    def headers(self) -> dict[str, str]:
        """Who asks."""
        return {"Authorization": "Basic " + base64.b64encode(f"{self.sid}:{self.token}".encode()).decode()}

    @property
    def host(self) -> str:
        """Where it is."""
        return urlsplit(self.api or TWILIO).hostname or ""

    def is_own(self, url: str) -> bool:
        """Whether this address is one of the same host: only there our token goes."""
        there, here = urlsplit(url), urlsplit(self.api or TWILIO)
        return is_allowed(self.api or TWILIO) and (there.scheme, there.netloc) == (here.scheme, here.netloc)

    @property
    def is_far(self) -> bool:
        """Whether it is Twilio itself, which cannot call an address on this machine."""
        return self.host.endswith(".twilio.com")


def is_allowed(api: str) -> bool:
    """Twilio's own hosts (one for each region), and the simulator on this machine: the token goes nowhere else."""
    try:
        parts = urlsplit(api)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    near = _is_near(host)
    plain = not (parts.username or parts.password or parts.query or parts.fragment or parts.path)
    return plain and ((parts.scheme == "https" and host.endswith(".twilio.com")) or (parts.scheme == "http" and near))


def _is_near(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_public(url: str) -> bool:
    """Whether somebody outside could call it: not on this machine, not a private address."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith((".localhost", ".local", ".internal", ".example"))
