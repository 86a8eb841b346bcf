"""Claims about the packaged starter weights and the file that holds them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from edge.contract.errors import EmberwatchError, WeightsError
from edge.contract.preprocess import Preprocess
from training.starter.architecture import build_starter_trunk, scaled_channels
from training.starter.weights import (
    PACKAGED,
    load_starter_trunk,
    read_half_precision,
    save_half_precision,
)

LIMIT_BYTES = 4 * 1024 * 1024


@pytest.fixture(scope="module")
def trunk() -> Any:
    return load_starter_trunk()


def picture(seed: int = 7) -> Image.Image:
    """Paint a dark room with a bright, ragged, orange patch."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:240, 0:320].astype(np.float32)
    wall = 60 + 0.2 * y + 10 * np.sin(x / 23)
    rgb = np.stack([wall, wall * 0.9, wall * 0.8], axis=-1)
    flame = np.exp(-(((x - 190) / 28) ** 2 + ((y - 130) / 55) ** 2) * 2)
    flame *= 0.8 + 0.2 * np.sin(x / 4 + y / 7)
    rgb += flame[..., None] * np.array([230, 120, 20], np.float32)
    rgb += rng.normal(0, 3, rgb.shape)
    return Image.fromarray(np.clip(rgb, 0, 255).astype(np.uint8))


def features(trunk: Any, image: Image.Image) -> np.ndarray[Any, Any]:
    size = trunk.input_shape[1]
    pixels = Preprocess(size, size).apply(np.asarray(image))
    unit = pixels[None].astype(np.float32) / 127.5 - 1.0
    return np.asarray(trunk(unit, training=False))[0].mean(axis=(0, 1))


def cosine(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> float:
    return float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other)))


def test_packaged_file_is_small_enough_to_ship() -> None:
    assert PACKAGED.stat().st_size <= LIMIT_BYTES


def test_packaged_weights_are_half_precision_and_finite() -> None:
    arrays = read_half_precision().arrays
    assert {array.dtype for array in arrays.values()} == {np.dtype(np.float16)}
    assert all(np.isfinite(array).all() for array in arrays.values())


def test_batch_normalisation_is_well_conditioned() -> None:
    arrays = read_half_precision().arrays
    variances = [a for name, a in arrays.items() if name.endswith("moving_variance")]
    assert len(variances) == 76
    assert all((array >= 0).all() for array in variances)
    assert max(float(array.max()) for array in variances) < 1e4


def test_trunk_gives_mixed8_and_mixed7(trunk: Any) -> None:
    stored = read_half_precision()
    size = stored.input_size
    assert trunk.input_shape == (None, size, size, 3)
    assert trunk.get_layer("mixed8").output.shape == trunk.output_shape
    channels = sum(scaled_channels(c, stored.width) for c in (320, 192, 192, 192, 192, 192))
    assert trunk.output_shape[-1] == channels
    assert trunk.get_layer("mixed7").output.shape[1] == 2 * trunk.output_shape[1] + 1


def test_features_are_finite_and_not_negative(trunk: Any) -> None:
    size = trunk.input_shape[1]
    extremes = np.stack([np.full((size, size, 3), level, np.float32) for level in (-1, 0, 1)])
    found = np.asarray(trunk(extremes, training=False))
    assert np.isfinite(found).all()
    assert (found >= 0).all()
    assert found.std() > 0


def test_loading_twice_gives_the_same_features(trunk: Any) -> None:
    again = load_starter_trunk()
    np.testing.assert_array_equal(features(trunk, picture()), features(again, picture()))


def test_mirrored_and_brightened_pictures_keep_their_features(trunk: Any) -> None:
    plain = features(trunk, picture())
    assert cosine(plain, features(trunk, ImageOps.mirror(picture()))) > 0.9
    assert cosine(plain, features(trunk, ImageEnhance.Brightness(picture()).enhance(1.15))) > 0.9


def test_a_grey_wall_is_no_flame(trunk: Any) -> None:
    wall = Image.new("RGB", (320, 240), (120, 118, 115))
    plain = features(trunk, picture())
    mirrored = features(trunk, ImageOps.mirror(picture()))
    assert cosine(plain, features(trunk, wall)) < cosine(plain, mirrored)


def test_half_precision_round_trip_keeps_the_features(tmp_path: Path) -> None:
    import keras

    keras.utils.set_random_seed(3)
    model = build_starter_trunk(0.125, 75)
    save_half_precision(model, tmp_path / "small.npz", width=0.125, made={"seed": 3})
    again = load_starter_trunk(tmp_path / "small.npz")
    noise = np.random.default_rng(1).uniform(-1, 1, (2, 75, 75, 3)).astype(np.float32)
    before = np.asarray(model(noise, training=False)).ravel()
    after = np.asarray(again(noise, training=False)).ravel()
    assert cosine(before, after) > 0.9999
    assert read_half_precision(tmp_path / "small.npz").made == {"seed": 3}


def test_saving_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    model = build_starter_trunk(0.125, 75)
    for name in ("one.npz", "two.npz"):
        save_half_precision(model, tmp_path / name, width=0.125)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="cannot be read"):
        load_starter_trunk(tmp_path / "nothing.npz")


def test_cut_file_is_refused(tmp_path: Path) -> None:
    cut = tmp_path / "cut.npz"
    cut.write_bytes(PACKAGED.read_bytes()[:100_000])
    with pytest.raises(WeightsError, match="cannot be read"):
        load_starter_trunk(cut)


def test_changed_weight_is_refused(tmp_path: Path) -> None:
    with np.load(PACKAGED, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    arrays["conv2d/kernel"] = -arrays["conv2d/kernel"]
    np.savez(tmp_path / "changed.npz", **arrays)
    with pytest.raises(WeightsError, match="damaged"):
        load_starter_trunk(tmp_path / "changed.npz")


def test_weights_that_overflow_half_precision_are_refused(tmp_path: Path) -> None:
    model = build_starter_trunk(0.125, 75)
    model.weights[0].assign(model.weights[0] * 1e9)
    with pytest.raises(WeightsError, match="not finite"):
        save_half_precision(model, tmp_path / "huge.npz", width=0.125)
    assert not (tmp_path / "huge.npz").exists()


@pytest.mark.parametrize(("width", "size"), [(0.0, 171), (1.5, 171), (0.35, 74)])
def test_impossible_trunk_is_refused(width: float, size: int) -> None:
    with pytest.raises(EmberwatchError):
        build_starter_trunk(width, size)


def test_full_width_is_inception_v3_weight_for_weight() -> None:
    import keras

    base = keras.applications.InceptionV3(
        weights=None, include_top=False, input_shape=(299, 299, 3)
    )
    theirs = keras.Model(base.input, base.get_layer("mixed8").output)
    ours = build_starter_trunk(1.0, 299)
    assert [w.shape for w in ours.weights] == [w.shape for w in theirs.weights]
    ours.set_weights(theirs.get_weights())
    noise = np.random.default_rng(2).uniform(-1, 1, (1, 299, 299, 3)).astype(np.float32)
    np.testing.assert_allclose(
        np.asarray(ours(noise, training=False)),
        np.asarray(theirs(noise, training=False)),
        rtol=1e-5,
        atol=1e-5,
    )


def test_reading_the_file_needs_no_tensorflow() -> None:
    code = (
        "import sys, training.starter.weights as w; w.read_half_precision();"
        "sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
