"""A SavedModel folder as retrain.py exported it: `image` in, `prediction` out."""

import os
import tempfile
from pathlib import Path
from typing import Any

from edge.contract import atomic
from edge.contract.errors import InputError, StorageError
from edge.contract.preprocess import Preprocess
from training.frozen_graph import decoded

MARK = "saved_model.pb"


def check_saved_model_target(folder: Path) -> None:
    """Make sure that a SavedModel may be written here: only an earlier one is replaced.

    Raises:
        InputError: something else is there.
    """
    taken = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    if taken and not (folder / MARK).is_file():
        raise InputError(
            f"{folder} is there and is no SavedModel",
            expected="a new folder, an empty one, or an earlier SavedModel to replace",
        )


def write_saved_model(folder: Path, classifier: Any, preprocess: Preprocess) -> None:
    """Write a classifier as a SavedModel for TensorFlow Serving and `tf.saved_model.load`.

    Signature `serving_default`: `image`, float32 RGB [n, height, width, 3] with values 0 to 1
    as retrain.py's had, to `prediction`, float32 [n, classes]. Signature `jpeg`: `contents`, a
    JPEG's bytes as a string, to `prediction` [1, classes]; it scales as training did. The folder
    appears whole or not at all.

    Raises:
        InputError: something else than a SavedModel is there.
        StorageError: the folder cannot be written.
    """
    import tensorflow as tf

    check_saved_model_target(folder)
    size = [None, preprocess.height, preprocess.width, 3]

    @tf.function(input_signature=[tf.TensorSpec(size, tf.float32, name="image")])  # type: ignore[untyped-decorator,unused-ignore]
    def serve(image: Any) -> Any:
        return {"prediction": classifier(image * 255.0, training=False)["scores"]}

    @tf.function(input_signature=[tf.TensorSpec([], tf.string, name="contents")])  # type: ignore[untyped-decorator,unused-ignore]
    def serve_jpeg(contents: Any) -> Any:
        pixels = decoded(contents, preprocess)[tf.newaxis]
        return {"prediction": classifier(pixels, training=False)["scores"]}

    module = tf.Module()
    module.classifier = classifier
    signatures = {"serving_default": serve, "jpeg": serve_jpeg}
    folder.absolute().parent.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(
            dir=folder.absolute().parent, prefix=f".{folder.name}."
        ) as temporary:
            made = Path(temporary) / "made"
            tf.saved_model.save(module, str(made), signatures=signatures)
            _sync(made)
            if folder.exists():
                os.replace(folder, Path(temporary) / "before")
            os.replace(made, folder)
            atomic.sync_folder(folder.absolute().parent)
    except (OSError, tf.errors.OpError) as error:
        raise StorageError(f"cannot write {folder}: {error}") from error


def _sync(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
