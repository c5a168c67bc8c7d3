"""The rules of the house that a reader cannot see at once: each fails when somebody bends it."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import channels
import crm_core.actions
import crm_core.model.event_answers
import crm_core.model.event_bringing
import crm_core.model.event_catalogue
import crm_core.model.event_consent
import crm_core.model.event_drift
import crm_core.model.event_feedback
import crm_core.model.event_house
import crm_core.model.event_people
import crm_core.model.event_privacy
import crm_core.model.event_promises
import crm_core.model.event_replies
import crm_core.model.event_retention
import crm_core.model.event_suspicion
import crm_core.model.event_talks
from channels.registry import find
from crm_core.model.errors import Refusal
from crm_core.model.event import Event

ROOT = Path(__file__).parents[1]
ACTIONS = ROOT / "crm_core" / "actions"

SILENT = {
    "take_lease": "who leads is nobody's history",
    "drop_lease": "who leads is nobody's history",
    "move_cursor": "how far a worker has come is nobody's history",
    "move_mark": "how far a listener has come is nobody's history",
    "note_source": "how it stands with a provider is shown where inboxes are set up; it changes nobody's matter",
    "note_refused": "the same: somebody called who is not the provider",
    "keep_setting": "a mark of the installation, not a change to anybody's matter",
    "number_events": "it numbers what happened; it is not itself something that happened",
    "import_values": "history is written as it was; one event at the end tells screens to look again",
    "import_batch": "the same, and how far it has come",
    "once": "it keeps the answer of the action it runs, which says for itself what happened",
    "sweep": "what has run out is forgotten: keys, sessions, links, uploads never sent",
    "keep_verdict": "each file that waited for what is known now tells of it when it is settled",
    "look_later": "a file that is being checked is still being checked",
    "uploaded": "the message that takes the uploads is told of with them",
    "upload": "a file nobody has sent yet; it is told of with the message that takes it",
    "index_some": "the index is made from the record and can be made again",
    "renew_keys": "what people are found by is made from what the event beside it tells",
    "close_visit": "a citizen's browser forgets; nothing of the matter changed",
    "sweep_visits": "visits that are over, and questions that nobody answered",
    "keep_edition": "a way back; whoever changes the service says so",
    "first_kept": "the same, before a first change",
    "owned": "who owned a ticket until now; whoever changes the ticket says so",
    "keep_letter": "the message is told of with the ticket as its caller leaves it",
    "write_approved": "the message is told of with the ticket as its caller leaves it",
    "forget_traces": "what leads to a matter without words; whoever takes the words says so",
    "forget_messages": "the same for its messages",
    "forget_wires": "raw input whose period was over, or that came with what is said to be erased",
    "forget_mentions": "kept answers and what was taught, with what is said to be erased",
    "drop_contents": "the sweep that takes them counts them",
    "shred": "contents that nobody uses any more",
    "unindex": "the index is made from the record",
    "shredded": "a file that nobody uses is gone; who was forgotten was said before",
    "note_backup": "which archives there are changes nobody's matter",
    "stay": "that a visitor is still there is presence, not history",
    "give": "where else a visitor wants the answer is asked for with the ways to answer",
    "keep_given": "where else they want the answer stands with the message that says so",
    "may_write_again": "a counter of how often an address heard from us, not history",
    "opens_again": "the same of a strand that opens its ticket again",
    "move": "the same: one counter goes on",
    "whose": "who is new, or proved their address, is told of with the ticket",
    "here": "a strand is told of with the message that stands in it",
    "strand_for": "the same, of ours",
    "joined": "the same, where a colleague said which matter",
    "bind": "the message that takes the uploads is told of with them",
    "touch_session": "that somebody is still there is presence, not history",
    "touch_token": "the same of a program",
    "touch_key": "the same of a program of others",
}
"""Housekeeping: the closed list of actions that emit nothing, a reason for each."""

NAMES_ARE_ALLOWED_IN = ("gateway/city/", "gateway/http/portal/")
"""The sample city speaks of letters and mails as a city does; the portal is the form's own page."""


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def functions() -> dict[str, ast.AsyncFunctionDef]:
    """Every async function of the actions, by name."""
    return {
        node.name: node
        for path in sorted(ACTIONS.glob("*.py"))
        if not path.name.startswith("desk")
        for node in parsed(path).body
        if isinstance(node, ast.AsyncFunctionDef)
    }


