"""Tuning on streams whose answers are known."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.alarm.rules import AlarmRules
from edge.alarm.state import Level
from edge.contract.errors import InputError
from edge.hand.judge import Judge
from edge.replay.choice_text import choice_json, choice_lines, explain
from edge.replay.clip_labels import ClipLabels
from edge.replay.intervals import Rate
from edge.replay.play import play
from edge.replay.thinning import margin, thinned
from edge.replay.trial import Footage, Trial, try_rules
from edge.replay.tuning import Choice, choose, front, grid, tune
from tests.edge.replay.streams import CONFIG, LABELS, footage, stream

QUIET, HOT = 0.1, 0.9


def tried(rules: AlarmRules, *shown: Footage) -> Trial:
    return try_rules(rules, shown, CONFIG, LABELS)


def test_the_delay_is_that_of_k_frames():
    shown = footage([QUIET] * 20 + [HOT] * 20, "." * 20 + "F" * 20)
    for k, n in ((1, 1), (3, 5), (8, 12)):
        trial = tried(AlarmRules(k=k, n=n), shown)
        assert trial.delays == (pytest.approx((k - 1) / 10),)
        assert trial.false_alarms.count == 0
    assert trial.false_alarms.days == pytest.approx(2.0 / 86400)


def test_flashes_are_counted_one_by_one_and_held_down_by_more_frames():
    flash = [HOT, HOT] + [QUIET] * 18
    shown = footage(flash * 5, "." * 100)
    assert tried(AlarmRules(k=1, n=1), shown).false_alarms.count == 5
    assert tried(AlarmRules(k=2, n=3), shown).false_alarms.count == 5
    assert tried(AlarmRules(k=3, n=5), shown).false_alarms.count == 0


def test_an_alarm_that_lasts_is_one_alarm():
    shown = footage([HOT] * 200, "." * 200)
    assert tried(AlarmRules(k=2, n=3), shown).false_alarms.count == 1


def test_the_smoke_that_hangs_on_after_a_fire_is_no_false_alarm():
    shown = footage([QUIET] * 10 + [HOT] * 30 + [QUIET] * 30, "." * 10 + "F" * 20 + "." * 40)
    trial = tried(AlarmRules(k=2, n=3), shown)
    assert (trial.false_alarms.count, trial.raised) == (0, 1)


def test_a_fire_that_is_missed_has_no_delay_and_counts_as_never():
    shown = footage([QUIET] * 20, "." * 10 + "F" * 10)
    trial = tried(AlarmRules(), shown)
    assert trial.delays == (None,)
    assert trial.raised == 0
    assert trial.delay_s == math.inf


def test_smoothing_costs_the_delay_that_it_must():
    shown = footage([0.0] * 20 + [1.0] * 20, "." * 20 + "F" * 20)
    # An average of weight a reaches 0.6 after the first m frames with 1 - a^m >= 0.6.
    trial = tried(AlarmRules(k=1, n=1, smoothing=0.8), shown)
    frames = math.ceil(math.log(0.4) / math.log(0.8))
    assert trial.delays == (pytest.approx((frames - 1) / 10),)


def test_an_alarm_before_the_fire_is_false_and_the_fire_then_has_its_alarm_at_once():
    shown = footage([QUIET] * 5 + [HOT] * 15, "." * 10 + "F" * 10)
    trial = tried(AlarmRules(k=1, n=1), shown)
    assert trial.false_alarms.count == 1
    assert trial.delays == (0.0,)


def test_without_resets_the_alarm_stays():
    recording = stream([HOT] * 5 + [QUIET] * 50)
    played = play(recording, Judge(CONFIG, LABELS, False))
    assert played.points[-1].level is Level.ALARM
    assert [round(point.time_s, 3) for point in played.alarms] == [0.2]


def test_labels_that_end_too_early_are_refused():
    with pytest.raises(InputError, match="end before the clip.*5 labels, and a frame 5"):
        ClipLabels(("misc",) * 5).stretches(stream([QUIET] * 8), ("fire",))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "frame\tclass\n0\tfire\n",
        "frame\tlabel\n",
        "frame\tlabel\n1\tfire\n",
        "frame\tlabel\n0\tfire\n2\tfire\n",
        "frame\tlabel\nx\tfire\n",
        "frame\tlabel\n0\n",
    ],
)
def test_labels_that_are_none_are_refused(tmp_path, text):
    file = tmp_path / "a.labels.tsv"
    file.write_text(text)
    with pytest.raises(InputError, match="a.labels.tsv"):
        ClipLabels.read(file)


def test_more_columns_than_needed_are_left_alone(tmp_path):
    file = tmp_path / "a.labels.tsv"
    file.write_text("source\tframe\tlabel\nx\t0\tmisc\ny\t1\tfire\n\n")
    assert ClipLabels.read(file).labels == ("misc", "fire")


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(st.sampled_from([0.02, 0.15, 0.25, 0.5, 0.7, 0.99]), st.integers(1, 90)),
        max_size=12,
    )
)
def test_quiet_hours_that_are_left_out_change_no_trial(runs):
    hazards = [hazard for hazard, count in runs for _ in range(count)]
    labels = "".join("F" if hazard > 0.9 else "." for hazard in hazards)
    if not hazards:
        return
    rules = [
        AlarmRules(),
        AlarmRules(k=5, n=8, smoothing=0.5),
        AlarmRules(k=1, n=1, raise_at=0.3, clear_at=0.2),
    ]
    shown = footage(hazards, labels)
    less = Footage(thinned(shown.recording, rules, LABELS), shown.stretches, False)
    assert [tried(one, shown) for one in rules] == [tried(one, less) for one in rules]


def test_a_quiet_day_takes_next_to_no_time():
    day = footage([QUIET] * 5000 + [HOT] + [QUIET] * 5000, "." * 10_001, fps=0.1)
    rules = grid(CONFIG.alarm)
    less = thinned(day.recording, rules, LABELS)
    assert len(less.reports) == 2 * margin(rules) + 1
    assert tried(rules[0], Footage(less, day.stretches, False)).false_alarms.days > 1.1


def days(trial_days: float, rules: AlarmRules, count: int, *delays: float | None) -> Trial:
    return Trial(rules, Rate(count, trial_days), delays)


QUICK, USUAL, SLOW = AlarmRules(k=1, n=1), AlarmRules(), AlarmRules(k=8, n=12)


def test_the_quickest_rules_that_are_shown_to_keep_the_rate_are_chosen():
    trials = [days(30, USUAL, 2, 0.4), days(30, QUICK, 90, 0.1), days(30, SLOW, 0, 1.2)]
    assert choose(trials, 10.0).trial.rules == QUICK
    assert choose(trials, 1.0).trial.rules == USUAL
    choice = choose(trials, 0.1)
    assert (choice.trial.rules, choice.footing) == (SLOW, "shown")


def test_a_fire_more_is_worth_any_delay():
    trials = [days(30, USUAL, 0, 0.4, None), days(30, SLOW, 0, 9.0, 9.0)]
    assert choose(trials, 1.0).trial.rules == SLOW


def test_too_little_footage_is_told_and_chooses_nothing_reckless():
    trials = [days(0.01, USUAL, 0, 0.4), days(0.01, QUICK, 0, 0.1), days(0.01, SLOW, 0, 1.2)]
    choice = choose(trials, 1.0)
    assert (choice.trial.rules, choice.footing) == (USUAL, "seen")
    words = " ".join(explain(choice).split())
    assert "no more than 300 a day" in words
    assert "too short to show 1 a day: that takes 3.0 days of quiet footage" in words


def test_a_rate_that_nothing_keeps_to_is_told():
    trials = [days(1, USUAL, 9, 0.4), days(1, SLOW, 4, 1.2)]
    choice = choose(trials, 1.0)
    assert (choice.trial.rules, choice.footing) == (SLOW, "not reached")
    assert "No rules that were tried keep to 1 a day" in explain(choice)


def test_footage_without_a_fire_says_that_the_delay_is_unknown():
    choice = choose([days(30, USUAL, 0)], 1.0)
    assert "how late the alarm would come is unknown" in explain(choice)


def test_the_front_holds_what_nothing_beats():
    trials = [
        days(1, AlarmRules(k=k, n=5), count, delay)
        for k, count, delay in ((1, 9, 0.1), (2, 4, 0.2), (3, 4, 0.3), (4, 0, 0.5), (5, 1, 0.6))
    ]
    assert [trial.rules.k for trial in front(trials)] == [1, 2, 4]


def test_a_whole_tuning_finds_the_rules_that_the_stream_asks_for():
    # A flicker of two frames in every twenty, an hour of it; then a fire that lasts.
    hour = ([0.85, 0.85] + [QUIET] * 18) * 180
    shown = [
        footage(hour, "." * len(hour), fps=1.0),
        footage([QUIET] * 20 + [0.95] * 40, "." * 20 + "F" * 40, fps=1.0),
    ]
    rules = [one for one in grid(CONFIG.alarm) if not one.smoothing and one.raise_at in (0.6, 0.9)]
    choice = choose(tune(rules, shown, CONFIG, LABELS), 72.0)
    assert choice.footing == "shown"
    assert choice.trial.delays == (0.0,)
    assert choice.trial.rules.raise_at == 0.9
    flashes = tried(AlarmRules(k=1, n=1, raise_at=0.6), shown[0])
    assert flashes.false_alarms.count == 180


def test_every_rule_is_tried_once_the_present_one_first():
    rules = grid(AlarmRules(raise_at=0.55))
    assert rules[0] == AlarmRules(raise_at=0.55)
    assert len(set(rules)) == len(rules)


def test_the_table_names_present_and_chosen():
    trials = [days(30, USUAL, 2, 0.4), days(30, SLOW, 0, 1.2)]
    choice = choose(trials, 0.1)
    lines = choice_lines(trials, choice, [])
    assert [line.split()[0] for line in lines if line.startswith(("present", "chosen"))] == [
        "present",
        "chosen",
    ]
    told = choice_json(trials, choice, [])
    assert told["chosen"]["per_day_95"] == [0.0, pytest.approx(3.688879 / 30, abs=1e-5)]
    assert isinstance(choice, Choice)
