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
import crm_core.model.event_broadcast
import crm_core.model.event_calls
import crm_core.model.event_catalogue
import crm_core.model.event_consent
import crm_core.model.event_drift
import crm_core.model.event_feedback
import crm_core.model.event_house
import crm_core.model.event_live
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
from crm_core.rules import callers

ROOT = Path(__file__).parents[1]
ACTIONS = ROOT / "crm_core" / "actions"

SILENT = {
    "driving.take_orders": "what the phone has in hand is nobody's history; what came of it is said of the call",
    "housekeeping.take_lease": "who leads is nobody's history",
    "housekeeping.drop_lease": "who leads is nobody's history",
    "housekeeping.move_cursor": "how far a worker has come is nobody's history",
    "housekeeping.move_mark": "how far a listener has come is nobody's history",
    "housekeeping.note_source": "how it stands with a provider is shown where inboxes are set up; it changes nobody's matter",
    "housekeeping.note_refused": "the same: somebody called who is not the provider",
    "housekeeping.keep_setting": "a mark of the installation, not a change to anybody's matter",
    "housekeeping.number_events": "it numbers what happened; it is not itself something that happened",
    "importing.import_values": "history is written as it was; one event at the end tells screens to look again",
    "importing.import_batch": "the same, and how far it has come",
    "once.once": "it keeps the answer of the action it runs, which says for itself what happened",
    "once.sweep": "what has run out is forgotten: keys, sessions, links, uploads never sent",
    "checking.keep_verdict": "each file that waited for what is known now tells of it when it is settled",
    "checking.look_later": "a file that is being checked is still being checked",
    "writing.uploaded": "the message that takes the uploads is told of with them",
    "uploads.upload": "a file nobody has sent yet; it is told of with the message that takes it",
    "indexing.index_some": "the index is made from the record and can be made again",
    "finding.renew_keys": "what people are found by is made from what the event beside it tells",
    "tracking.close_visit": "a citizen's browser forgets; nothing of the matter changed",
    "tracking.sweep_visits": "visits that are over, and questions that nobody answered",
    "catalogue.keep_edition": "a way back; whoever changes the service says so",
    "catalogue.first_kept": "the same, before a first change",
    "dispatch.owned": "who owned a ticket until now; whoever changes the ticket says so",
    "writing.keep_letter": "the message is told of with the ticket as its caller leaves it",
    "machine.write_approved": "the message is told of with the ticket as its caller leaves it",
    "forgetting.forget_traces": "what leads to a matter without words; whoever takes the words says so",
    "forgetting.forget_messages": "the same for its messages",
    "forgetting.forget_wires": "raw input whose period was over, or that came with what is said to be erased",
    "forgetting.forget_mentions": "kept answers and what was taught, with what is said to be erased",
    "forgetting.drop_contents": "the sweep that takes them counts them",
    "forgetting.shred": "contents that nobody uses any more",
    "forgetting.unindex": "the index is made from the record",
    "shredding.shredded": "a file that nobody uses is gone; who was forgotten was said before",
    "shredding.note_backup": "which archives there are changes nobody's matter",
    "talks.stay": "that a visitor is still there is presence, not history",
    "talks.give": "where else a visitor wants the answer is asked for with the ways to answer",
    "strands.keep_given": "where else they want the answer stands with the message that says so",
    "acknowledging.may_write_again": "a counter of how often an address heard from us, not history",
    "acknowledging.opens_again": "the same of a strand that opens its ticket again",
    "acknowledging.move": "the same: one counter goes on",
    "senders.whose": "who is new, or proved their address, is told of with the ticket",
    "strands.here": "a strand is told of with the message that stands in it",
    "writing.strand_for": "the same, of ours",
    "strands.joined": "the same, where a colleague said which matter",
    "writing.bind": "the message that takes the uploads is told of with them",
    "duty.attend": "that somebody is at a screen is presence; who is gone for good is signed off, which says so",
    "digests.note": "what waits to be told to one of our own by mail; what happened was said before",
    "digests.claim": "the same: a mail to one of our own is on its way",
    "digests.settle": "the same: it left",
    "digests.put_off": "the same: it comes later",
    "digests.recover": "the same: what another herald had in hand is over",
    "accounts.touch_session": "that somebody is still there is presence, not history",
    "accounts.touch_token": "the same of a program",
    "app_keys.touch_key": "the same of a program of others",
}
"""Housekeeping: the closed list of actions that emit nothing, a reason for each."""

