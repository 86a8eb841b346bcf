"""Weights: which backbone is used, where its weights come from, said in plain words."""

import socket
import tempfile
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from edge.contract.errors import WeightsError
from training.backbone import (
    CUTS,
    INCEPTION_INPUT,
    INCEPTION_V3,
    STARTER,
    Backbone,
    make_backbone,
)

# No network is noticed within this; a slow one may take as long as it needs after that.
PATIENCE_SECONDS = 10.0
KERAS_FILE = "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5"

IMAGENET_QUALITY = "Inception v3 trained on ImageNet: the best backbone here."
STARTER_QUALITY = (
    "the small starter backbone, fit for the demo and for trying things out. ImageNet weights "
    "do better: run once with a network, or get Keras's file "
    f"{KERAS_FILE} on another machine and give it with --weights FILE."
)


def choose_backbone(weights: str | None, cut: str | None) -> Backbone:
    """Return the backbone that `weights` names, cut at a block (default: the deepest it has).

    `weights` is a file, `imagenet` (Keras's own download), `starter`, or None: Keras's own if
    it is here or can be had within ten seconds, else the starter.

    Raises:
        WeightsError: no such file, weights of another architecture or that end before `cut`,
            or `imagenet` without a network.
    """
    if weights == STARTER:
        return _starter(cut)
    if weights not in (None, "imagenet"):
        return _from_file(Path(str(weights)), cut)
    kept = Path.home() / ".keras" / "models" / KERAS_FILE
    if kept.exists() or _reachable():
        trunk = _download()
        return make_backbone(
            INCEPTION_V3, trunk, cut or CUTS[0], "ImageNet, by Keras", IMAGENET_QUALITY
        )
    if weights == "imagenet":
        raise WeightsError(
            "Keras's ImageNet weights cannot be reached from here",
            expected=f"a network, or the file {kept}",
            next_step=f"get {KERAS_FILE} on another machine and give it with --weights FILE",
        )
    return _starter(cut)


def _starter(cut: str | None) -> Backbone:
    from training.starter.weights import load_starter_trunk

    return make_backbone(
        STARTER, load_starter_trunk(), cut or "mixed8", "starter (shipped)", STARTER_QUALITY
    )


def _from_file(path: Path, cut: str | None) -> Backbone:
    if not path.is_file():
        raise WeightsError(
            f"there is no weights file {path}",
            expected="a Keras Inception v3 file (.h5, .weights.h5 or .keras), or `starter`",
        )
    trunk = _saved_model(path) if path.suffix == ".keras" else _saved_weights(path)
    names = {layer.name for layer in trunk.layers}
    reached = next((block for block in CUTS if block in names), None)
    if reached is None:
        raise _misfit(path, "no block mixed7, mixed8 or mixed10")
    quality = f"Inception v3 with the weights in {path.name}."
    return make_backbone(INCEPTION_V3, trunk, cut or reached, path.name, quality)


def _saved_model(path: Path) -> Any:
    import keras

    try:
        return keras.models.load_model(path, compile=False)
    except (ValueError, OSError, TypeError) as error:
        raise _misfit(path, str(error)) from error


def _saved_weights(path: Path) -> Any:
    """Load a weights file into as much of Inception v3 as it covers, by its convolutions."""
    import keras

    found, suffix, top = _inspect(path)
    whole = keras.applications.InceptionV3(
        weights=None,
        include_top=top,
        input_shape=(INCEPTION_INPUT, INCEPTION_INPUT, 3),
    )
    blocks = {f"mixed{i}" for i in range(11)}
    ends = [whole] + [
        keras.Model(whole.input, layer.output) for layer in whole.layers if layer.name in blocks
    ]
    trunk = next((model for model in ends if _convolutions(model) == found), None)
    if trunk is None:
        raise _misfit(path, f"{found} convolutions")
    with tempfile.TemporaryDirectory() as folder:
        # Keras tells its two formats apart by the name alone.
        link = Path(folder) / f"weights{suffix}"
        link.symlink_to(path.resolve())
        try:
            trunk.load_weights(link)
        except (ValueError, OSError, KeyError) as error:
            raise _misfit(path, str(error)) from error
    return trunk


def _inspect(path: Path) -> tuple[int, str, bool]:
    """Return a file's count of convolutions, its format's suffix, and whether it has a top."""
    import h5py

    shapes: list[tuple[int, ...]] = []
    try:
        with h5py.File(path) as file:
            file.visititems(
                lambda _, item: shapes.append(item.shape) if hasattr(item, "shape") else None
            )
            suffix = ".weights.h5" if "layers" in file else ".h5"
    except OSError as error:
        raise _misfit(path, "no HDF5 file") from error
    return sum(len(s) == 4 for s in shapes), suffix, any(len(s) == 2 for s in shapes)


def _convolutions(model: Any) -> int:
    return sum(type(layer).__name__ == "Conv2D" for layer in model.layers)


def _misfit(path: Path, found: str) -> WeightsError:
    return WeightsError(
        f"{path} does not hold weights of Inception v3",
        found=found[:200],
        expected="Keras's Inception v3 file: full, without top, or cut at a block",
    )


def _reachable() -> bool:
    """Ask the weights' server for their headers, on a thread that is not waited for longer."""
    from keras.src.applications import inception_v3

    answer: list[bool] = []

    def ask() -> None:
        request = urllib.request.Request(inception_v3.WEIGHTS_PATH_NO_TOP, method="HEAD")  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as reply:  # noqa: S310
                answer.append(reply.status == 200)
        except OSError:
            answer.append(False)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(PATIENCE_SECONDS)
    return bool(answer and answer[0])


def _download() -> Any:
    """Return Inception v3 with Keras's own ImageNet weights, whose checksum Keras verifies."""
    import keras

    try:
        with _socket_timeout(PATIENCE_SECONDS):
            return keras.applications.InceptionV3(
                weights="imagenet",
                include_top=False,
                input_shape=(INCEPTION_INPUT, INCEPTION_INPUT, 3),
            )
    except Exception as error:  # Keras raises bare Exception for a failed download
        raise WeightsError(
            "Keras's ImageNet weights could not be loaded",
            found=error,
            next_step=f"delete {KERAS_FILE} in ~/.keras/models and try again, "
            "or use --weights starter",
        ) from error


@contextmanager
def _socket_timeout(seconds: float) -> Iterator[None]:
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
