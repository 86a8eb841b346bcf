"""ChangeGate: still frames may be left out, never for long, and never what moves."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.config.gate import GateSettings
from edge.contract.errors import ConfigError
from edge.eye.gate import ChangeGate
from edge.health.facts import FrameFacts

ON = GateSettings(enabled=True)
STILL = FrameFacts(100.0, 40.0, 0.2, 0.5, False, 0.9, 640, 480, stir=1.0)
MOVING = replace(STILL, stir=20.0)


def test_it_is_off_unless_asked_for() -> None:
    gate = ChangeGate(GateSettings())
    assert not any(gate.skip(STILL, 0.1 * number) for number in range(100))


def test_the_first_frame_is_always_looked_at() -> None:
    assert not ChangeGate(ON).skip(STILL, 1000.0)


def test_still_frames_are_left_out() -> None:
    gate = ChangeGate(ON)
    skipped = [gate.skip(STILL, 0.1 * number) for number in range(100)]
    assert 85 <= sum(skipped) <= 95


@given(
    st.lists(st.tuples(st.floats(0.01, 3.0), st.booleans()), min_size=1, max_size=200),
    st.floats(0.2, 5.0),
)
def test_whatever_comes_moving_frames_pass_and_no_gap_is_too_long(
    course: list[tuple[float, bool]], max_gap_s: float
) -> None:
    gate = ChangeGate(GateSettings(enabled=True, max_gap_seconds=max_gap_s))
    now, judged_s = 0.0, None
    for gap_s, moves in course:
        now += gap_s
        if gate.skip(MOVING if moves else STILL, now):
            assert not moves
            assert judged_s is not None and now - judged_s < max_gap_s
        else:
            judged_s = now


@pytest.mark.parametrize("hazard", [0.2, float("nan")])
def test_after_a_trace_of_a_hazard_every_frame_is_looked_at(hazard: float) -> None:
    gate = ChangeGate(ON, hazard_at=(0, 1))
    for number in range(50):
        if not gate.skip(STILL, 0.1 * number):
            gate.saw((0.0, 0.01, 0.99), 0.1 * number)
    gate.saw((hazard, 0.0, 1 - hazard), 5.0)
    assert not any(gate.skip(STILL, 5.0 + 0.1 * number) for number in range(1, 99))
    assert any(gate.skip(STILL, 15.0 + 0.1 * number) for number in range(1, 99))


def test_a_recording_that_begins_again_is_looked_at_from_its_first_frame() -> None:
    gate = ChangeGate(ON)
    for number in range(50):
        gate.skip(STILL, 0.1 * number)
    assert not gate.skip(STILL, 0.0)


@pytest.mark.parametrize("wrong", [{"max_gap_seconds": 0.0}, {"max_gap_seconds": 3600.0}])
def test_a_gap_that_would_blind_the_watch_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigError):
        GateSettings(**wrong)
