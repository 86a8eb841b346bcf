"""What the alarm policy promises, for any course of the hazard."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.alarm.policy import AlarmPolicy
from edge.alarm.rules import AlarmRules
from edge.alarm.state import AlarmState, Level
from edge.contract.errors import ConfigError
from edge.contract.labels import Labels
from edge.inference.prediction import Prediction

LABELS = Labels(("fire", "smoke", "misc"))
NAN = math.nan


def prediction(fire: float, smoke: float = 0.0) -> Prediction:
    scores = np.array([fire, smoke, 1 - fire - smoke], np.float32)
    return Prediction(LABELS, scores, None, 0.0)


def play(policy: AlarmPolicy, course: list[float]) -> list[AlarmState]:
    return [policy.update(prediction(fire), float(now)) for now, fire in enumerate(course)]


@st.composite
def some_rules(draw: st.DrawFn, latch: bool | None = None) -> AlarmRules:
    raise_at = draw(st.floats(0.05, 1))
    n = draw(st.integers(1, 8))
    return AlarmRules(
        hazard=("fire",),
        raise_at=raise_at,
        clear_at=draw(st.floats(0.01, raise_at)),
        k=draw(st.integers(1, n)),
        n=n,
        latch=draw(st.booleans()) if latch is None else latch,
    )


hazards = st.floats(0, 1, width=32)
courses = st.lists(hazards, max_size=60)
patchy_courses = st.lists(hazards | st.just(NAN), max_size=60)


@given(some_rules(), patchy_courses, st.floats(0, 0.95))
def test_no_alarm_while_all_hazards_are_below_the_threshold(rules, course, smoothing):
    rules = AlarmRules(**(vars(rules) | {"smoothing": smoothing}))
    # Scores are float32: what rounds up to the threshold is not below it.
    low = [h if math.isnan(h) else min(h, rules.raise_at * 0.999) for h in course]
    assert all(state.level is Level.CLEAR for state in play(AlarmPolicy(rules, LABELS), low))


@given(some_rules(), patchy_courses)
def test_a_lasting_hazard_alarms_within_k_frames_whatever_came_before(rules, course):
    policy = AlarmPolicy(rules, LABELS)
    play(policy, course)
    assert play(policy, [1.0] * rules.k)[-1].level is Level.ALARM


@given(some_rules(), patchy_courses, st.integers(1, 5))
def test_unknown_frames_between_do_not_hold_an_alarm_up(rules, course, gaps):
    policy = AlarmPolicy(rules, LABELS)
    play(policy, course)
    patchy = ([NAN] * gaps + [1.0]) * rules.k
    assert play(policy, patchy)[-1].level is Level.ALARM


@given(some_rules(latch=True), patchy_courses, patchy_courses)
def test_a_latched_alarm_stays_until_reset(rules, before, after):
    policy = AlarmPolicy(rules, LABELS)
    play(policy, [*before, *[1.0] * rules.k])
    assert all(state.level is Level.ALARM for state in play(policy, after))
    assert play(policy, [0.0] * rules.n)[-1].level is Level.ALARM
    assert policy.reset(99.0).level is Level.CLEAR
    assert play(policy, [0.0])[0].level is Level.CLEAR


@given(some_rules(latch=False), patchy_courses)
def test_an_unlatched_alarm_clears_only_after_n_known_low_frames_in_a_row(rules, course):
    states = play(AlarmPolicy(rules, LABELS), course)
    for at in range(1, len(states)):
        was, now = states[at - 1].level, states[at].level
        if was is Level.ALARM and now is not Level.ALARM:
            run = [float(np.float32(h)) for h in course[at + 1 - rules.n : at + 1]]
            assert len(run) == rules.n
            assert all(h < rules.clear_at for h in run)


@given(some_rules(latch=False), patchy_courses)
def test_an_unlatched_alarm_does_clear_when_all_is_quiet(rules, course):
    policy = AlarmPolicy(rules, LABELS)
    play(policy, course)
    assert play(policy, [0.0] * rules.n)[-1].level is Level.CLEAR


@given(some_rules(), st.lists(st.tuples(hazards, hazards), max_size=60))
def test_more_hazard_never_means_less_alarm(rules, pairs):
    low = play(AlarmPolicy(rules, LABELS), [min(pair) for pair in pairs])
    high = play(AlarmPolicy(rules, LABELS), [max(pair) for pair in pairs])
    for less, more in zip(low, high, strict=True):
        assert less.level is not Level.ALARM or more.level is Level.ALARM


@given(some_rules(), patchy_courses)
def test_an_unknown_score_is_a_trouble_and_never_clear(rules, course):
    for hazard, state in zip(course, play(AlarmPolicy(rules, LABELS), course), strict=True):
        assert (state.trouble is not None) == math.isnan(hazard)
        if math.isnan(hazard):
            assert math.isnan(state.hazard)
            assert state.name in ("trouble", "alarm")


@pytest.mark.parametrize("bad", [NAN, math.inf, -math.inf])
def test_a_class_outside_the_hazard_that_is_no_number_is_a_trouble_too(bad):
    scores = np.array([0.0, 0.0, bad], np.float32)
    state = AlarmPolicy(AlarmRules(), LABELS).update(Prediction(LABELS, scores, None, 0.0), 0.0)
    assert state.trouble is not None


def test_fire_and_smoke_add_up():
    policy = AlarmPolicy(AlarmRules(k=1, n=1), LABELS)
    state = policy.update(prediction(0.35, 0.35), 0.0)
    assert state.hazard == pytest.approx(0.7)
    assert state.level is Level.ALARM


def test_fewer_than_k_frames_are_a_pre_alarm_which_passes():
    course = [0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    states = play(AlarmPolicy(AlarmRules(), LABELS), course)
    assert [state.name for state in states[:4]] == ["clear", *["pre-alarm"] * 3]
    assert [state.frames_over for state in states[4:]] == [2, 2, 1, 1, 0]
    assert states[-1].name == "clear"


def test_the_alarm_says_since_when():
    states = play(AlarmPolicy(AlarmRules(), LABELS), [0.0, 1.0, 1.0, 1.0, 1.0])
    assert [state.since_s for state in states] == [0.0, 1.0, 1.0, 3.0, 3.0]


def test_smoothing_holds_a_single_flash_down():
    flash = [0.0, 0.0, 1.0, 0.0, 0.0]
    rules = AlarmRules(k=1, n=1)
    assert any(s.level is Level.ALARM for s in play(AlarmPolicy(rules, LABELS), flash))
    smooth = AlarmRules(k=1, n=1, smoothing=0.5)
    states = play(AlarmPolicy(smooth, LABELS), flash)
    assert [state.hazard for state in states] == [0.0, 0.0, 0.5, 0.25, 0.125]
    assert all(state.level is Level.CLEAR for state in states)


def test_an_alarm_is_not_hidden_by_a_trouble():
    states = play(AlarmPolicy(AlarmRules(k=1, n=1), LABELS), [1.0, NAN])
    assert states[-1].name == "alarm"
    assert states[-1].trouble is not None


def test_a_class_that_the_model_lacks_is_named_with_the_nearest():
    with pytest.raises(ConfigError, match="did you mean 'smoke'") as caught:
        AlarmPolicy(AlarmRules(hazard=("fire", "smok")), LABELS)
    assert "fire, smoke, misc" in caught.value.line()


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"raise_at": 1.2}, "raise_at"),
        ({"raise_at": NAN}, "raise_at"),
        ({"clear_at": 0.7}, "clear_at"),
        ({"k": 6}, "k is"),
        ({"k": 0}, "k is"),
        ({"n": 0}, "n is"),
        ({"smoothing": 1.0}, "smoothing"),
        ({"hazard": ()}, "hazard"),
        ({"hazard": ("fire", "fire")}, "hazard"),
    ],
)
def test_rules_that_cannot_be_are_refused(wrong, named):
    with pytest.raises(ConfigError, match=named):
        AlarmRules(**wrong)
