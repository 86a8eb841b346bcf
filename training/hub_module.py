"""A module of the user's own as a backbone: a network that brings its own weights."""

from pathlib import Path
from typing import Any

from edge.contract.errors import WeightsError
from training.backbone import Backbone, wrap_backbone
from training.backbones import ARCHITECTURES
from training.saved_module import load_saved_module

# The common signature of TensorFlow Hub's image modules: pixels in [0, 1].
HUB_SCALE = 1 / 255


def load_hub_module(name: str, weights: str | None, cut: str | None) -> Backbone:
    """Return a .keras file or a SavedModel folder as a backbone.

    A .keras file is ended at the layer `cut`, or at its last feature map. If it begins with a
    Rescaling or Normalization layer it takes pixels 0 to 255; any other is given 0 to 1, as
    the modules of TensorFlow Hub are. A SavedModel is taken whole: see `saved_module`.

    Raises:
        WeightsError: an address, no network of pictures, no such layer, or weights that were
            given beside it.
    """
    _refuse_address(name)
    path = Path(name)
    if weights is not None:
        raise WeightsError(
            f"the module {path.name} has weights of its own", found=f"--weights {weights}"
        )
    if (path / "saved_model.pb").is_file():
        return load_saved_module(path, cut, HUB_SCALE)
    whole = _load(path)
    model = _on_pixels(whole, _feature_map(whole, path, cut))
    said = f"your own module {path.name}; its last layer here has {model.output_shape[-1]} features"
    return wrap_backbone(path.stem, model, cut or "its end", path.name, said + ".")


def _refuse_address(name: str) -> None:
    if "://" not in name:
        return
    folded = name.lower().replace("-", "_")
    near = [known for known in ARCHITECTURES if known in folded]
    instead = near[0] if near else "inception_v3"
    raise WeightsError(
        "modules are not fetched from an address",
        found=name,
        expected="a backbone's name, or the path of a .keras file or a SavedModel",
        next_step=f"use {instead}, the same network with Keras's weights"
        if near
        else f"use a backbone's name: {', '.join(ARCHITECTURES)}",
    )


def _load(path: Path) -> Any:
    import keras

    if not path.is_file():
        raise WeightsError(
            f"there is no module {path}", expected="a .keras file or a SavedModel folder"
        )
    try:
        return keras.models.load_model(path, compile=False)
    except (ValueError, OSError, TypeError) as error:
        raise WeightsError(f"{path} is no Keras model", found=str(error)[:200]) from error


def _feature_map(model: Any, path: Path, cut: str | None) -> Any:
    """Return the tensor of the wanted layer: the last that is a map of cells, if none is named."""
    maps = [layer for layer in model.layers if len(getattr(layer.output, "shape", ())) == 4]
    maps = [layer for layer in maps if type(layer).__name__ != "InputLayer"]
    if cut is not None:
        maps = [layer for layer in maps if layer.name == cut]
    shape = model.input_shape
    if not maps or not isinstance(shape, tuple) or len(shape) != 4 or None in shape[1:]:
        raise WeightsError(
            f"{path} cannot be a backbone",
            found=f"input {shape}" + (f", no feature map {cut!r}" if cut and not maps else ""),
            expected="a network from [n, height, width, 3] of a fixed size to a feature map",
        )
    if shape[1] != shape[2] or shape[3] != 3:
        raise WeightsError(f"{path} takes no square RGB picture", found=f"input {shape}")
    return maps[-1].output


def _on_pixels(whole: Any, output: Any) -> Any:
    import keras

    layers = [layer for layer in whole.layers if type(layer).__name__ != "InputLayer"]
    network = keras.Model(whole.inputs[0], output, name="module")
    if type(layers[0]).__name__ in ("Rescaling", "Normalization"):
        return network
    picture = keras.Input(whole.input_shape[1:], name="picture")
    scaled = keras.layers.Rescaling(HUB_SCALE, name="to_unit")(picture)
    return keras.Model(picture, network(scaled))
