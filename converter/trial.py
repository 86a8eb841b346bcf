"""Trial: a converted model run in the Pi's own runtime before it is called good."""

from pathlib import Path

import numpy as np

from converter.keras_model import Floats
from converter.pi_environment import PiEnvironment
from converter.recipes import Recipe
from converter.tflite_model import Trial
from converter.trained_model import SplitRow, TrainedModel
from edge.contract.errors import ModelRefused
from edge.inference.predictions import Predictions

# Pictures that are tried: some of each class, few enough for the slowest runtime.
TRIED = 6


def try_model(
    model: Path,
    recipe: Recipe,
    trained: TrainedModel,
    environment: PiEnvironment,
    rows: tuple[SplitRow, ...],
    expected: Floats,
) -> Trial:
    """Load a model in the Pi environment and hold its scores against the float model's.

    `expected` are the Keras model's scores of `rows`, float32 [pictures, classes].

    Raises:
        ModelRefused: the runtime does not take it, crashes on it, or gives other scores.
    """
    predictions = environment.predict(
        model,
        [trained.path_of(row) for row in rows],
        trained.labels,
        trained.preprocess.fit,
    )
    difference = float(np.abs(predictions.scores - expected).max())
    if not difference <= recipe.float_tolerance:
        raise ModelRefused(
            f"{environment.runtime} gives other scores than the float model",
            found=f"a difference of {difference:.3f}",
            expected=f"at most {recipe.float_tolerance} for {recipe.name}",
        )
    median_ms = round(float(np.median(predictions.invoke_ms)), 3)
    return Trial(predictions.runtime, len(rows), round(difference, 6), median_ms)


def check_tensors(predictions: Predictions, hashes: list[str]) -> None:
    """Make sure that both sides fed the same pixels.

    `hashes` are of the tensors here, in the order of the predictions; unreadable pictures
    have an empty one on both sides.

    Raises:
        ModelRefused: a picture became another input tensor over there.
    """
    for number, (ours, theirs) in enumerate(zip(hashes, predictions.tensor_sha256, strict=True)):
        if ours != theirs:
            raise ModelRefused(
                f"picture {number + 1} becomes another input tensor in the Pi environment",
                found=theirs[:16] or predictions.problems[number],
                expected=ours[:16],
                next_step="install the same Pillow release on both sides",
            )
