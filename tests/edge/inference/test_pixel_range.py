"""Pixels become the integers or reals that a model's input stands for."""

import numpy as np
import pytest

from edge.contract.errors import InputError
from edge.contract.tensors import TensorSpec
from edge.inference.pixel_range import PixelRange

RAMP = np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 16, 3)
SHAPE = (1, 16, 16, 3)


def spec(dtype: str, scale: float = 0.0, zero_point: int = 0) -> TensorSpec:
    # A model file holds its scale in single precision.
    return TensorSpec("input", SHAPE, dtype, float(np.float32(scale)), zero_point)


def guessed(input_spec: TensorSpec) -> list[float]:
    """Return what pixels 0 to 255 become."""
    tensor = PixelRange.guess(input_spec).tensor(RAMP, input_spec)
    assert tensor.shape == SHAPE
    assert tensor.dtype == input_spec.dtype
    return list(tensor[..., 0].ravel().tolist())


@pytest.mark.parametrize(
    ("scale", "zero_point"), [(1.0, 0), (1 / 255, 0), (2 / 255, 127), (2 / 255, 128), (0.0, 0)]
)
def test_a_uint8_input_gets_the_pixels_themselves(scale: float, zero_point: int) -> None:
    integers = guessed(spec("uint8", scale, zero_point))
    assert np.abs(np.array(integers) - np.arange(256)).max() <= 1
    if zero_point == 0:
        assert integers == list(range(256))


@pytest.mark.parametrize(("scale", "zero_point"), [(1.0, -128), (1 / 255, -128), (2 / 255, -1)])
def test_an_int8_input_gets_them_less_128(scale: float, zero_point: int) -> None:
    assert guessed(spec("int8", scale, zero_point)) == list(range(-128, 128))


def test_no_two_pixel_values_fall_together_on_a_tie() -> None:
    for dtype, zero_point in (("uint8", 127), ("int8", -1)):
        assert len(set(guessed(spec(dtype, 2 / 255, zero_point)))) >= 255


def test_a_range_of_its_own_is_filled_from_end_to_end() -> None:
    # ImageNet's mean and deviation, as PyTorch's models have them: -2.12 to 2.64.
    integers = guessed(spec("uint8", 4.76 / 255, 114))
    assert integers == list(range(256))


def test_an_integer_input_that_ends_near_a_usual_range_is_read_by_it() -> None:
    # Calibrated on pictures without pure white: 255 / 255 is then beyond its end.
    integers = guessed(spec("uint8", 0.95 / 255, 0))
    assert integers[100] == round(100 / 255 / (0.95 / 255))
    assert integers[255] == 255


def test_a_float_input_gets_minus_one_to_one() -> None:
    reals = guessed(spec("float32"))
    assert reals[0] == -1
    assert reals[255] == 1
    assert reals[128] == pytest.approx(1 / 255)


@pytest.mark.parametrize(
    ("mean", "std", "low", "high"), [(0, 255, 0, 1), (0, 1, 0, 255), (127.5, 127.5, -1, 1)]
)
def test_a_callers_mean_and_deviation_are_kept(
    mean: float, std: float, low: float, high: float
) -> None:
    tensor = PixelRange(mean, std).tensor(RAMP, spec("float32"))
    assert float(tensor.min()) == pytest.approx(low)
    assert float(tensor.max()) == pytest.approx(high)


@pytest.mark.parametrize("std", [0.0, -1.0, float("nan")])
def test_a_deviation_of_nothing_is_refused(std: float) -> None:
    with pytest.raises(InputError, match="--input-std"):
        PixelRange(0.0, std)


def test_our_own_input_is_the_picture_unchanged() -> None:
    tensor = PixelRange(0.0, 1.0).tensor(RAMP, spec("uint8", 1.0, 0))
    assert np.array_equal(tensor[0], RAMP)
