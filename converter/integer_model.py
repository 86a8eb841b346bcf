"""integer_model: a float TFLite file and what its tensors held, into integers by a recipe."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from converter.activations import Activations, Ranges
from converter.bias_correction import correct_biases
from converter.features_output import with_features
from converter.quantizer import quantise
from converter.recipes import Recipe
from converter.tensorflow_quantizer import quantise_with_tensorflow

Floats = npt.NDArray[np.float32]


def ranges_of(recipe: Recipe, activations: Activations) -> Ranges:
    """Return the tensors' ranges as a recipe ends them.

    `activations` has the calibration pictures in it, with their values where the recipe cuts
    ranges.

    Raises:
        InputError: there are no pictures, or values were not kept.
    """
    if recipe.least_error and recipe.percentile == 100:
        return activations.least_error_ranges()
    return activations.ranges(recipe.percentile)


def integer_model(
    float_file: bytes, recipe: Recipe, ranges: Ranges, means: Mapping[str, Floats]
) -> bytes:
    """Return a float model in integers: its ranges are given, its biases corrected if asked.

    It also gives the features that its class map is made of.

    `means` are the float tensors' on the calibration pictures, float32 [channels] by name.

    Raises:
        InputError: the recipe does not fit this network.
        ModelError: the model cannot be quantised.
    """
    if recipe.engine == "tensorflow":
        data = quantise_with_tensorflow(float_file, ranges)
    else:
        data = quantise(float_file, recipe, ranges)
    data = correct_biases(float_file, data, means) if recipe.bias_correction else data
    return with_features(data)
