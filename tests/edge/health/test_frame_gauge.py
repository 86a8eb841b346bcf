"""FrameGauge: the figures say what was done to the picture."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from edge.health.gauge import FrameGauge


def scene(seed: int = 1, width: int = 640, height: int = 480) -> np.ndarray:
    """Return a picture of coloured boxes, uint8 [height, width, 3]."""
    rng = np.random.default_rng(seed)
    rgb = np.full((height, width, 3), (90, 110, 130), np.int64)
    for _ in range(60):
        top, left = rng.integers(0, height - 20), rng.integers(0, width - 20)
        tall, wide = rng.integers(15, height // 4), rng.integers(15, width // 4)
        rgb[top : top + tall, left : left + wide] = rng.integers(20, 235, 3)
    return rgb.clip(0, 255).astype(np.uint8)


def noisy(rgb: np.ndarray, seed: int, sigma: float = 2.0) -> np.ndarray:
    """Return the picture as a sensor would give it."""
    noise = np.random.default_rng(seed).normal(0, sigma, rgb.shape)
    return (rgb + noise).clip(0, 255).astype(np.uint8)


def taught(rgb: np.ndarray) -> FrameGauge:
    """Return a gauge that has learnt a scene."""
    gauge = FrameGauge()
    for number in range(12):
        gauge.measure(noisy(rgb, number), number / 10)
    return gauge


def blurred(rgb: np.ndarray, radius: float) -> np.ndarray:
    """Return the picture out of focus."""
    return np.asarray(Image.fromarray(rgb).filter(ImageFilter.GaussianBlur(radius)))


def test_a_scene_is_like_itself_and_no_other() -> None:
    gauge = taught(scene())
    same = gauge.measure(noisy(scene(), 99))
    other = gauge.measure(noisy(scene(2), 99))
    assert same.likeness is not None and same.likeness > 0.9
    assert other.likeness is not None and other.likeness < 0.2


def test_swapped_colours_are_the_reference_s_opposite() -> None:
    gauge = taught(scene())
    swapped = gauge.measure(noisy(scene()[..., ::-1], 99))
    assert swapped.colours is not None and swapped.colours < -0.8
    assert swapped.likeness is not None and swapped.likeness > 0.6


def test_a_grey_picture_has_no_colours_to_be_wrong() -> None:
    grey = scene().mean(axis=2, keepdims=True).repeat(3, axis=2).astype(np.uint8)
    facts = taught(scene()).measure(grey)
    assert facts.colours is None
    assert facts.likeness is not None and facts.likeness > 0.5


def test_blur_takes_the_focus_and_leaves_the_layout() -> None:
    facts = taught(scene()).measure(noisy(blurred(scene(), 8), 99))
    assert facts.focus is not None and facts.focus < 0.3
    assert facts.layout is not None and facts.layout > 0.8


def test_the_same_bytes_are_identical_and_one_other_byte_is_not() -> None:
    gauge = FrameGauge()
    rgb = scene()
    assert not gauge.measure(rgb).identical
    assert gauge.measure(rgb.copy()).identical
    other = rgb.copy()
    other[0, 5, 1] ^= 1
    assert not gauge.measure(other).identical


def test_a_camera_that_writes_into_the_same_memory_is_not_frozen() -> None:
    gauge = FrameGauge()
    memory = noisy(scene(), 1)
    gauge.measure(memory)
    memory[:] = noisy(scene(), 2)
    assert not gauge.measure(memory).identical


def test_a_reference_outlives_the_process() -> None:
    kept = taught(scene()).reference()
    facts = FrameGauge(kept).measure(noisy(scene(), 50))
    assert facts.likeness is not None and facts.likeness > 0.9


@pytest.mark.parametrize("damage", [b"", b"nonsense", b"cut", b"flip"])
def test_a_damaged_reference_is_as_none(damage: bytes) -> None:
    kept = taught(scene()).reference()
    if damage == b"cut":
        damage = kept[:-7]
    if damage == b"flip":
        damage = kept[:40] + bytes([kept[40] ^ 1]) + kept[41:]
    assert FrameGauge(damage).measure(scene()).likeness is None


def test_nothing_is_learnt_of_a_flat_picture() -> None:
    gauge = FrameGauge()
    for number in range(30):
        gauge.measure(noisy(np.full((480, 640, 3), 90, np.uint8), number))
    assert gauge.reference() == b""


def test_a_person_can_have_the_scene_learnt_anew() -> None:
    gauge = taught(scene())
    gauge.accept()
    for number in range(12):
        facts = gauge.measure(noisy(scene(2), number))
    assert facts.likeness is not None and facts.likeness > 0.9


@pytest.mark.parametrize(
    "shape", [(1, 1), (2, 3), (7, 500), (500, 7), (48, 64), (299, 299), (719, 1279), (1080, 1920)]
)
def test_frames_of_any_size_can_be_measured(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(3)
    gauge = FrameGauge()
    for _ in range(12):
        facts = gauge.measure(rng.integers(0, 256, (*shape, 3), np.uint8))
    numbers = [value for value in vars(facts).values() if value is not None]
    assert np.isfinite(np.array(numbers, float)).all()
    assert (facts.height, facts.width) == shape
