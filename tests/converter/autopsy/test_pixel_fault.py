"""Each usual mistake of a camera's program is told from the tensors that it makes."""

import numpy as np
import pytest
from PIL import Image

from converter.autopsy.pixel_fault import find_fault
from edge.contract.preprocess import Preprocess

TO = Preprocess(40, 32)


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    """Return four pictures with coarse and fine detail."""
    rng = np.random.default_rng(1)
    found = []
    for height, width in ((90, 160), (120, 120), (70, 100), (150, 110)):
        coarse = Image.fromarray(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8))
        smooth = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC), np.float32)
        fine = rng.normal(0, 25, (height, width, 1))
        found.append(np.clip(smooth + fine, 0, 255).astype(np.uint8))
    return found


def _nearest(picture):
    image = Image.fromarray(picture)
    return np.asarray(image.resize((TO.width, TO.height), Image.Resampling.NEAREST))


def _four_nearest(picture):
    import tensorflow as tf

    size = (TO.height, TO.width)
    resized = tf.image.resize(picture, size, "bilinear", antialias=False).numpy()
    return np.rint(resized).astype(np.uint8)


def _crop(picture):
    return Preprocess(TO.width, TO.height, "crop").apply(picture)


MISTAKES = {
    "red and blue": lambda picture: TO.apply(picture)[..., ::-1],
    "divided by 255": lambda picture: np.rint(TO.apply(picture) / 255).astype(np.uint8),
    "-1..1": lambda p: np.clip(np.rint(TO.apply(p) / 127.5 - 1), 0, 255).astype(np.uint8),
    "nearest pixel": _nearest,
    "without averaging": _four_nearest,
    "fitted the other way": _crop,
    "mirrored": lambda picture: TO.apply(picture)[:, ::-1],
    "upside down": lambda picture: TO.apply(picture)[::-1, ::-1],
    "grey": lambda p: np.asarray(Image.fromarray(TO.apply(p)).convert("L").convert("RGB")),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_the_mistake_is_named_and_a_cure_is_given(pictures, name) -> None:
    found = find_fault(pictures, [MISTAKES[name](picture) for picture in pictures], TO)
    assert name in found.name and found.cure and found.explained > 0.9
    assert name in found.words()


def test_equal_tensors_have_no_fault(pictures) -> None:
    found = find_fault(pictures, [TO.apply(picture) for picture in pictures], TO)
    assert found.name == "" and found.mean_difference == 0
    assert "byte for byte" in found.words()


def test_a_decoder_that_differs_by_a_step_is_no_mistake(pictures) -> None:
    rng = np.random.default_rng(3)
    theirs = [TO.apply(picture) ^ rng.integers(0, 2, (32, 40, 3), np.uint8) for picture in pictures]
    found = find_fault(pictures, theirs, TO)
    assert found.name == "" and "decoder" in found.words()


def test_noise_is_put_down_to_no_mistake_that_it_is_not(pictures) -> None:
    rng = np.random.default_rng(3)
    theirs = [rng.integers(0, 256, (32, 40, 3), dtype=np.uint8) for _ in pictures]
    found = find_fault(pictures, theirs, TO)
    assert found.name == "" and "no mistake that is known" in found.words()
