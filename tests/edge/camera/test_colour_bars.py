"""The card of colours, and what is made of pictures of it."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from edge.camera.colour_bars import card, order_seen

CARD = card()
ROOM = Image.blend(
    Image.effect_noise((640, 360), 40).convert("RGB"),
    Image.new("RGB", (640, 360), (110, 90, 70)),
    0.7,
)
ORDERS = ["".join(order) for order in permutations("RGB")]


def seen(
    size: tuple[int, int] = (450, 320),
    at: tuple[int, int] = (95, 20),
    light: tuple[float, float, float] = (1.0, 1.0, 1.0),
    turn: float = 0.0,
    noise: float = 6.0,
) -> np.ndarray:
    """Return the card as a camera of 640 x 360 sees it, in a room of brown and grey."""
    room = ROOM.copy()
    paper = Image.fromarray(CARD).resize(size).convert("RGBA").rotate(turn, expand=True)
    room.paste(paper, at, paper)
    pixels = np.asarray(room) * np.array(light)
    grain = np.random.default_rng(1).normal(0, noise, pixels.shape)
    return np.clip(pixels + grain, 0, 255).astype(np.uint8)


def exchanged(rgb: np.ndarray, order: str) -> np.ndarray:
    return np.ascontiguousarray(rgb[..., ["RGB".index(channel) for channel in order]])


@pytest.mark.parametrize("order", ORDERS)
def test_each_exchange_of_channels_is_told_from_every_other(order):
    assert order_seen(exchanged(seen(), order)) == order


@pytest.mark.parametrize("order", ["RGB", "BGR"])
@pytest.mark.parametrize("turn", [0, 4, -6, 90, 180, 270])
@pytest.mark.parametrize("mirrored", [False, True])
def test_it_does_not_matter_how_the_card_is_held(order, turn, mirrored):
    picture = seen(size=(380, 270), at=(100, 15), turn=turn)
    picture = np.ascontiguousarray(picture[:, ::-1]) if mirrored else picture
    assert order_seen(exchanged(picture, order)) == order


@pytest.mark.parametrize(
    "light",
    [(1.0, 0.85, 0.65), (0.8, 0.95, 1.0), (0.4, 0.4, 0.4), (1.25, 1.2, 1.2)],
    ids=["lamp", "shade", "dusk", "glare"],
)
@pytest.mark.parametrize("order", ["RGB", "BGR"])
def test_neither_does_the_light(light, order):
    assert order_seen(exchanged(seen(light=light), order)) == order


def test_half_a_picture_is_enough():
    assert order_seen(seen(size=(320, 225), at=(250, 100))) == "RGB"


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((720, 1280, 3), np.uint8),
        np.full((720, 1280, 3), 255, np.uint8),
        np.full((720, 1280, 3), (220, 60, 20), np.uint8),
        np.repeat(np.asarray(Image.fromarray(CARD).convert("L"))[..., None], 3, axis=2),
    ],
    ids=["black", "white", "red", "a camera without colours"],
)
def test_no_bars_are_seen_where_there_are_none(picture):
    assert order_seen(picture) is None


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=8)
def test_no_bars_are_seen_in_a_random_room(seed):
    generator = np.random.default_rng(seed)
    coarse = generator.integers(0, 256, (9, 16, 3), dtype=np.uint8)
    assert order_seen(np.asarray(Image.fromarray(coarse).resize((1280, 720)))) is None
