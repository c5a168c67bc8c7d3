"""What an operator watches, for Prometheus. Labels name channels, states and routes, never people."""

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
        self.contacts = Counter(
            "onestop_contacts", "Messages that came in, by channel.", ("channel",), registry=self.registry
        )
        self.sends = Counter(
            "onestop_deliveries", "Outgoing messages that reached a state.", ("state",), registry=self.registry
        )
        self.unchecked = Gauge(
            "onestop_files_unchecked",
            "Files that wait for the virus scanner (at most 1000 are counted).",
            registry=self.registry,
        )
        self.scanner_away = Gauge(
            "onestop_scanner_away",
            "1 where the virus scanner does not answer; 0 where it does, or none is set.",
            registry=self.registry,
        )
        self.checked = Counter(
            "onestop_files_checked",
            "Files that were settled, by what they are now.",
            ("state",),
            registry=self.registry,
        )
        self.sockets = Gauge("onestop_sockets", "Open sockets to screens.", registry=self.registry)
        self.waiting = Gauge(
            "onestop_work_waiting", "Work that waits for an agent, by queue.", ("queue",), registry=self.registry
        )
        self.unsent = Gauge("onestop_unsent", "Outgoing messages by state.", ("state",), registry=self.registry)
        self.lag = Gauge(
            "onestop_relay_lag", "Committed events that this process has not passed on yet.", registry=self.registry
        )
        self.unindexed = Gauge(
            "onestop_index_lag",
            "Events and old messages that search does not find yet (at most 100,000 messages are counted).",
            registry=self.registry,
        )
        self.quarantined = Gauge(
            "onestop_quarantined", "Raw wires in quarantine (at most 1000 are counted).", registry=self.registry
        )
        self.paused = Gauge(
            "onestop_acknowledging_paused",
            "1 where so much was to be acknowledged that an inbox pauses, by inbox.",
            ("inbox",),
            registry=self.registry,
        )
        self.heard = Gauge(
            "onestop_source_heard",
            "When a source that contacts are fetched from last answered well, by inbox (Unix time; 0: never).",
            ("inbox",),
            registry=self.registry,
        )
        self.troubled = Gauge(
            "onestop_source_troubled",
            "1 where something is wrong with a source that contacts are fetched from, by inbox.",
            ("inbox",),
            registry=self.registry,
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