NAMES_ARE_ALLOWED_IN = ("gateway/city/", "gateway/http/portal/")
"""The sample city speaks of letters and mails as a city does; the portal is the form's own page."""


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def all_functions() -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of the actions, as `module.name`; helpers too."""
    return {
        f"{path.stem}.{node.name}": node
        for path in sorted(ACTIONS.glob("*.py"))
        for node in parsed(path).body
        if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef)
    }


@cache
def functions() -> dict[str, ast.AsyncFunctionDef]:
    """Those that are awaited, without the desk's own."""
    return {
        name: node
        for name, node in all_functions().items()
        if isinstance(node, ast.AsyncFunctionDef) and not name.startswith("desk")
    }


@cache
def imported(module: str) -> dict[str, str]:
    """What names mean in a module of the actions: `intake` a module of them, `keep_setting` `housekeeping.keep_setting`."""
    meant = {name.rpartition(".")[2]: name for name in all_functions() if name.startswith(f"{module}.")}
    for node in ast.walk(parsed(ACTIONS / f"{module}.py")):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("crm_core.actions"):
            home = (node.module or "").removeprefix("crm_core.actions").lstrip(".")
            for one in node.names:
                meant[one.asname or one.name] = f"{home}.{one.name}" if home else one.name
    return meant


@cache
def look_ups() -> set[str]:
    """What the store looks up for actions and queries alike: these await only the transaction they are given."""
    found = set()
    for path in sorted((ROOT / "crm_core" / "store").glob("*.py")):
        for node in parsed(path).body:
            if isinstance(node, ast.AsyncFunctionDef) and node.args.args and node.args.args[0].arg == "read":
                found.add(node.name)
    return found


def is_action(node: ast.AsyncFunctionDef) -> bool:
    return not node.name.startswith("_") and bool(node.args.args) and node.args.args[0].arg == "tx"


@cache
def called(name: str) -> frozenset[str]:
    """What a function calls: others of the actions as `module.name`, and what it does to its transaction as `tx.name`."""
    meant = imported(name.partition(".")[0])
    found = set()
    for part in ast.walk(all_functions()[name]):
        if not isinstance(part, ast.Call):
            continue
        what = part.func
        if isinstance(what, ast.Name) and what.id in meant:
            found.add(meant[what.id])
        elif isinstance(what, ast.Attribute) and isinstance(what.value, ast.Name):
            of = what.value.id
            found.add(f"{of if of == 'tx' else meant.get(of, '')}.{what.attr}")
    return frozenset(found)


def reaches(name: str, ends: frozenset[str], seen: frozenset[str] = frozenset()) -> bool:
    """Whether a function comes to one of these, itself or through what it calls."""
    if name in seen or name not in all_functions():
        return False
    calls = called(name)
    return bool(ends & calls) or any(reaches(call, ends, seen | {name}) for call in calls)


WRITES = frozenset({"tx.add", "tx.insert", "tx.save", "tx.change"})
EMITS = frozenset({"tx.emit"})
ALL = {name for name, node in functions().items() if is_action(node) and reaches(name, WRITES)}


def test_names_are_followed_to_the_module_that_they_come_from() -> None:
    """Two actions of one name are two: what the one says, the other has not said."""
    assert {"suspecting.release", "checking.release"} <= ALL
    assert "housekeeping.keep_setting" in called("feedback.choose_rest")
    assert not reaches("housekeeping.keep_setting", EMITS)
    assert reaches("registering.register", frozenset({"intake.go_on"}))


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_action_says_what_happened_or_is_listed_as_housekeeping(name: str) -> None:
    assert reaches(name, EMITS) != (name in SILENT), f"{name} emits nothing and is not listed, or both"


def test_the_list_of_housekeeping_names_only_actions_that_exist() -> None:
    assert set(SILENT) <= ALL


@pytest.mark.parametrize("path", sorted(ACTIONS.glob("*.py")), ids=lambda path: path.name)
def test_an_action_awaits_only_its_transaction_or_another_action(path: Path) -> None:
    if path.name.startswith("desk"):
        return
    ours = {name.rpartition(".")[2] for name in functions()} | look_ups()
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


def test_the_console_knows_a_call_by_the_names_that_the_record_gives_it() -> None:
    """It tells our own names from a citizen's words by them alone."""
    said = {"desk/titles": ("CALL", callers.title), "words/names": ("SOMEBODY", callers.SOMEBODY.__getitem__)}
    for where, (name, ours) in said.items():
        shown = (ROOT / f"web/src/console/{where}.ts").read_text(encoding="utf-8")
        [known] = re.findall(rf"^const {name} = \{{ (.+) \}};$", shown, re.MULTILINE)
        assert known == ", ".join(f'{language}: "{ours(language)}"' for language in ("en", "zh"))


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
        "consult.moved",
        "key.event",
        "suspicion.event",
        "block.event",
        "broadcast.event",
        "file.event",
        "consult.event",
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
