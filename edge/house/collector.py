"""SnapshotCollector: a snapshot as Prometheus metrics; the one place that knows its library."""

from collections.abc import Callable, Iterator
from typing import Any

import edge
from edge.contract.errors import MissingPackage
from edge.link.latency import BOUNDS_MS
from edge.link.snapshot import Snapshot

STATES = ("clear", "pre-alarm", "alarm", "trouble", "starting")
State = Callable[[], Snapshot | None]
# What the house says of itself: its name, "gauge" or "counter", its words, then by label `to`.
Own = tuple[str, str, str, dict[str, float]]


class Exposition:
    """Writes the metrics of the newest snapshot, each time it is asked.

    It has a registry of its own: nothing in the library that all share is read or set.
    `state` returns the newest snapshot, or None where no watch answers; `own` what the
    process that serves it has to say of itself.

    Raises:
        MissingPackage: prometheus-client is not installed.
    """

    def __init__(self, state: State, own: Callable[[], list[Own]] = list) -> None:
        try:
            from prometheus_client import CollectorRegistry
        except ImportError as error:
            raise MissingPackage(
                "prometheus-client is not usable here",
                found=error,
                next_step="pip install 'emberwatch-edge[house]'",
            ) from error
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(SnapshotCollector(state, own))

    def page(self, accept: str = "") -> tuple[bytes, str]:
        """Return the body and its content type, for what an Accept header asks."""
        from prometheus_client.exposition import choose_encoder

        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type


class SnapshotCollector:
    """Gives one metric family after the other, in prometheus-client's protocol."""

    def __init__(self, state: State, own: Callable[[], list[Own]]) -> None:
        self._state = state
        self._own = own

    def collect(self) -> Iterator[Any]:
        """Give what there is to say; without a watch, that there is none."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        snapshot = self._state()
        yield _gauge("up", "1 while a watch answers", float(snapshot is not None))
        if snapshot is not None:
            yield from _watching(snapshot)
            yield from _frames(snapshot)
            yield from _board(snapshot)
        for name, kind, words, values in self._own():
            family = CounterMetricFamily if kind == "counter" else GaugeMetricFamily
            metric = family(f"emberwatch_house_{name}", words, labels=["to"])
            for to, value in values.items():
                metric.add_metric([to], value)
            yield metric


def _watching(snapshot: Snapshot) -> Iterator[Any]:
    from prometheus_client.core import InfoMetricFamily

    info = {
        "version": edge.__version__,
        "model": snapshot.model,
        "digest": snapshot.digest,
        "runtime": snapshot.runtime,
        "camera": snapshot.camera,
    }
    yield InfoMetricFamily("emberwatch_build", "What runs here", value=info)
    states = {state: float(snapshot.state == state) for state in STATES}
    yield _labelled("state", "1 for the state that the watch is in", "state", states)
    yield _gauge("alarm", "1 in an alarm", float(snapshot.level == "alarm"))
    yield _gauge("sounding", "1 while the siren should sound", float(snapshot.sounding))
    yield _gauge("silenced", "1 while a person silenced the siren", float(snapshot.silenced))
    yield _gauge("testing", "1 during a test", float(snapshot.testing))
    yield _gauge("simulated_gpio", "1 where no real pin is driven", float(snapshot.simulated_gpio))
    if snapshot.hazard is not None:
        yield _gauge("hazard_ratio", "The hazard's score, 0 to 1", snapshot.hazard)
    yield _labelled("score_ratio", "A class's score, 0 to 1", "label", snapshot.scores)
    if snapshot.depth is not None:
        yield _gauge(
            "depth_ratio",
            "How far the picture is out of what the model knows; above 1 it is",
            snapshot.depth,
        )
    for signal, words in (
        ("trouble", "1 for each source of a trouble that holds"),
        ("supervisory", "1 for each source of a supervisory signal that holds"),
    ):
        held = {notice.source: 1.0 for notice in snapshot.notices if notice.signal == signal}
        yield _labelled(signal, words, "source", held)
        # A series that is absent is no zero: this one is always there to compare with.
        plural = "troubles" if signal == "trouble" else "supervisories"
        yield _gauge(plural, f"How many sources of {plural} hold", float(len(held)))
    lines = {name: float(on) for name, on in snapshot.lines.items()}
    yield _labelled("output_energised", "1 for an output that is energised", "line", lines)


def _frames(snapshot: Snapshot) -> Iterator[Any]:
    from prometheus_client.core import HistogramMetricFamily

    yield _counter("frames", "Frames judged since the start", snapshot.frames)
    yield _counter("frames_lost", "Frames that could not be had or judged", snapshot.lost)
    yield _counter(
        "frames_dropped", "Frames passed over because a newer one was there", snapshot.dropped
    )
    if snapshot.frame_age_s is not None:
        yield _gauge(
            "frame_age_seconds", "How long ago the newest frame was taken", snapshot.frame_age_s
        )
    yield _gauge("frames_per_second", "Frames judged a second, lately", snapshot.fps)
    yield _gauge(
        "last_inference_seconds", "The newest frame's time in the model", snapshot.invoke_ms / 1e3
    )
    if len(snapshot.invoke_steps) == len(BOUNDS_MS) + 1:
        total, buckets = 0, []
        for bound, count in zip([*BOUNDS_MS, None], snapshot.invoke_steps, strict=True):
            total += count
            buckets.append(("+Inf" if bound is None else str(bound / 1e3), float(total)))
        yield HistogramMetricFamily(
            "emberwatch_inference_seconds",
            "Time of a frame in the model",
            buckets=buckets,
            sum_value=snapshot.invoke_sum_ms / 1e3,
        )


def _board(snapshot: Snapshot) -> Iterator[Any]:
    if snapshot.celsius is not None:
        yield _gauge("temperature_celsius", "The board's temperature", snapshot.celsius)
    slowed = dict.fromkeys(snapshot.slowed_by, 1.0)
    yield _labelled("slowed", "1 for each reason why the board runs slower", "by", slowed)
    yield _counter("eye_restarts", "How often the eye was restarted", snapshot.eye_restarts)
    yield _gauge("uptime_seconds", "How long the watch has run", snapshot.uptime_s)
    yield _gauge(
        "written_today_bytes", "Written to the disk today", float(snapshot.written_today_bytes)
    )
    yield _gauge("write_budget_bytes", "May be written a day", float(snapshot.write_budget_bytes))
    yield _gauge("last_event", "The newest event's number in the log", float(snapshot.last_event))


def _gauge(name: str, words: str, value: float) -> Any:
    from prometheus_client.core import GaugeMetricFamily

    return GaugeMetricFamily(f"emberwatch_{name}", words, value=value)


def _counter(name: str, words: str, value: float) -> Any:
    from prometheus_client.core import CounterMetricFamily

    return CounterMetricFamily(f"emberwatch_{name}", words, value=value)


def _labelled(name: str, words: str, label: str, values: dict[str, float]) -> Any:
    from prometheus_client.core import GaugeMetricFamily

    family = GaugeMetricFamily(f"emberwatch_{name}", words, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family
