"""Preflight: whether the Pi's runtime takes a model, before a camera has to find out."""

from pathlib import Path

import numpy as np

from converter.keras_model import Floats
from converter.pi_environment import PiEnvironment
from converter.preflight.flatbuffer import Declaration
from converter.recipes import Recipe
from converter.tflite_model import Trial
from converter.trained_model import SplitRow, TrainedModel
from edge.contract.errors import ModelRefused
from edge.inference.predictions import Predictions

# Pictures that are tried: some of each class, few enough for the slowest runtime.
TRIED = 6
INSTEAD = "use --recipe int8, or an environment with ai-edge-litert (--edge-python)"
FORCE = "--force keeps it all the same"


def check_declared(declared: Declaration, environment: PiEnvironment) -> None:
    """Refuse a model that asks, by its own words, for a newer runtime than there is.

    A runtime may load such a file as long as it knows each operator version, and give wrong
    answers where a later release changed what one means.

    Raises:
        ModelRefused: the model's `min_runtime_version` is newer.
    """
    # LiteRT counts anew from 1; all its releases came after TensorFlow Lite 2.17.
    counts_anew = environment.runtime.startswith("ai-edge-litert")
    if not counts_anew and declared.newer_than(environment.runtime_version):
        raise ModelRefused(
            f"the model asks for a newer runtime than {environment.runtime}",
            found=f"min_runtime_version {declared.min_runtime_version}",
            next_step=f"{INSTEAD}; {FORCE}",
        )


def check_worth(recipe: Recipe, environment: PiEnvironment, trial: Trial) -> None:
    """Refuse a recipe that is not made for a runtime, though a model by it may run there.

    TensorFlow 2.21 writes `dynamic` for newer runtimes: a dense layer becomes FULLY_CONNECTED
    version 12, which `tflite-runtime` 2.14 does not know. Our head is a convolution, so our
    models do load there; but 2.14's XNNPACK takes no convolution of 8-bit weights and float
    activations, and on x86-64 Inception v3 then takes 2.5 times as long as by `float32`
    (docs/decisions/dynamic-range.md).

    Raises:
        ModelRefused: it is such a pair.
    """
    if recipe.name == "dynamic" and environment.runtime.startswith("tflite-runtime"):
        raise ModelRefused(
            f"dynamic range is refused for {environment.runtime}: it is written for newer "
            "runtimes (a dense layer as FULLY_CONNECTED version 12, unknown to this one)",
            found="a model without one, which loaded and ran, but outside XNNPACK, at "
            f"{trial.median_ms:.1f} ms a picture; float32 is faster",
            next_step=f"{INSTEAD}; {FORCE}",
        )


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
