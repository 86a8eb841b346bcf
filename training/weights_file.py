"""A weights file: Keras's, of a known architecture, whole, without top, or cut at a block."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from edge.contract.errors import WeightsError
from training.backbones import Architecture

Shapes = list[tuple[int, ...]]
# keras.applications.efficientnet: its ImageNet weights were made for input that is divided by
# the root of this once more, in a layer that only `weights="imagenet"` adds.
EFFICIENTNET_MEAN = (0.485, 0.456, 0.406)
EFFICIENTNET_STDDEV = (0.229, 0.224, 0.225)


def load_trunk(architecture: Architecture, path: Path) -> tuple[Any, str]:
    """Return as much of an architecture as a file covers, and the usual cut of what it reaches.

    Raises:
        WeightsError: no such file, not a Keras file, or of another architecture.
    """
    if not path.is_file():
        raise WeightsError(
            f"there is no weights file {path}",
            expected=f"a Keras file of {architecture.name} (.h5, .weights.h5 or .keras)",
        )
    load = _from_model if path.suffix == ".keras" else _from_weights
    trunk = load(architecture, path)
    _correct_efficientnet(trunk)
    return trunk, next(iter(architecture.reached(trunk)), architecture.cuts[0])


def _from_model(architecture: Architecture, path: Path) -> Any:
    """Copy a saved model's weights into as much of the architecture as they fill, in order."""
    import keras

    try:
        saved = keras.models.load_model(path, compile=False)
    except (ValueError, OSError, TypeError) as error:
        raise _misfit(architecture, path, str(error)) from error
    if saved.name == "emberwatch":
        raise WeightsError(
            f"{path} is a finished classifier, whose normalisation is folded in",
            expected=f"a Keras model of {architecture.name} as it was trained",
            next_step="give the weights that it was made from",
        )
    trunk = _without_top(architecture, saved)
    if trunk is None:
        kernels = len(_kernels(saved))
        raise _misfit(architecture, path, f"{kernels} convolutions")
    return trunk


def _without_top(architecture: Architecture, saved: Any) -> Any | None:
    """Return the architecture's longest part that a model's first weights fill; None: none."""
    found = [tuple(weight.shape) for weight in saved.weights]
    for trunk in _ends(architecture):
        wanted = [tuple(weight.shape) for weight in trunk.weights]
        if found[: len(wanted)] == wanted:
            trunk.set_weights(saved.get_weights()[: len(wanted)])
            return trunk
    return None


def _from_weights(architecture: Architecture, path: Path) -> Any:
    found, suffix = _inspect(architecture, path)
    trunk = next((t for t in _ends(architecture) if _kernels(t) == found), None)
    without_top = trunk is not None
    if trunk is None:
        trunk = architecture.build(top=True)
        if _kernels(trunk) != found:
            raise _misfit(architecture, path, f"{len(found)} convolutions")
    with tempfile.TemporaryDirectory() as folder:
        # Keras tells its two formats apart by the name alone.
        link = Path(folder) / f"weights{suffix}"
        link.symlink_to(path.resolve())
        try:
            trunk.load_weights(link)
        except (ValueError, OSError, KeyError) as error:
            raise _misfit(architecture, path, str(error)) from error
    return trunk if without_top else _without_top(architecture, trunk)


def _ends(architecture: Architecture) -> Iterator[Any]:
    """Yield the architecture without top, whole and then ended at each cut."""
    import keras

    whole = architecture.build()
    yield whole
    for cut in architecture.cuts:
        if (layer := architecture.find_cut(whole, cut)) is not None:
            yield keras.Model(whole.inputs[0], layer.output)


def _inspect(architecture: Architecture, path: Path) -> tuple[Shapes, str]:
    """Return the shapes of a file's convolution kernels, sorted, and its format's suffix.

    The file's own values are not read.
    """
    import h5py

    shapes: Shapes = []
    try:
        with h5py.File(path) as file:
            file.visititems(
                lambda _, item: shapes.append(item.shape) if hasattr(item, "shape") else None
            )
            suffix = ".weights.h5" if "layers" in file else ".h5"
    except OSError as error:
        raise _misfit(architecture, path, "no HDF5 file") from error
    return _fours(shapes), suffix


def _kernels(model: Any) -> Shapes:
    return _fours([tuple(weight.shape) for weight in model.weights])


def _fours(shapes: Shapes) -> Shapes:
    return sorted(shape for shape in shapes if len(shape) == 4)


def _correct_efficientnet(trunk: Any) -> None:
    """Put the layer that Keras adds for ImageNet weights into the normalisation's variance."""
    import keras

    for layer in trunk.layers:
        if isinstance(layer, keras.layers.Normalization) and len(layer.weights) == 3:
            mean, variance, count = layer.get_weights()
            if np.allclose(mean.reshape(-1), EFFICIENTNET_MEAN, atol=1e-3):
                layer.set_weights([mean, variance * np.array(EFFICIENTNET_STDDEV), count])
                layer.finalize_state()


def _misfit(architecture: Architecture, path: Path, found: str) -> WeightsError:
    return WeightsError(
        f"{path} does not hold weights of {_title(architecture)}",
        found=found[:200],
        expected=f"Keras's {_title(architecture)} file: full, without top, or cut at a block",
        next_step="name the network with --backbone if the file is of another one",
    )


def _title(architecture: Architecture) -> str:
    return "Inception v3" if architecture.name == "inception_v3" else architecture.name
