"""The settings, from the environment, a TOML file, or the defaults, in this order.

A bad value ends the start with one clear line that names the setting: a contact
centre that guesses what was meant loses somebody's mail.
"""

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

Network = IPv4Network | IPv6Network
PREFIX = "ONESTOP_"
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_DEFAULTS = Path(__file__).with_name("default.toml")


class BadSetting(Exception):
    """A setting that cannot be used; the text names it and says what would do."""


@dataclass(frozen=True, slots=True)
class Place:
    """A host and a port to listen on."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Socket:
    """A Unix socket, by its path."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator decides. Each field is `ONESTOP_<NAME>` in the environment.

    database_url: where the record is: a `sqlite:///path`, or `postgresql://…`. Empty: `onestop.db` in the data directory.
    redis_url: bus and presence for several processes (`redis://…`); empty: in this process.
    http: where the web listens.
    smtp: where our own mail receiver listens; empty: it does not.
    smtp_relay: where outgoing mail goes unless an inbox says otherwise (`smtp[s]://[user:pass@]host:port`); empty: it waits.
    data_dir: files, the SQLite database and the secret key.
    public_url: how people reach the web from outside; empty: made from `http`.
    trusted_proxies: networks whose `X-Forwarded-For` and `-Proto` are believed, comma-separated.
    secret_key: comma list of secrets; the first signs and seals, all verify and read. Required with PostgreSQL.
    trust_private_peers: whether mail from loopback and private networks counts as from a proven sender.
    trusted_mx: names of our own mail servers on near networks whose `Authentication-Results` are believed, comma-separated.
    mail_domain: what stands in the Message-IDs we make; empty: the domain of the first mailbox, else of `public_url`.
    language: the language of this installation, where a person's own is not known.
    country: where a phone number without a country code belongs (ISO 3166, `US`).
    log_format: `text` for people, `json` for machines.
    requests_per_second: HTTP requests a second that one outside address may make.
    mails_per_second: mails a second that one outside address may hand in.
    mail_size: bytes of one mail at most.
    reopen_days: days after which an answer to a solved ticket opens a new one.
    file_link_days: for how many days a link opens the files of an answer that could not carry them.
    close_solved: whether a ticket that stayed solved for so many days is closed.
    clamd: where ClamAV's daemon answers, that looks into every file which comes in; empty: nobody does.
    """

    database_url: str
    redis_url: str
    http: Place
    smtp: Place | None
    smtp_relay: str
    data_dir: Path
    public_url: str
    trusted_proxies: tuple[Network, ...]
    secret_key: str
    trust_private_peers: bool
    trusted_mx: tuple[str, ...]
    mail_domain: str
    language: str
    country: str
    log_format: str
    requests_per_second: int
    mails_per_second: int
    mail_size: int
    reopen_days: int
    file_link_days: int
    close_solved: bool
    clamd: Place | Socket | None

    @property
    def sqlite_path(self) -> Path | None:
        """The SQLite file, or None on PostgreSQL."""
        if not self.database_url:
            return self.data_dir / "onestop.db"
        if self.database_url.startswith("sqlite:"):
            return Path(self.database_url.removeprefix("sqlite:///"))
        return None


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings as the environment and `ONESTOP_CONFIG` say. Raises BadSetting."""
    environ = os.environ if environ is None else environ
    plain = tomllib.loads(_DEFAULTS.read_text(encoding="utf-8"))
    plain.update(_from_file(environ.get(PREFIX + "CONFIG", "")))
    plain.update(_from_environment(environ))
    values = {name: _read(name, plain[name]) for name in _READERS}
    settings = Settings(**values)
    if not settings.public_url:
        host = settings.http.host if settings.http.host not in ("0.0.0.0", "::") else "127.0.0.1"  # noqa: S104 - compared, not bound
        settings = _with(settings, public_url=f"http://{Place(host, settings.http.port)}")
    return settings


def _with(settings: Settings, **changes: Any) -> Settings:
    return Settings(
        **{field.name: changes.get(field.name, getattr(settings, field.name)) for field in fields(Settings)}
    )