@cache
def look_ups() -> set[str]:
    """What the store looks up for actions and queries alike: these await only the transaction they are given."""
    found = set()
    for path in sorted((ROOT / "crm_core" / "store").glob("*.py")):
        for node in parsed(path).body:
            if isinstance(node, ast.AsyncFunctionDef) and node.args.args and node.args.args[0].arg == "read":
                found.add(node.name)
    return found


@cache
def all_functions() -> dict[str, ast.AST]:
    """Every function of the actions, by name; helpers too."""
    return {
        node.name: node
        for path in sorted(ACTIONS.glob("*.py"))
        for node in parsed(path).body
        if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef)
    }


def is_action(node: ast.AsyncFunctionDef) -> bool:
    return not node.name.startswith("_") and bool(node.args.args) and node.args.args[0].arg == "tx"


@cache
def called(node: ast.AST) -> set[str]:
    """Names of everything a function calls, by the last part of the name."""
    return {
        part.func.attr if isinstance(part.func, ast.Attribute) else part.func.id
        for part in ast.walk(node)
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute | ast.Name)
    }


def writes(name: str, known: dict[str, ast.AST], seen: frozenset[str] = frozenset()) -> bool:
    """Whether it changes the record, itself or through what it calls; a look-up does not."""
    if name in seen or name not in known:
        return False
    calls = called(known[name])
    direct = {"add", "insert", "save", "change"} & calls
    return bool(direct) or any(writes(call, known, seen | {name}) for call in calls)


def emits(name: str, known: dict[str, ast.AST], seen: frozenset[str] = frozenset()) -> bool:
    """Whether an action says what happened, itself or through what it calls."""
    if name in seen or name not in known:
        return False
    calls = called(known[name])
    return "emit" in calls or any(emits(call, known, seen | {name}) for call in calls)


ALL = {name for name, node in functions().items() if is_action(node) and writes(name, all_functions())}


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_action_says_what_happened_or_is_listed_as_housekeeping(name: str) -> None:
    assert emits(name, all_functions()) != (name in SILENT), f"{name} emits nothing and is not listed, or both"


def test_the_list_of_housekeeping_names_only_actions_that_exist() -> None:
    assert set(SILENT) <= ALL


@pytest.mark.parametrize("path", sorted(ACTIONS.glob("*.py")), ids=lambda path: path.name)
def test_an_action_awaits_only_its_transaction_or_another_action(path: Path) -> None:
    if path.name.startswith("desk"):
        return
    ours = set(functions()) | look_ups()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Await):
            assert _may_be_awaited(node.value, ours), f"{path.name}:{node.lineno} {ast.unparse(node)}"


def _may_be_awaited(value: ast.expr, ours: set[str]) -> bool:
    if not isinstance(value, ast.Call):
        return False
    name = ast.unparse(value.func)
    return name == "act" or name.startswith(("tx.", "read.")) or name.rpartition(".")[2] in ours


def test_contents_are_opened_by_one_way_only() -> None:
    """The gate of the virus scanner stands there; who reads past it is named here, with the reason."""
    past = {
        "gateway/files.py": "the way itself",
        "gateway/workers/examiner.py": "it hands them to the scanner",
        "gateway/http/quarantine.py": "a raw wire, which admins alone may have",
    }
    reads = re.compile(r"contents\.(?:content|for_the_scanner)\b|files\.read\b")
    found = {
        str(path.relative_to(ROOT))
        for folder in ("gateway", "channels")
        for path in (ROOT / folder).rglob("*.py")
        if reads.search(path.read_text())
    }
    assert found == past.keys()


