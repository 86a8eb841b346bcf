"""Exported: a run's classifier in the form that the output's name asks for."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from converter.trained_model import TrainedModel
from edge.contract import atomic
from edge.contract.errors import InputError
from training.frozen_graph import FINAL_TENSOR, write_frozen_graph
from training.saved_model import check_saved_model_target, write_saved_model

# What a camera wants: a quarter of the size, and the recipe that every runtime takes.
TFLITE_RECIPE = "int8"
SUFFIXES = (".pb", ".keras", ".tflite", ".savedmodel", "")


def check_export(path: Path) -> None:
    """Make sure, before hours of work, that there is a way to write this output.

    Raises:
        InputError: the suffix says nothing, or something is in the way.
        MissingPackage: a .tflite needs the camera's runtime to be tried in, and there is none.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(
            f"no way is known to write {path.name}",
            expected="a name that ends in .pb (frozen graph), .keras, .tflite (8 bits) or "
            ".savedmodel, or a folder without an ending (SavedModel)",
        )
    if suffix in (".savedmodel", ""):
        check_saved_model_target(path)
    elif path.is_dir():
        raise InputError(f"{path} is a folder", expected=f"a {suffix} file to write")
    if suffix == ".tflite":
        from converter.pi_environment import PiEnvironment

        PiEnvironment.find()


def export(path: Path, model: TrainedModel, final_tensor: str = FINAL_TENSOR) -> str:
    """Write a run's classifier by the suffix of `path`; return in a few words what it is.

    `.pb` a frozen graph for TensorFlow 1 scripts, `.keras` the run's Keras model, `.tflite` the
    run converted to 8 bits and tried in the camera's runtime (the run keeps its record), a
    folder a SavedModel.

    Raises:
        InputError: see `check_export`.
        ModelError: the camera's runtime refuses the .tflite.
        StorageError: the output cannot be written.
    """
    check_export(path)
    writers: dict[str, Callable[[], str]] = {
        ".pb": lambda: _frozen(path, model, final_tensor),
        ".keras": lambda: _copied(path, model.keras_path, "Keras model"),
        ".tflite": lambda: _quantised(path, model),
    }
    return writers.get(path.suffix.lower(), lambda: _saved(path, model))()


def load_classifier(model: TrainedModel) -> Any:
    """Return a run's Keras model."""
    import keras

    return keras.models.load_model(model.keras_path, compile=False)


def _frozen(path: Path, model: TrainedModel, final_tensor: str) -> str:
    write_frozen_graph(path, load_classifier(model), model.preprocess, final_tensor)
    return "frozen graph"


def _saved(path: Path, model: TrainedModel) -> str:
    write_saved_model(path, load_classifier(model), model.preprocess)
    return "SavedModel"


def _quantised(path: Path, model: TrainedModel) -> str:
    from converter.calibration import CalibrationSet
    from converter.convert import Conversion
    from converter.pi_environment import PiEnvironment
    from converter.progress import Progress
    from converter.recipes import find_recipe

    conversion = Conversion(
        model, PiEnvironment.find(), CalibrationSet.draw(model), Progress.on_stderr()
    )
    made = conversion.convert(find_recipe(TFLITE_RECIPE))
    return _copied(path, made.path, f"TFLite model ({TFLITE_RECIPE})")


def _copied(path: Path, source: Path, words: str) -> str:
    with atomic.atomic_path(path) as temporary:
        shutil.copyfile(source, temporary)
    return words
