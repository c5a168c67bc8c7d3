"""A setting is taken as it was meant, or refused in one line that names it."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from config.settings import BadSetting, Place, Settings, Socket, load

BAD = {
    "DATABASE_URL": ["mysql://localhost/x", "onestop.db", "postgresql://", "postgresql://host:port/x"],
    "REDIS_URL": ["localhost:6379", "http://localhost"],
    "HTTP": ["8080", "localhost", "localhost:web", "localhost:70000", ":8080", ""],
    "SMTP": ["2525", "localhost:mail", "localhost:-1"],
    "SMTP_RELAY": ["mail.example.org:25", "http://mail.example.org", "smtp://", "smtp://host:mail"],
    "PUBLIC_URL": ["example.org", "ftp://example.org"],
    "TRUSTED_PROXIES": ["10.0.0.0/99", "nginx", "10.0.0.1/8"],
    "TRUST_PRIVATE_PEERS": ["maybe", "2"],
    "TRUSTED_MX": ["mx one", "10.0.0.0/8", "mx.example.org, smtp://mx"],
    "COUNTRY": ["", "USA", "1", "Ünited"],
    "LOG_FORMAT": ["xml", ""],
    "REQUESTS_PER_SECOND": ["0", "-1", "many", "1.5"],
    "MAILS_PER_SECOND": ["0", "fast"],
    "MAIL_SIZE": ["25MB", "10"],
    "REOPEN_DAYS": ["0", "two weeks"],
    "FILE_LINK_DAYS": ["0", "367", "a month"],
    "CLOSE_SOLVED": ["14", "perhaps"],
    "CLAMD": ["clamd", "localhost", "run/clamav/clamd.ctl", "localhost:scanner"],
    "NO_SUCH_THING": ["1"],
}
FREE = {"DATA_DIR", "SECRET_KEY", "MAIL_DOMAIN", "LANGUAGE"}
"""Any text will do."""


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BAD.items() for value in values])
def test_a_bad_value_is_refused_in_one_line_that_names_the_setting(name: str, value: str) -> None:
    with pytest.raises(BadSetting) as refused:
        load({f"ONESTOP_{name}": value})
    assert str(refused.value).startswith(f"ONESTOP_{name}: ")
    assert "\n" not in str(refused.value)


def test_every_setting_is_tried_with_a_bad_value_or_takes_any_text() -> None:
    assert {field.name.upper() for field in fields(Settings)} == (set(BAD) | FREE) - {"NO_SUCH_THING"}


def test_clamd_answers_at_a_place_or_at_a_socket_or_nowhere() -> None:
    found = {text: load({"ONESTOP_CLAMD": text}).clamd for text in ("10.0.0.5:3310", "/run/clamav/clamd.ctl", "")}
    assert list(found.values()) == [Place("10.0.0.5", 3310), Socket(Path("/run/clamav/clamd.ctl")), None]


def test_a_secret_in_a_bad_value_is_not_repeated() -> None:
    with pytest.raises(BadSetting) as refused:
        load({"ONESTOP_SMTP_RELAY": "http://user:hunter2@mail.example.org"})
    assert "hunter2" not in str(refused.value)


def test_the_environment_comes_before_the_file_and_the_file_before_the_defaults(tmp_path: Path) -> None:
    file = tmp_path / "onestop.toml"
    file.write_text('http = "127.0.0.1:9000"\nreopen_days = 3\n')
    settings = load({"ONESTOP_CONFIG": str(file), "ONESTOP_HTTP": "127.0.0.1:9001"})
    assert settings.http == Place("127.0.0.1", 9001)
    assert settings.reopen_days == 3
    assert settings.smtp == Place("127.0.0.1", 2525)


@pytest.mark.parametrize(
    ("content", "says"), [("colour = 'red'", "colour"), ("http = 8080", "ONESTOP_HTTP"), ("= nonsense", "TOML")]
)
def test_a_file_with_a_mistake_is_refused_in_one_line_that_says_where(content: str, says: str, tmp_path: Path) -> None:
    file = tmp_path / "onestop.toml"
    file.write_text(content)
    with pytest.raises(BadSetting, match=says) as refused:
        load({"ONESTOP_CONFIG": str(file)})
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="cannot be read"):
        load({"ONESTOP_CONFIG": str(tmp_path / "none.toml")})


def test_the_public_url_is_made_from_where_the_web_listens() -> None:
    assert load({"ONESTOP_HTTP": "0.0.0.0:9000"}).public_url == "http://127.0.0.1:9000"
    assert load({"ONESTOP_PUBLIC_URL": "https://help.example.org/"}).public_url == "https://help.example.org"


def test_an_address_of_version_6_is_understood() -> None:
    place = load({"ONESTOP_HTTP": "[::1]:8080"}).http
    assert (place.host, place.port, str(place)) == ("::1", 8080, "[::1]:8080")


def test_an_empty_smtp_means_no_receiver() -> None:
    assert load({"ONESTOP_SMTP": ""}).smtp is None