def test_every_refusal_has_a_status() -> None:
    from gateway.http import errors

    def kinds(kind: type[Refusal]) -> Iterator[type[Refusal]]:
        for sub in kind.__subclasses__():
            yield sub
            yield from kinds(sub)

    import crm_core.model.errors as ours

    missing = [
        kind.__name__ for kind in kinds(Refusal) if kind.__module__ == ours.__name__ and kind not in errors.STATUS
    ]
    assert missing == []


def test_every_event_is_handled_by_the_screens_reducer() -> None:
    handled = set(
        re.findall(r'^  "([a-z]+(?:\.[a-z]+)+)":', (ROOT / "web/src/shared/reducer.ts").read_text(), re.MULTILINE)
    )
    assert event_types() <= handled, f"not handled: {sorted(event_types() - handled)}"
    assert handled <= event_types(), f"handled, but never sent: {sorted(handled - event_types())}"


def event_types() -> set[str]:
    """The dotted names of all events that can happen (families have none of their own)."""

    def leaves(kind: type[Event]) -> Iterator[type[Event]]:
        subs = kind.__subclasses__()
        if not subs:
            yield kind
        for sub in subs:
            yield from leaves(sub)

    families = {"ticket.event", "message.event", "customer.event", "identity.event", "work.event", "offer.event"}
    families |= {"person.event", "profile.event", "address.event", "merge.event", "relation.event"}
    families |= {"agent.event", "security.event", "inbox.event", "wire.event", "edition.event", "job.event"}
    families |= {"suggestion.event", "erasure.event", "export.event", "hold.event", "import.event", "sweep.event"}
    families |= {
        "answer.event",
        "drift.event",
        "consent.event",
        "key.event",
        "suspicion.event",
        "block.event",
        "file.event",
    }
    return {leaf.dotted for leaf in leaves(Event)} - families


ALSO_A_FIELD = {"email": "people have a mail address, and forms ask for it"}
"""Names of channels that are ordinary words too: these count only beside a word for channels."""


def test_nothing_outside_a_channels_folder_depends_on_its_name() -> None:
    assert [fault for path in _sources() for fault in _names_a_channel(path)] == []


def test_a_planted_dependence_on_a_channels_name_is_found(tmp_path: Path) -> None:
    for number, line in enumerate(['if inbox.channel == "email":', "kind = 'web_form'", 'case "channel", "email":']):
        planted = tmp_path / f"planted{number}.py"
        planted.write_text(line)
        assert _names_a_channel(planted), line


@cache
def quoted_channels() -> re.Pattern[str]:
    return re.compile(rf"""(?<=["'`])({"|".join(find())})(?=["'`])""")


def _names_a_channel(path: Path) -> list[str]:
    faults = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        named = set(quoted_channels().findall(line))
        about_channels = re.search(r"channel|inbox|door|\bkind\b", line)
        if named - ALSO_A_FIELD.keys() or (named and about_channels and "`" not in line):
            faults.append(f"{path.name}:{number}: {line.strip()}")
    return faults


def _sources() -> Iterator[Path]:
    for folder, endings in (
        ("crm_core", ("py",)),
        ("routing", ("py",)),
        ("gateway", ("py",)),
        ("web/src", ("ts", "svelte", "css")),
    ):
        for ending in endings:
            for path in sorted((ROOT / folder).rglob(f"*.{ending}")):
                name = str(path.relative_to(ROOT))
                test_file = path.name.endswith((".test.ts", "samples.ts"))
                if not name.startswith(NAMES_ARE_ALLOWED_IN) and "/dist/" not in name and not test_file:
                    yield path


def test_every_channel_folder_has_its_quality_card() -> None:
    for module in pkgutil.iter_modules(channels.__path__):
        if module.ispkg and module.name != "shared":
            card = (ROOT / "channels" / module.name / "README.md").read_text(encoding="utf-8").casefold()
            for word in ("signature", "duplicate", "order", "retr", "limit", "receipt", "attachment", "not proven"):
                assert word in card, f"channels/{module.name}/README.md says nothing of {word}"


def test_every_action_is_in_a_module_that_can_be_imported() -> None:
    for module in pkgutil.iter_modules(crm_core.actions.__path__):
        importlib.import_module(f"crm_core.actions.{module.name}")
