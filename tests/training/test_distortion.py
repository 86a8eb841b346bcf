import subprocess
import sys

import numpy as np
import pytest

from training import distortion

SIZES = [(299, 299), (171, 96), (1, 1)]


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def scene(height: int = 120, width: int = 160) -> np.ndarray:
    """Make a picture with every level: a coloured ramp and a block of noise."""
    ramp = np.linspace(0, 255, width, dtype=np.uint8)
    picture = np.stack([np.tile(ramp, (height, 1)), np.tile(ramp[::-1], (height, 1))] * 2, -1)
    picture = np.ascontiguousarray(picture[:, :, :3])
    picture[: height // 2, : width // 2] = np.random.default_rng(0).integers(
        0, 256, (height // 2, width // 2, 3)
    )
    return picture


# Each distortion with an amount that shows.
SHOWN = {
    "whiten": lambda p: distortion.whiten(p, 0.5),
    "grey": lambda p: distortion.grey(p, 1),
    "saturation": lambda p: distortion.saturation(p, 0.5),
    "fog": lambda p: distortion.fog(p, 0.5),
    "brightness": lambda p: distortion.brightness(p, -1),
    "contrast": lambda p: distortion.contrast(p, -0.5),
    "colour_cast": lambda p: distortion.colour_cast(p, (1.2, 1, 0.8)),
    "warmth": lambda p: distortion.warmth(p, -0.5),
    "gamma": lambda p: distortion.gamma(p, 0.5),
    "blur": lambda p: distortion.blur(p, 2),
    "sensor_noise": lambda p: distortion.sensor_noise(p, 10, rng()),
    "jpeg": lambda p: distortion.jpeg(p, 20),
    "night": lambda p: distortion.night(p, 0.8, rng()),
}
NEUTRAL = {
    "whiten": lambda p: distortion.whiten(p, 0),
    "grey": lambda p: distortion.grey(p, 0),
    "saturation": lambda p: distortion.saturation(p, 0),
    "fog": lambda p: distortion.fog(p, 0),
    "brightness": lambda p: distortion.brightness(p, 0),
    "contrast": lambda p: distortion.contrast(p, 0),
    "colour_cast": lambda p: distortion.colour_cast(p, (1, 1, 1)),
    "warmth": lambda p: distortion.warmth(p, 0),
    "gamma": lambda p: distortion.gamma(p, 0),
    "blur": lambda p: distortion.blur(p, 0),
    "sensor_noise": lambda p: distortion.sensor_noise(p, 0, rng()),
    "jpeg": lambda p: distortion.jpeg(p, 100),
    "night": lambda p: distortion.night(p, 0, rng()),
}


@pytest.mark.parametrize("name", NEUTRAL)
def test_no_distortion_keeps_every_bit_and_gives_a_copy(name):
    picture = scene()
    same = NEUTRAL[name](picture)
    assert np.array_equal(same, picture)
    assert not np.shares_memory(same, picture)


@pytest.mark.parametrize("name", SHOWN)
@pytest.mark.parametrize("size", SIZES)
def test_shape_and_type_survive_at_any_size(name, size):
    picture = scene()[: size[0], : size[1]]
    picture = np.resize(picture, (*size, 3))
    before = picture.copy()
    made = SHOWN[name](picture)
    assert made.shape == picture.shape
    assert made.dtype == np.uint8
    assert np.array_equal(picture, before), "the input was written to"


@pytest.mark.parametrize("name", SHOWN)
def test_the_same_picture_gives_the_same_pixels_and_the_effect_shows(name):
    picture = scene()
    first = SHOWN[name](picture)
    assert np.array_equal(first, SHOWN[name](picture))
    assert not np.array_equal(first, picture)


@pytest.mark.parametrize("name", SHOWN)
def test_a_picture_that_may_not_be_written_is_taken(name):
    picture = scene()
    picture.flags.writeable = False
    SHOWN[name](picture)


def test_all_white_and_all_grey_are_what_they_say():
    assert (distortion.whiten(scene(), 1) == 255).all()
    made = distortion.grey(scene(), 1)
    assert (made == made[:, :, :1]).all()


def test_fog_is_thicker_at_the_top_and_lowers_contrast():
    dark = np.full((100, 10, 3), 20, np.uint8)
    foggy = distortion.fog(dark, 0.7)
    assert (np.diff(foggy[:, 0, 0].astype(int)) <= 0).all()
    assert foggy[0, 0, 0] > foggy[-1, 0, 0] > 20
    assert distortion.fog(scene(), 0.7).std() < scene().std()


def test_one_stop_of_light_is_undone_by_one_stop_less():
    middle = np.full((4, 4, 3), 100, np.uint8)
    brighter = distortion.brightness(middle, 1)
    assert brighter[0, 0, 0] == round(100 * 2 ** (1 / 2.2))
    assert abs(int(distortion.brightness(brighter, -1)[0, 0, 0]) - 100) <= 1


def test_nothing_wraps_around_at_black_or_white():
    for picture in (np.zeros((8, 8, 3), np.uint8), np.full((8, 8, 3), 255, np.uint8)):
        for made in (
            distortion.brightness(picture, 3),
            distortion.contrast(picture, 1),
            distortion.warmth(picture, 1),
            distortion.saturation(picture, 1),
        ):
            assert abs(made.astype(int) - picture).max() <= 80
    noisy = distortion.sensor_noise(np.full((64, 64, 3), 255, np.uint8), 20, rng())
    assert noisy.min() > 100


def test_warm_is_orange_and_cold_is_blue():
    middle = np.full((4, 4, 3), 120, np.uint8)
    red, _, blue = distortion.warmth(middle, 1)[0, 0].astype(int)
    assert red > 120 > blue
    red, _, blue = distortion.warmth(middle, -1)[0, 0].astype(int)
    assert red < 120 < blue


def test_a_blur_looks_alike_at_every_size():
    """The blur of a step, told at 299, is as wide a share of the frame at 598."""
    widths = []
    for size in (299, 598):
        step = np.zeros((size, size, 3), np.uint8)
        step[:, size // 2 :] = 255
        row = distortion.blur(step, 6)[size // 2, :, 0].astype(int)
        widths.append(((row > 40) & (row < 215)).sum() / size)
    assert widths[0] == pytest.approx(widths[1], rel=0.2)


def test_noise_has_the_spread_that_was_asked_for_and_grows_with_the_light():
    middle = np.full((200, 200, 3), 128, np.uint8)
    noise = distortion.sensor_noise(middle, 12, rng()).astype(float) - 128
    assert noise.std() == pytest.approx(12, rel=0.05)
    dark = distortion.sensor_noise(np.full((200, 200, 3), 50, np.uint8), 12, rng()).astype(float)
    assert dark.std() < noise.std()


def test_a_worse_quality_is_farther_from_the_picture():
    picture = scene().astype(int)
    errors = [abs(distortion.jpeg(scene(), q).astype(int) - picture).mean() for q in (10, 40, 90)]
    assert errors == sorted(errors, reverse=True)


def test_night_is_grey_and_darkest_in_the_corners():
    plain = np.full((200, 200, 3), 160, np.uint8)
    made = distortion.night(plain, 1.0, rng())
    assert (made == made[:, :, :1]).all()
    assert made.mean() < 110
    assert made[90:110, 90:110].mean() > made[:20, :20].mean() + 30


def test_importing_it_loads_no_tensorflow():
    code = "import sys, training.distortion; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
