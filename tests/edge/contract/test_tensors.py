"""Integers stand for real numbers by scale and zero point, both ways."""

import numpy as np
import pytest

from edge.contract.errors import ModelError
from edge.contract.tensors import TensorSpec

UINT8 = TensorSpec("scores", (1, 3), "uint8", 1 / 256, 0)
INT8 = TensorSpec("scores", (1, 3), "int8", 1 / 256, -128)
FLOAT = TensorSpec("scores", (1, 3), "float32")


def test_dequantising_follows_the_affine_scheme() -> None:
    assert UINT8.dequantise(np.array([0, 64, 255], np.uint8)).tolist() == [0, 0.25, 255 / 256]
    assert INT8.dequantise(np.array([-128, -64, 127], np.int8)).tolist() == [0, 0.25, 255 / 256]


@pytest.mark.parametrize("spec", [UINT8, INT8, TensorSpec("x", (1,), "int16", 0.1, 0)])
def test_every_integer_comes_back(spec: TensorSpec) -> None:
    limits = np.iinfo(spec.dtype)
    integers = np.arange(limits.min, limits.max + 1).astype(spec.dtype)
    assert np.array_equal(spec.quantise(spec.dequantise(integers)), integers)


def test_what_is_out_of_range_is_clipped_and_not_wrapped() -> None:
    assert UINT8.quantise(np.array([-1.0, 5.0])).tolist() == [0, 255]
    assert INT8.quantise(np.array([-1.0, 5.0])).tolist() == [-128, 127]


def test_a_float_tensor_has_no_quantum() -> None:
    assert FLOAT.quantum == 0
    assert not FLOAT.quantised
    assert FLOAT.dequantise(np.array([0.5], np.float32)).tolist() == [0.5]
    assert UINT8.quantum == 1 / 256


def test_an_integer_tensor_without_a_scale_is_taken_as_it_is() -> None:
    bare = TensorSpec("x", (1,), "uint8")
    assert bare.quantum == 0
    assert bare.dequantise(np.array([7], np.uint8)).tolist() == [7.0]


def test_other_types_are_refused() -> None:
    with pytest.raises(ModelError, match="complex64"):
        TensorSpec("x", (1,), "complex64")


@pytest.mark.parametrize("spec", [UINT8, INT8, FLOAT])
def test_a_specification_survives_json(spec: TensorSpec) -> None:
    assert TensorSpec.from_json(spec.to_json()) == spec
