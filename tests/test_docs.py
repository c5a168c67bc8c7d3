"""What is not written down cannot be run by somebody else: each of these fails when something new is not explained."""

from __future__ import annotations

import argparse
import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from channels.registry import find
from config import settings
from crm_core.model.inbox import Capabilities
from crm_core.store.tables import metadata
from gateway.__main__ import _parser
from gateway.http.app import all_routes
from gateway.http.gauges import Gauges
from workshop import describe

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
OPERATIONS = (DOCS / "operations.md").read_text(encoding="utf-8")
API = (DOCS / "api.md").read_text(encoding="utf-8")
CHANNELS = (DOCS / "channels.md").read_text(encoding="utf-8")

SETTINGS = [field.name for field in fields(settings.Settings)]


def commands(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every command with its parser, those of two words too."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, command in action.choices.items():
                inner = list(commands(command))
                yield from [(f"{name} {word}", one) for word, one in inner] or [(name, command)]


COMMANDS = dict(commands(_parser()))


@pytest.mark.parametrize("name", [*SETTINGS, "config"])
def test_every_setting_has_a_row_in_operations(name: str) -> None:
    assert f"| `ONESTOP_{name.upper()}` |" in OPERATIONS


def test_operations_names_no_setting_that_does_not_exist() -> None:
    named = set(re.findall(r"ONESTOP_([A-Z_]+[A-Z])", OPERATIONS))
    assert {name.lower() for name in named} <= {*SETTINGS, "config"}


def test_the_example_holds_every_setting_with_its_default() -> None:
    example = tomllib.loads((ROOT / "config" / "example.toml").read_text(encoding="utf-8"))
    assert example == tomllib.loads((ROOT / "config" / "default.toml").read_text(encoding="utf-8"))
    assert list(example) == SETTINGS


def test_every_setting_of_the_example_is_explained() -> None:
    lines = (ROOT / "config" / "example.toml").read_text(encoding="utf-8").splitlines()
    unexplained = [
        line
        for before, line in zip(["", *lines], lines, strict=False)
        if line and not line.startswith("#") and not before.startswith("#")
    ]
    assert unexplained == []


def test_the_example_can_be_used_as_it_is() -> None:
    plain = settings.load({})
    assert settings.load({"ONESTOP_CONFIG": str(ROOT / "config" / "example.toml")}) == plain


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_its_options_are_in_operations(name: str) -> None:
    row = next((line for line in OPERATIONS.splitlines() if line.startswith(f"| `onestop {name}")), "")
    assert row, f"no row begins with | `onestop {name}"
    for action in COMMANDS[name]._actions:
        option = next((word for word in action.option_strings if word.startswith("--")), "")
        if option not in ("", "--help"):
            assert option in row, f"{option} of onestop {name}"


def test_every_metric_is_in_operations() -> None:
    for metric in Gauges().registry.collect():
        assert f"| `{metric.name}` |" in OPERATIONS, metric.name


def test_every_route_is_in_the_page_of_the_api() -> None:
    missing = [
        f"{route.method} {route.canonical}"
        for route in all_routes()
        if f"### `{route.method} {route.canonical}`\n" not in API or not (route.handler.__doc__ or "").strip()
    ]
    assert missing == [], "run ./onestop generate; a route without a docstring is not explained"


def test_every_event_is_in_the_page_of_the_api() -> None:
    kinds = list(describe.events())
    assert len(kinds) > 20
    missing = [kind.dotted for kind in kinds if not re.search(rf"^\| `{kind.dotted}` \| \w.*\|$", API, re.MULTILINE)]
    assert missing == []


def test_every_capability_has_a_meaning_and_every_channel_its_part() -> None:
    names = [field.name for field in fields(Capabilities)]
    assert list(describe.CAPABILITIES) == names
    for name in names:
        assert f"| `{name}` |" in CHANNELS
    for kind in find().values():
        assert f"(`{kind.name}`)" in CHANNELS
        for field in fields(kind.settings):
            assert f"| `{field.name}` |" in CHANNELS, f"{kind.name}.{field.name}"


def test_links_between_pages_lead_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in [*ROOT.glob("*.md"), *DOCS.rglob("*.md")]
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []


def test_chapters_named_in_operations_exist() -> None:
    headings = {
        re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-")
        for line in OPERATIONS.splitlines()
        if line.startswith("#")
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", OPERATIONS)) <= headings


def test_decisions_are_numbered_without_a_gap_and_are_short() -> None:
    pages = sorted((DOCS / "decisions").glob("*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        lines = page.read_text(encoding="utf-8").splitlines()
        assert lines[0].startswith(f"# {page.name[:4]} ")
        assert len(lines) <= 16, page.name


def test_decision_6_there_are_no_foreign_keys() -> None:
    assert [table.name for table in metadata.sorted_tables if table.foreign_keys] == []


def test_decision_5_the_workshop_is_not_part_of_what_is_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert sorted(packages) == ["channels", "config", "crm_core", "gateway", "routing"]