def _from_file(name: str) -> dict[str, Any]:
    if not name:
        return {}
    try:
        found = tomllib.loads(Path(name).read_text(encoding="utf-8"))
    except OSError as why:
        raise BadSetting(f"ONESTOP_CONFIG: {name} cannot be read ({why.strerror}).") from why
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as why:
        raise BadSetting(f"ONESTOP_CONFIG: {name} is not valid TOML ({why}).") from why
    for key in found:
        if key not in _READERS:
            raise BadSetting(f"ONESTOP_CONFIG: {name} has a setting {key!r} that does not exist.")
    return found


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in environ.items():
        name = key.removeprefix(PREFIX).lower()
        if not key.startswith(PREFIX) or name == "config":
            continue
        if name not in _READERS:
            raise BadSetting(f"{key}: there is no such setting. config/example.toml lists them.")
        found[name] = value
    return found


def _read(name: str, value: Any) -> Any:
    try:
        return _READERS[name](value)
    except (ValueError, TypeError) as why:
        raise BadSetting(f"{PREFIX}{name.upper()}: {why}") from why


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a text.")
    return value.strip()


def _place(value: Any) -> Place:
    host, _, port = _text(value).rpartition(":")
    if not host or not port.isdigit() or not 0 <= int(port) < 65536:
        raise ValueError(f"{value!r} is not host:port, for example 127.0.0.1:8080.")
    return Place(host.strip("[]"), int(port))


def _maybe_place(value: Any) -> Place | None:
    return _place(value) if _text(value) else None


def _maybe_place_or_socket(value: Any) -> Place | Socket | None:
    text = _text(value)
    return Socket(Path(text)) if text.startswith("/") else _maybe_place(text)


def _number(least: int, most: int | None = None) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if isinstance(value, bool) or not str(value).strip().isdigit() or int(value) < least:
            raise ValueError(f"{value!r} is not a whole number of at least {least}.")
        if most is not None and int(value) > most:
            raise ValueError(f"{value!r} is more than {most}.")
        return int(value)

    return read


def _yes(value: Any) -> bool:
    known = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    if str(value).lower() not in known:
        raise ValueError(f"{value!r} is neither true nor false.")
    return known[str(value).lower()]


def _one_of(*names: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in names:
            raise ValueError(f"{value!r} is not one of {', '.join(names)}.")
        return str(value)

    return read


def _url(*schemes: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        text = _text(value)
        if not text:
            return text
        parts = urlsplit(text)
        if parts.scheme not in schemes or not (parts.netloc or parts.scheme.startswith("sqlite")):
            raise ValueError(f"not a URL that starts with {' or '.join(f'{scheme}://' for scheme in schemes)}.")
        _ = parts.port  # raises ValueError where the port is no number
        return text.rstrip("/")

    return read


def _networks(value: Any) -> tuple[Network, ...]:
    return tuple(ip_network(part.strip()) for part in _text(value).split(",") if part.strip())


def _names(value: Any) -> tuple[str, ...]:
    names = tuple(part.strip().casefold() for part in _text(value).split(",") if part.strip())
    for name in names:
        if not _HOST.fullmatch(name):
            raise ValueError(f"{name!r} is not a host name, for example mx.example.org.")
    return names


def _country(value: Any) -> str:
    code = _text(value).upper()
    if len(code) != 2 or not (code.isascii() and code.isalpha()):
        raise ValueError(f"{value!r} is not a country of two letters, for example US.")
    return code


def _folder(value: Any) -> Path:
    return Path(_text(value)).expanduser()


_READERS: dict[str, Callable[[Any], Any]] = {
    "database_url": _url("sqlite", "postgresql", "postgres", "postgresql+asyncpg"),
    "redis_url": _url("redis", "rediss", "unix"),
    "http": _place,
    "smtp": _maybe_place,
    "smtp_relay": _url("smtp", "smtps"),
    "data_dir": _folder,
    "public_url": _url("http", "https"),
    "trusted_proxies": _networks,
    "secret_key": _text,
    "trust_private_peers": _yes,
    "trusted_mx": _names,
    "mail_domain": _text,
    "language": _text,
    "country": _country,
    "log_format": _one_of("text", "json"),
    "requests_per_second": _number(1),
    "mails_per_second": _number(1),
    "mail_size": _number(1024),
    "reopen_days": _number(1),
    "file_link_days": _number(1, 366),
    "close_solved": _yes,
    "clamd": _maybe_place_or_socket,
}
