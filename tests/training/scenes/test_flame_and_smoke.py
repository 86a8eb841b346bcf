"""Claims about how flames and smoke look."""

import numpy as np
import pytest

from training.scenes.contact_sheet import contact_sheet
from training.scenes.flame import Flame, flicker, paint_flame
from training.scenes.noise import make_noise_bank
from training.scenes.smoke import Plume, paint_plume

BANK = make_noise_bank(np.random.default_rng(1))
SIZE = (200, 150)


def flame(**changes: float) -> Flame:
    given = {"column": 100.0, "row": 130.0, "width_px": 50.0, "height_px": 70.0, "moment_s": 1.0}
    return Flame(**{**given, "seed": 0.4, **changes})


def plume(**changes: object) -> Plume:
    given: dict[str, object] = {
        "column": 100.0, "row": 140.0, "width_px": 20.0, "height_px": 200.0, "spread": 0.2,
        "drift": 0.0, "ceiling_row": None, "density": 1.0, "moment_s": 2.0, "seed": 0.3,
    }  # fmt: skip
    return Plume(**{**given, **changes})  # type: ignore[arg-type]


def test_flame_is_hot_below_and_red_at_its_edges() -> None:
    patch = paint_flame(BANK, flame(), SIZE)
    assert patch is not None
    red, green, blue = (patch.emission[..., k] for k in range(3))
    lit = patch.cover > 0.3
    assert (red[lit] >= green[lit]).all()
    assert (green[lit] >= blue[lit]).all()
    rows = np.nonzero(lit.any(axis=1))[0]
    middle = (rows[0] + rows[-1]) // 2
    assert green[middle:][lit[middle:]].mean() > green[:middle][lit[:middle]].mean()


def test_flame_moves() -> None:
    one, other = (paint_flame(BANK, flame(moment_s=t), SIZE) for t in (1.0, 1.1))
    assert one is not None
    assert other is not None
    assert np.abs(one.cover - other.cover).mean() > 0.01


def test_taller_flame_covers_more() -> None:
    small, tall = (paint_flame(BANK, flame(height_px=h), SIZE) for h in (30.0, 90.0))
    assert small is not None
    assert tall is not None
    assert tall.cover.sum() > 1.5 * small.cover.sum()


def test_flame_out_of_sight_is_nothing() -> None:
    assert paint_flame(BANK, flame(column=-900.0), SIZE) is None


def test_firelight_flickers_around_one() -> None:
    light = np.array([flicker(BANK, t / 10, 0.2) for t in range(200)])
    assert 0.8 < light.mean() < 1.2
    assert light.std() > 0.05
    assert light.min() > 0.3


def test_smoke_stays_within_bounds_and_above_its_source() -> None:
    layer = paint_plume(BANK, plume(), SIZE)
    assert layer.cover.shape == (150, 200)
    assert layer.cover.min() >= 0.0
    assert layer.cover.max() <= 1.0
    assert layer.cover[:100].mean() > 4 * layer.cover[146:].mean()


def test_denser_smoke_hides_more() -> None:
    thin, thick = (paint_plume(BANK, plume(density=d), SIZE).cover.sum() for d in (0.3, 1.5))
    assert thick > 1.3 * thin


def test_smoke_spreads_along_a_ceiling() -> None:
    free = paint_plume(BANK, plume(height_px=400.0), SIZE).cover[15:40]
    held = paint_plume(BANK, plume(height_px=400.0, ceiling_row=10.0), SIZE).cover[15:40]
    assert (held > 0.3).sum() > 1.3 * (free > 0.3).sum()


def test_noise_repeats_without_a_seam() -> None:
    x = np.linspace(-1.5, 1.5, 50, dtype=np.float32)
    assert np.allclose(BANK.at(0, x, x), BANK.at(0, x + 1, x - 2), atol=1e-3)


def test_contact_sheet_wants_a_caption_for_each_picture() -> None:
    picture = np.zeros((30, 40, 3), np.uint8)
    assert contact_sheet([picture] * 3, ["a", "b", "c"], 2).size == (400, 328)
    with pytest.raises(ValueError, match="caption"):
        contact_sheet([picture], [], 1)
