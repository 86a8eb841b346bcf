"""Each condition draws what its name says, the same every time, and keeps the picture's form."""

import numpy as np
import pytest

from converter.gauntlet.conditions import CONDITIONS, Condition, Step, find_condition, render
from converter.gauntlet.light import black_body, cast, luminance, to_light, to_rgb
from edge.contract.errors import InputError

STEPS = [(condition, step) for condition in CONDITIONS for step in condition.steps]
NAMES = [f"{condition.name}-{step.name}" for condition, step in STEPS]


def a_picture(height: int = 60, width: int = 84) -> np.ndarray:
    """Return a room in little: a pale wall, a dark floor, a window, a red chair."""
    rgb = np.full((height, width, 3), (150, 148, 140), np.uint8)
    rgb[height * 2 // 3 :] = (70, 60, 55)
    rgb[height // 8 : height // 3, width // 8 : width // 3] = (235, 240, 245)
    rgb[height // 2 : height * 3 // 4, width // 2 : width * 2 // 3] = (170, 40, 30)
    noise = np.random.default_rng(1).normal(0, 4, rgb.shape)
    return np.clip(rgb + noise, 0, 255).astype(np.uint8)


def drawn(name: str, step: int, key: str = "a") -> np.ndarray:
    condition = find_condition(name)
    return render(condition, condition.steps[step], a_picture(), key, 0)


@pytest.mark.parametrize(("condition", "step"), STEPS, ids=NAMES)
def test_a_condition_is_deterministic_and_keeps_size_and_dtype(
    condition: Condition, step: Step
) -> None:
    for size in ((60, 84), (97, 64), (33, 31)):
        before = a_picture(*size)
        kept = before.copy()
        first = render(condition, step, before, "a", 0)
        assert first.shape == before.shape and first.dtype == np.uint8
        assert np.array_equal(first, render(condition, step, before, "a", 0))
        assert np.array_equal(before, kept)
        assert not np.array_equal(first, before)
        assert first.std() > 0


@pytest.mark.parametrize(("condition", "step"), STEPS, ids=NAMES)
def test_another_picture_or_seed_draws_something_else(condition: Condition, step: Step) -> None:
    before = a_picture()
    first = render(condition, step, before, "a", 0)
    assert not np.array_equal(first, render(condition, step, before, "b", 0))
    assert not np.array_equal(first, render(condition, step, before, "a", 1))


def redness(rgb: np.ndarray) -> float:
    return float(rgb[..., 0].mean()) - float(rgb[..., 2].mean())


def test_warm_conditions_are_warm_and_cool_ones_are_blue() -> None:
    plain = redness(a_picture())
    for name, step in (("sunset", 0), ("sunset", 1), ("white balance", 1)):
        assert redness(drawn(name, step)) > plain + 40
    assert redness(drawn("white balance", 0)) < plain - 40


def test_flames_and_lamps_are_brighter_than_what_they_stand_before() -> None:
    for name, step in (("headlights", 1), ("candle", 1), ("hearth", 1)):
        after = drawn(name, step)
        assert after.max() > 240
        assert np.median(after) < np.median(a_picture())


def test_fog_takes_contrast_and_more_at_the_top() -> None:
    before, after = a_picture(), drawn("fog", 1)
    assert after[:20].std() < 0.5 * before[:20].std()
    assert after.std() < drawn("fog", 0).std() < before.std()


def test_a_whole_grey_wall_shows_nothing_of_the_picture() -> None:
    after = drawn("grey wall", 1).astype(float)
    assert np.ptp(after, axis=2).mean() < 12
    rows = np.corrcoef(after.mean(axis=2).ravel(), a_picture().mean(axis=2).ravel())
    assert abs(rows[0, 1]) < 0.7
    assert after.std() < 0.6 * a_picture().std()


def test_night_infra_red_has_no_colour() -> None:
    for step in (0, 1):
        after = drawn("night infra-red", step)
        assert (np.ptp(after, axis=2) == 0).all()
    corner, middle = after[:8, -8:].mean(), after[26:34, 38:46].mean()
    assert corner < middle


def test_steam_brightens_and_never_colours() -> None:
    before, after = a_picture().astype(float), drawn("steam", 1).astype(float)
    changed = np.abs(after - before).mean(axis=2) > 30
    assert 0.03 < changed.mean() < 0.9
    assert np.ptp(after[changed], axis=1).mean() < 45


def test_flicker_darkens_rows_and_not_columns() -> None:
    ratio = to_light(drawn("rolling flicker", 1)) / np.maximum(to_light(a_picture()), 1e-3)
    share = luminance(ratio.astype(np.float32))
    assert np.median(share, axis=1).std() > 5 * np.median(share, axis=0).std()


def test_drops_change_parts_and_leave_the_rest() -> None:
    before, after = a_picture(), drawn("rain on the lens", 0)
    same = (np.abs(after.astype(int) - before) <= 1).all(axis=2)
    assert 0.3 < same.mean() < 0.99


def test_light_goes_out_and_back() -> None:
    # Up to the shoulder, below which nothing is changed.
    codes = np.arange(0, 228, dtype=np.uint8)
    rgb = np.stack([codes] * 3, axis=-1)[np.newaxis]
    assert np.abs(to_rgb(to_light(rgb)).astype(int) - rgb).max() <= 1


def test_black_bodies_redden_as_they_cool() -> None:
    ratios = [float(c[0] / max(c[2], 1e-6)) for c in map(black_body, (6500, 4500, 3000, 1900))]
    assert ratios == sorted(ratios) and ratios[0] < 1.2
    # Near 6,500 K the Planckian locus runs by sRGB's white.
    assert np.allclose(black_body(6500), 1.0, atol=0.1)
    assert float(luminance(cast(3000, 6500))) == pytest.approx(1.0, abs=1e-5)


def test_no_such_condition_is_refused_with_their_names() -> None:
    with pytest.raises(InputError, match="rain on the lens"):
        find_condition("hail")
