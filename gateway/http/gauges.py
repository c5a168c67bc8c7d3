"""What an operator watches, for Prometheus. Labels name channels, states and routes, never people."""

from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from crm_core.model.event import Stamped

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Gauges:
    """One set for each application, so that tests do not share figures."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Histogram(
            "onestop_http_seconds",
            "How long requests took.",
            ("method", "route", "status"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._count_what_passes()
        self._measure_what_waits()
        self._measure_what_others_do()

    def _count_what_passes(self) -> None:
        counter = partial(Counter, registry=self.registry)
        self.contacts = counter("onestop_contacts", "Messages that came in, by channel.", ("channel",))
        self.sends = counter("onestop_deliveries", "Outgoing messages that reached a state.", ("state",))
        self.checked = counter("onestop_files_checked", "Files that were settled, by what they are now.", ("state",))

    def _measure_what_waits(self) -> None:
        gauge = partial(Gauge, registry=self.registry)
        self.sockets = gauge("onestop_sockets", "Open sockets to screens.")
        self.waiting = gauge("onestop_work_waiting", "Work that waits for an agent, by queue.", ("queue",))
        self.unsent = gauge("onestop_unsent", "Outgoing messages by state.", ("state",))
        self.lag = gauge("onestop_relay_lag", "Committed events that this process has not passed on yet.")
        self.unindexed = gauge(
            "onestop_index_lag",
            "Events and old messages that search does not find yet (at most 100,000 messages are counted).",
        )
        self.quarantined = gauge("onestop_quarantined", "Raw wires in quarantine (at most 1000 are counted).")
        self.unchecked = gauge(
            "onestop_files_unchecked", "Files that wait for the virus scanner (at most 1000 are counted)."
        )

    def _measure_what_others_do(self) -> None:
        """Who floods us, and the servers of others that we fetch from or ask."""
        gauge = partial(Gauge, registry=self.registry)
        self.scanner_away = gauge(
            "onestop_scanner_away", "1 where the virus scanner does not answer; 0 where it does, or none is set."
        )
        self.paused = gauge(
            "onestop_acknowledging_paused",
            "1 where so much was to be acknowledged that an inbox pauses, by inbox.",
            ("inbox",),
        )
        self.heard = gauge(
            "onestop_source_heard",
            "When a source that contacts are fetched from last answered well, by inbox (Unix time; 0: never).",
            ("inbox",),
        )
        self.troubled = gauge(
            "onestop_source_troubled",
            "1 where something is wrong with a source that contacts are fetched from, by inbox.",
            ("inbox",),
        )

    async def hear(self, events: list[Stamped]) -> None:
        """Count what happened."""
        for event in events:
            if event.type == "message.received":
                self.contacts.labels(event.facts["message"]["channel"]).inc()
            elif event.type == "message.delivery":
                self.sends.labels(event.facts["delivery"]).inc()
            elif event.type in ("file.checked", "file.blocked", "file.released"):
                self.checked.labels(event.type.partition(".")[2]).inc()

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self.registry)
