"""Rules of the house that are about files, not about what they do."""

from __future__ import annotations

import ast
import gzip
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from workshop import licences, run_tests
from workshop.__main__ import COMMANDS
from workshop.places import ROOT

DIST = ROOT / "gateway" / "static" / "dist"
# In pieces, so that this file does not name them either.
REGISTRIES = [
    ".".join(words)
    for words in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs"),
        ("npmmirror", "com"),
        ("registry", "yarnpkg"),
        ("deb", "debian"),
    )
]
KILO = 1000
BUDGETS = {
    "portal": 15 * KILO,
    "widget": 3 * KILO,
    "frame": 35 * KILO,
    "console": 130 * KILO,
}  # UX §14
MOST_LINES_OF_A_FILE, MOST_LINES_OF_A_FUNCTION = 450, 60


def tracked(*patterns: str) -> list[Path]:
    """What git knows, and what it would add; a file that was just deleted is left out."""
    command = ["git", "ls-files", "-co", "--exclude-standard", "-z", "--", *patterns]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


# ---------------------------------------------------------------- where things come from


def test_no_file_says_where_packages_are_fetched_from() -> None:
    naming = [
        f"{path.relative_to(ROOT)} names {host}"
        for path in tracked()
        for host in REGISTRIES
        if host.encode() in path.read_bytes()
    ]
    assert naming == []


@pytest.mark.parametrize("lock", sorted(ROOT.glob("locks/*.txt")), ids=lambda path: path.name)
def test_a_lock_has_a_hash_for_each_library_and_no_address(lock: Path) -> None:
    text = lock.read_text()
    assert "://" not in text
    for library in re.split(r"\n(?=\S)", text):
        assert "--hash=sha256:" in library


def test_the_lock_of_the_web_part_has_no_address() -> None:
    packages = json.loads((ROOT / "web" / "package-lock.json").read_text())["packages"]
    assert [name for name, package in packages.items() if "resolved" in package] == []


def test_channels_and_config_are_ours_though_the_index_has_packages_of_these_names() -> None:
    import channels
    import config

    for package in (channels, config):
        assert Path(str(package.__file__)).is_relative_to(ROOT)
    names = {name.lower() for name in licences.locked("test")}
    assert names.isdisjoint({"channels", "config", "gateway", "routing"})


# ---------------------------------------------------------------- licences


def test_we_may_ship_everything_that_we_use() -> None:
    good, words = licences.look()
    assert good, words


@pytest.mark.parametrize(
    ("licence", "may"),
    [
        ("MIT", True),
        ("Apache-2.0", True),
        ("LGPL-3.0-only", True),
        ("GNU Lesser General Public License v3 (LGPLv3)", True),
        ("MIT OR GPL-2.0-only", True),
        ("MPL-2.0", True),
        ("GPL-3.0-only", False),
        ("GNU General Public License v3 (GPLv3)", False),
        ("AGPL-3.0-or-later", False),
        ("MIT AND GPL-3.0-only", False),
        ("", False),
        ("Proprietary", False),
    ],
)
def test_gpl_and_unknown_licences_are_refused_and_lgpl_is_not(licence: str, may: bool) -> None:
    assert licences.may_ship(licences.Library("some-library", "1.0", licence)) is may


# ---------------------------------------------------------------- sizes


def first_view(room: str) -> list[Path]:
    """The scripts that a browser must have before it shows anything: the entry and what it imports at once."""
    chunks = json.loads((DIST / room / "manifest.json").read_text())
    [entry] = [key for key, chunk in chunks.items() if chunk.get("isEntry")]
    wanted = [entry]
    for key in wanted:
        wanted.extend(other for other in chunks[key].get("imports", []) if other not in wanted)
    return [DIST / room / chunks[key]["file"] for key in wanted]


@pytest.mark.parametrize("room", BUDGETS)
def test_the_first_view_is_small_enough(room: str) -> None:
    built = json.loads((DIST / "manifest.json").read_text()) if DIST.exists() else None
    assert built, "the web part is not built: ./onestop test builds it"
    if room not in built:
        assert not any((ROOT / "web" / "src" / room).glob("*")), f"{room} has sources and was not built"
        return
    size = sum(len(gzip.compress(path.read_bytes())) for path in first_view(room))
    assert size <= BUDGETS[room], f"{room}: {size} bytes of gzipped script"


def our_python() -> list[Path]:
    return [path for path in tracked("*.py", "onestop") if "migrations/versions" not in path.as_posix()]


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_no_file_and_no_function_is_too_long_to_read() -> None:
    long = []
    for path in our_python():
        text = path.read_text()
        name, lines = path.relative_to(ROOT), text.count("\n")
        if lines > MOST_LINES_OF_A_FILE:
            long.append(f"{name} has {lines} lines")
        for function in functions(ast.parse(text)):
            length = (function.end_lineno or 0) - function.lineno + 1
            if length > MOST_LINES_OF_A_FUNCTION:
                long.append(f"{name}:{function.lineno} {function.name} has {length} lines")
    assert long == []


# ---------------------------------------------------------------- the way in


def test_an_old_python_can_read_the_script_that_tells_it_is_too_old() -> None:
    ast.parse((ROOT / "onestop").read_text(), feature_version=(3, 7))
    ast.parse((ROOT / "web" / "build.py").read_text(), feature_version=(3, 8))


def test_the_script_sends_to_the_workshop_exactly_what_the_workshop_knows() -> None:
    tree = ast.parse((ROOT / "onestop").read_text())
    [listed] = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "FOR_PEOPLE_WHO_CHANGE_IT"
    ]
    assert set(listed) == set(COMMANDS)


def test_a_run_that_broke_without_a_failed_test_counts_as_failed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_tests.close([run_tests.Tally(3, 0, 0, 0), run_tests.Tally(0, 0, 0, 5)]) == 5
    assert capsys.readouterr().out.strip() == "tests: 3 passed, 1 failed, 0 skipped"


def test_a_start_does_not_read_the_large_library_of_a_channel_that_nobody_uses() -> None:
    """python-telegram-bot alone took a fifth of a second of every start."""
    code = (
        "import sys; from channels import registry; registry.find(); print({'telegram', 'httpx'} & sys.modules.keys())"
    )
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert said.strip() == "set()"
