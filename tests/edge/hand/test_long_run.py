"""Half an hour of watching in seconds: memory, disk and promises, by the benchmark's own code."""

import importlib.util

import pytest

from edge.store.evidence import Evidence
from tests.benchmarks.long_run import LongRun, resident_bytes

WARM_HOURS, HOURS, FPS = 0.1, 0.4, 1.0
# A ring of a minute's pictures, and what allocators keep: measured 1 to 3 MB.
SLACK_BYTES = 12_000_000


def test_half_an_hour_with_an_alarm_is_flat_in_memory_and_within_the_budget(tmp_path):
    if importlib.util.find_spec("tensorflow") is None:
        pytest.skip("once is enough: in the workstation's environment")
    run = LongRun(tmp_path / "state", HOURS, FPS, fire_every_s=900)
    warm: list[int] = []

    def sample(now: float) -> None:
        if not warm and now > WARM_HOURS * 3600:
            warm.append(resident_bytes())

    run.hand.every_tick.append(sample)
    figures = run.run()
    assert figures["frames"] == HOURS * 3600 * FPS
    assert figures["alarms"] == 1
    assert resident_bytes() - warm[0] < SLACK_BYTES
    assert figures["lost"] == (0, 0)
    assert 0 < figures["counted_mb"] < 20
    names = {event.by for event in run.events("acknowledged")}
    assert names == {"anna"}
    (alarm,) = run.events("alarm")
    pictures = Evidence(run.config.store.evidence).list(alarm.number)
    before = [one for one in pictures if one.at < alarm.at]
    after = [one for one in pictures if one.at > alarm.at]
    assert len(before) >= 9
    assert len(after) >= 28
    assert len(list(run.config.store.kept.glob("false-alarm/*.jpg"))) >= 50
