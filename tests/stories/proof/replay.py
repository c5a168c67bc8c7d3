"""The slow, obvious reference: what a screen must show after what it was told, by the rules in words.

It knows no kinds of events, only what an event carries: a ticket's row, a message, how far a
message got, an offer, a customer's words, an address, an account, a line of a timeline.
What is newer than what stands here replaces it; what is gone is dropped.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

LINES = (
    "ticket.",
    "reply.",
    "files.",
    "file.blocked",
    "file.released",
    "pictures.",
    "talk.",
    "feedback.given",
    "answer.used",
    "macro.run",
)
"""Kinds of events that draw a line in a timeline; messages come with their own words."""

DELIVERY = ("delivery", "send_at", "hold", "instead_of", "instead", "version")
"""What changes of an answer on its way."""


def faults(viewers: dict[str, Json], cases: list[Json]) -> list[str]:
    """Cases in which what was told does not lead to what a fresh load says."""
    found = []
    for case in cases:
        viewer = viewers[case["viewer"]]
        old, fresh = viewer["snapshots"][case["old"]], viewer["snapshots"][case["fresh"]]
        screen = Screen(old)
        for frame in viewer["frames"][slice(*case["frames"])]:
            screen.hear(frame)
        if not screen.loads_anew and (why := screen.differs_from(Screen(fresh))):
            found.append(f"{case['name']}, after {case['acts'][-9:]}: {why}")
    return found


class Screen:
    """Tickets, opened timelines, known customers, colleagues and my offers, as dictionaries by id.

    `moved` is what must be asked for again: timelines that messages went to, people about whom something was told.
    """

    def __init__(self, snapshot: Json) -> None:
        self.me = snapshot["bootstrap"]["me"]["id"]
        self.position = snapshot["bootstrap"]["position"]
        self.tickets = {row["id"]: row for row in snapshot["tickets"]}
        self.timelines = {
            id: {item["id"]: _without_position(item) for item in items} for id, items in snapshot["timelines"].items()
        }
        self.customers = {one["id"]: _known(one) for one in snapshot["customers"]}
        self.agents = {one["id"]: _account(one) for one in snapshot["bootstrap"]["agents"]}
        self.offers = {offer["id"]: dict(offer) for offer in snapshot["offers"]}
        self.calls = {call["id"]: call for call in snapshot["bootstrap"]["calls"]}
        self.broadcasts = {one["id"]: one for one in snapshot["bootstrap"]["broadcasts"]}
        self.people = set(self.customers)
        self.moved: set[str] = set()
        self.loads_anew = False

    def hear(self, frame: Json) -> None:
        """What one frame tells, in the order in which it happened."""
        told = sorted([*frame.get("events", ()), *frame.get("gone", ())], key=lambda one: one["position"])
        for one in told:
            if one["position"] > self.position:
                self.position = one["position"]
                self._happened(one) if "type" in one else self._left(one["ticket"])
        self.loads_anew |= bool(frame.get("refresh") or frame.get("reset"))

    def differs_from(self, other: Screen) -> str:
        """The first difference in words; empty if they show the same. Who lost sight of a customer keeps the words."""
        for what in ("tickets", "agents", "offers", "calls", "broadcasts"):
            if (mine := getattr(self, what)) != (theirs := getattr(other, what)):
                wrong = sorted(id for id in mine.keys() | theirs.keys() if mine.get(id) != theirs.get(id))
                return f"{what} {wrong[0]}: {mine.get(wrong[0])} instead of {theirs.get(wrong[0])}"
        for what in ("timelines", "customers"):
            mine, theirs = getattr(self, what), getattr(other, what)
            for id in sorted(mine.keys() & theirs.keys() - self.moved):
                if mine[id] != theirs[id]:
                    return f"{what} {id}: {mine[id]} instead of {theirs[id]}"
        return ""

    def _happened(self, event: Json) -> None:
        facts, words = event["facts"], event["personal"] or {}
        row = {**facts.get("row", {}), **words.get("row", {})}
        held_out_only = "offer" in facts and row and row["id"] not in self.tickets
        if row and not held_out_only and _is_newer(row, self.tickets.get(row["id"])):
            self.tickets[row["id"]] = row
            for offer in self.offers.values():
                offer["row"] = row if offer["ticket"] == row["id"] else offer["row"]
        if isinstance(facts.get("message"), dict):
            self._said({**facts["message"], **words.get("message", {})})
        if "delivery" in facts:
            self._got_further(event["ticket"], {**facts, **words})
        if event["type"].startswith("file."):
            self._checked(event["ticket"], facts)
        if event["type"].startswith(LINES) or (event["type"] == "offer.ended" and facts["offer"]["refusal"]):
            self._line(event)
        if event["type"] == "ticket.erased":
            self._fell_silent(event["ticket"], facts["messages"])
        if "offer" in facts:
            self._offered(facts["offer"], row)
        self._broadcast(facts, words)
        self._called({**facts.get("call", {}), **words.get("call", {})})
        self.moved |= {facts[name] for name in ("customer", "source", "from", "other") if name in facts} & self.people
        if event["type"].startswith("agent."):
            self._changed(facts, words)
        self.loads_anew |= event["type"] in ("city.loaded", "import.ended")

    def _broadcast(self, facts: Json, words: Json) -> None:
        """What was said to me stands here until I have read it, or it was taken back."""
        if "broadcast" not in facts:
            return
        said = {**facts["broadcast"], **words.get("broadcast", {})}
        mine = said["author"] != self.me and (said["team"] is None or said["team"] in self.agents[self.me]["teams"])
        if said["ended_at"] is not None or facts.get("agent") == self.me:
            self.broadcasts.pop(said["id"], None)
        elif mine and "text" in said:
            self.broadcasts[said["id"]] = said

    def _left(self, ticket: str) -> None:
        self.tickets.pop(ticket, None)
        self.timelines.pop(ticket, None)

    def _said(self, message: Json) -> None:
        timeline = self.timelines.get(message["ticket"])
        if timeline is not None and _is_newer(message, timeline.get(message["id"])):
            timeline[message["id"]] = message

    def _got_further(self, ticket: str, facts: Json) -> None:
        message = self.timelines.get(ticket, {}).get(facts["message"])
        if message and message["version"] < facts["version"]:
            news = {**{name: facts[name] for name in DELIVERY}, "delivery_reason": facts["reason"]}
            self.timelines[ticket][facts["message"]] = {**message, **news}

    def _checked(self, ticket: str, facts: Json) -> None:
        message = self.timelines.get(ticket, {}).get(facts["message"])
        if message and message["version"] <= facts["version"]:
            told = {name: facts[name] for name in ("check", "found")}
            files = [{**one, **told} if one["id"] == facts["file"] else one for one in message["attachments"]]
            self.timelines[ticket][facts["message"]] = {**message, "attachments": files, "version": facts["version"]}

    def _fell_silent(self, ticket: str, only: list[str] | None) -> None:
        if only is not None:  # the rest of it is asked for again
            self.moved.add(ticket)
        for id, item in self.timelines.get(ticket, {}).items():
            if item["type"] == "event":
                item["said"] = None
            elif (only is None or id in only) and item["flags"] != ["erased"]:
                lost = item["delivery"] in ("scheduled", "queued", "no_relay", "sending", "to_print", "printed")
                item |= {
                    **dict.fromkeys(("sender", "text"), ""),
                    **dict.fromkeys(("subject", "address", "delivery_reason", "send_at", "hold")),
                    **dict.fromkeys(("html", "cut"), False),
                    "attachments": [],
                    "folds": [],
                    "flags": ["erased"],
                    "delivery": "failed" if lost else item["delivery"],
                    "version": item["version"] + 1,
                }

    def _line(self, event: Json) -> None:
        timeline = self.timelines.get(event["ticket"])
        if timeline is None:
            return
        facts = {name: value for name, value in event["facts"].items() if name != "row"}
        kept = {name: event[name] for name in ("id", "at", "actor", "ticket", "at_version")}
        said = (event["personal"] or {}).get("said")
        timeline[event["id"]] = {**kept, "type": "event", "event": event["type"], "facts": facts, "said": said}
        if "into" in facts or "source" in facts:  # messages moved: a screen asks for this timeline again
            self.moved.add(event["ticket"])

    def _called(self, call: Json) -> None:
        if not call or not _is_newer(call, self.calls.get(call["id"])):
            return
        theirs = {call["agent"], *(leg["agent"] for leg in call["legs"] if leg["state"] != "gone")}
        if self.me in theirs and call["state"] != "ended":
            self.calls[call["id"]] = call
        else:
            self.calls.pop(call["id"], None)

    def _offered(self, offer: Json, row: Json) -> None:
        if offer["state"] != "held_out":
            self.offers.pop(offer["id"], None)
        elif offer["agent"] == self.me:
            self.offers[offer["id"]] = {**offer, "row": row}

    def _changed(self, facts: Json, words: Json) -> None:
        known = self.agents.get(facts["agent"], {"id": facts["agent"], "version": 0})
        if known["version"] >= facts["version"]:
            return
        told = {**{name: value for name, value in facts.items() if name != "agent"}, **words}
        if "role" not in told:  # the state alone
            apart = {"duty_reason": "reason", "duty_since": "since", "next_duty": "next"}
            told = {**{name: told.pop(short) for name, short in apart.items()}, **told}
        self.agents[facts["agent"]] = _account({**known, **told})
        self.loads_anew |= facts["agent"] == self.me and "role" in told


def _is_newer(fresh: Json, known: Json | None) -> bool:
    return known is None or fresh["version"] > known["version"]


def _without_position(item: Json) -> Json:
    return {name: value for name, value in item.items() if name != "position"}


def _known(customer: Json) -> Json:
    addresses = {
        one["address"]: {name: one[name] for name in ("scheme", "proven", "evidence")} for one in customer["identities"]
    }
    return {**{name: customer[name] for name in ("name", "language", "version")}, "addresses": addresses}


def _account(agent: Json) -> Json:
    return {name: value for name, value in agent.items() if name != "load"}
