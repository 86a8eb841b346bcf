"""What Prometheus reads, and what a health check is told: unknown is never well."""

import asyncio
import json
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette

from edge.contract.errors import MachineError
from edge.house.health import STALE_SECONDS, health
from edge.house.metrics import MetricsServer, routes
from edge.link.latency import Latency
from edge.link.snapshot import Notice, Snapshot

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TROUBLE = Notice("trouble", "camera-black", "the picture is black", "2026-01-01T00:00:00+00:00")
WARM = Notice("supervisory", "running-warm", "81 degrees", "2026-01-01T00:00:00+00:00")


def snapshot(**changed):
    latency = Latency()
    for milliseconds in (3.0, 12.0, 12.0, 4000.0):
        latency.add(milliseconds)
    values = {
        "at": NOW.isoformat(),
        "state": "clear",
        "hazard": 0.25,
        "scores": {"fire": 0.25, 'qu"ote\n': 0.5},
        "frames": 12345,
        "lost": 3,
        "dropped": 4,
        "celsius": 61.5,
        "invoke_steps": latency.steps(),
        "invoke_sum_ms": latency.sum_ms,
        "written_today_bytes": 1000,
        "write_budget_bytes": 5000,
        "eye_restarts": 2,
        "frame_age_s": 0.2,
        "lines": {"siren": False, "trouble": True},
        "model": "tiny",
    }
    return Snapshot(**values | changed)


def ask(state, path, now=NOW):
    """Return the status, the headers and the body that a Starlette page gives."""
    app = Starlette(routes=routes(state, lambda: now))
    sent = []
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "headers": [],
        "query_string": b"",
        "root_path": "",
    }

    async def receive():
        return {"type": "http.request"}

    async def send(message):
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(part.get("body", b"") for part in sent)


def samples(body):
    found = {}
    for family in text_string_to_metric_families(body.decode()):
        for sample in family.samples:
            found[sample.name, tuple(sorted(sample.labels.values()))] = sample.value
    return found


def test_prometheus_reads_every_figure():
    status, headers, body = ask(lambda: snapshot(notices=(TROUBLE, WARM)), "/metrics")
    assert (status, headers["cache-control"]) == (200, "no-store")
    read = samples(body)
    assert read["emberwatch_up", ()] == 1
    assert read["emberwatch_frames_total", ()] == 12345
    assert read["emberwatch_frames_lost_total", ()] == 3
    assert read["emberwatch_frames_dropped_total", ()] == 4
    assert read["emberwatch_hazard_ratio", ()] == 0.25
    assert read["emberwatch_score_ratio", ('qu"ote\n',)] == 0.5
    assert read["emberwatch_temperature_celsius", ()] == 61.5
    assert read["emberwatch_trouble", ("camera-black",)] == 1
    assert read["emberwatch_troubles", ()] == 1
    assert read["emberwatch_supervisory", ("running-warm",)] == 1
    assert read["emberwatch_written_today_bytes", ()] == 1000
    assert read["emberwatch_write_budget_bytes", ()] == 5000
    assert read["emberwatch_eye_restarts_total", ()] == 2
    assert read["emberwatch_frame_age_seconds", ()] == 0.2
    assert read["emberwatch_state", ("clear",)] == 1
    assert read["emberwatch_output_energised", ("trouble",)] == 1
    assert read["emberwatch_inference_seconds_count", ()] == 4
    assert read["emberwatch_inference_seconds_sum", ()] == pytest.approx(4.027)
    assert read["emberwatch_inference_seconds_bucket", ("0.02",)] == 3
    assert read["emberwatch_inference_seconds_bucket", ("+Inf",)] == 4
    names = {name for name, _labels in read}
    assert "emberwatch_build_info" in names


def test_without_a_watch_there_is_no_figure_that_could_be_believed():
    read = samples(ask(lambda: None, "/metrics")[2])
    assert read == {("emberwatch_up", ()): 0}


def test_a_hazard_that_is_not_known_is_not_shown_as_none():
    read = samples(ask(lambda: snapshot(hazard=None), "/metrics")[2])
    assert ("emberwatch_hazard_ratio", ()) not in read


def test_nothing_is_put_into_the_registry_that_all_share():
    before = set(REGISTRY._names_to_collectors)
    ask(lambda: snapshot(), "/metrics")
    assert set(REGISTRY._names_to_collectors) == before


@pytest.mark.parametrize(
    ("state", "later_s", "status", "says"),
    [
        (snapshot(), 1, 200, None),
        (snapshot(state="alarm", level="alarm"), 1, 200, None),
        (snapshot(notices=(WARM,)), 1, 200, "81 degrees"),
        (snapshot(state="trouble", notices=(TROUBLE,)), 1, 503, "the picture is black"),
        # A trouble counts beside an alarm too, where the one word for both is "alarm".
        (snapshot(state="alarm", level="alarm", notices=(TROUBLE,)), 1, 503, "black"),
        (snapshot(state="trouble"), 1, 503, "in trouble"),
        (snapshot(state="starting"), 1, 503, "starting"),
        (snapshot(), STALE_SECONDS + 1, 503, "not spoken since"),
        (snapshot(), -STALE_SECONDS - 1, 503, "not spoken since"),
        (snapshot(at="yesterday"), 1, 503, "not spoken since"),
        (snapshot(at="2026-01-01T00:00:00"), 1, 503, "not spoken since"),
        (None, 1, 503, "no watch answers"),
    ],
)
def test_health_is_well_only_while_the_watch_watches(state, later_s, status, says):
    got, headers, body = ask(lambda: state, "/healthz", NOW + timedelta(seconds=later_s))
    assert got == status
    assert headers["cache-control"] == "no-store"
    answer = json.loads(body)
    assert answer["watching"] == (status == 200)
    assert (says is None and answer["problems"] == []) or says in " ".join(answer["problems"])


def test_health_tells_of_pins_that_are_simulated():
    assert health(snapshot(simulated_gpio=True), NOW).to_json()["simulated_gpio"] is True


def test_the_same_is_served_without_a_page():
    state = snapshot(at=datetime.now(UTC).isoformat())
    server = MetricsServer("127.0.0.1", 0, lambda: state, list)
    address = f"http://127.0.0.1:{server.port}"
    try:
        with urllib.request.urlopen(f"{address}/metrics?x=1", timeout=20) as answer:
            assert answer.headers["Cache-Control"] == "no-store"
            assert samples(answer.read())["emberwatch_frames_total", ()] == 12345
        with urllib.request.urlopen(f"{address}/healthz", timeout=20) as answer:
            assert json.load(answer)["watching"] is True
        state = None
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{address}/healthz", timeout=20)
        assert caught.value.code == 503
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{address}/etc/passwd", timeout=20)
        assert caught.value.code == 404
    finally:
        server.close()


def test_a_port_that_is_taken_is_named():
    server = MetricsServer("127.0.0.1", 0, lambda: None, list)
    try:
        with pytest.raises(MachineError, match=f"127.0.0.1:{server.port}.*in use"):
            MetricsServer("127.0.0.1", server.port, lambda: None, list)
    finally:
        server.close()
