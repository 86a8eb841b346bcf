"""Trials: which of them no other beats, which one to take, and that none is made twice."""

from dataclasses import replace
from pathlib import Path

import pytest

from converter.recipes import RECIPES
from converter.rescue.plot import front_plot, nice
from converter.rescue.rescue import Rescue
from converter.rescue.search import Limits, choose, in_float, summary
from converter.rescue.trial import Trial, front, same_speed
from converter.rescue.trial_store import TrialStore

HEAD = RECIPES["int8-float-head"]


def trial(name: str, drop: float, drift: float, ms: float, megabytes: float = 10.0) -> Trial:
    recipe = replace(HEAD, name=name, seed=sum(map(ord, name)))
    return Trial(
        recipe=recipe,
        sha256=name * 8,
        size_bytes=int(megabytes * 1e6),
        ms=ms,
        pictures=100,
        accuracy=0.9 - drop / 100,
        float_accuracy=0.9,
        agreement=0.99,
        drift=drift,
        largest=0.1,
    )


FAST, NEAR = trial("fast", 2, 0.02, 10), trial("near", 0, 0.001, 30)
BEATEN = trial("beaten", 2, 0.03, 12)


def test_what_is_worse_in_all_is_not_on_the_front() -> None:
    assert front([NEAR, BEATEN, FAST]) == [FAST, NEAR]


def test_what_is_better_in_one_thing_is_on_the_front() -> None:
    small = trial("small", 3, 0.05, 40, 5)
    assert small in front([NEAR, FAST, small])


def test_equal_trials_stand_once() -> None:
    assert front([FAST, replace(FAST, sha256="other")]) == [FAST]


def test_a_hair_s_breadth_in_time_or_size_is_no_difference() -> None:
    worse = trial("worse", 0, 0.002, 29.9, 9.99)
    assert front([NEAR, worse]) == [NEAR]


def test_models_with_the_same_operators_take_the_same_time() -> None:
    busy, calm = trial("busy", 0, 0.01, 30), trial("calm", 0, 0.02, 10)
    other = replace(busy, recipe=replace(busy.recipe, float_layers=("conv",)), ms=14)
    assert [one.ms for one in same_speed([busy, calm, other])] == [20, 20, 14]


def test_a_gain_over_the_float_model_counts_as_no_loss() -> None:
    lucky = replace(NEAR, accuracy=0.95, drift=0.01)
    assert lucky.drop == 0
    assert front([lucky, NEAR]) == [NEAR]


def test_without_a_limit_in_time_the_nearest_of_the_fastest_is_taken() -> None:
    good, better = trial("good", 0.2, 0.02, 10), trial("better", 0.2, 0.01, 10.5)
    assert choose([good, better, NEAR], Limits(max_drop=0.5)) == better


def test_with_a_limit_in_time_the_nearest_within_it_is_taken() -> None:
    good = trial("good", 0.2, 0.02, 10)
    assert choose([good, NEAR], Limits(max_drop=0.5, max_ms=30)) == NEAR
    assert choose([good, NEAR], Limits(max_drop=0.5, max_ms=29)) == good


def test_nothing_is_taken_where_nothing_is_within_the_limits() -> None:
    assert choose([FAST, BEATEN], Limits(max_drop=0.5)) is None
    assert choose([NEAR], Limits(max_drop=0.5, max_ms=20)) is None


def test_a_float_recipe_is_a_yardstick_and_no_rescue() -> None:
    yardstick = replace(NEAR, recipe=RECIPES["float16"], ms=1, size_bytes=1)
    rescue = Rescue(Path("run"), "runtime", Limits(), (FAST, NEAR, yardstick), ())
    assert rescue.chosen == NEAR
    assert rescue.front == [FAST, NEAR] and rescue.yardsticks == [yardstick]
    assert rescue.warning.startswith("But float16 beats it here")


def test_a_kept_trial_is_found_by_what_determines_it_alone(tmp_path: Path) -> None:
    store = TrialStore(tmp_path, ("model", "pictures", "runtime"))
    store.keep(FAST)
    assert store.find(FAST.recipe) == FAST
    assert store.find(replace(FAST.recipe, percentile=99.9, least_error=False)) is None
    assert TrialStore(tmp_path, ("other", "pictures", "runtime")).find(FAST.recipe) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": 1}', '{"schema": 7}', "\x00"])
def test_a_damaged_trial_is_made_anew(text: str, tmp_path: Path) -> None:
    store = TrialStore(tmp_path, ("model",))
    store.keep(FAST)
    next(tmp_path.iterdir()).write_text(text)
    assert store.find(FAST.recipe) is None


def test_operators_are_named_so_that_no_other_is_meant() -> None:
    import re

    recipe = in_float(HEAD, frozenset({"net/conv_1/Relu;net/bn", "net/a+b"}))
    found = [
        name
        for name in ("net/conv_1/Relu;net/bn", "net/conv_1/Relu2", "x/net/conv_1/Relu", "net/a+b")
        if any(re.search(expression, name) for expression in recipe.float_layers)
    ]
    assert found == ["net/conv_1/Relu;net/bn", "net/a+b"]
    assert "2 more operators in float" in summary(recipe)


def test_the_plot_has_a_dot_for_each_trial_and_a_number_for_each_of_the_front() -> None:
    limits = Limits(max_drop=0.5, max_ms=35)
    drawn = front_plot(Rescue(Path("run"), "runtime", limits, (FAST, NEAR, BEATEN), ()))
    assert drawn.count("<circle") == 3
    assert drawn.count('class="number"') == 2
    assert drawn.count('class="chosen"') == 1 and "--max-ms 35" in drawn


@pytest.mark.parametrize(
    ("value", "round_one"), [(0.9, 1), (1.1, 1.5), (2.3, 2.5), (64, 80), (0.012, 0.015)]
)
def test_axes_end_at_round_numbers(value: float, round_one: float) -> None:
    assert nice(value) == pytest.approx(round_one)
