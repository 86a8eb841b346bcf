"""A SavedModel, such as a module of TensorFlow Hub, as a backbone."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from converter.graph_layer import graph_layer_class
from edge.contract.errors import WeightsError
from training.backbone import Backbone, wrap_backbone

# Signatures that give features, the best first: TensorFlow's own and those of Hub's modules.
SIGNATURES = ("image_feature_vector", "serving_default", "default")
# What Hub's modules of TensorFlow 1 carry, which have no tags.
HUB_MARK = "tfhub_module.pb"
# For a module that takes any size: what most of Hub's were trained on.
ANY_SIZE = 224


@dataclass(frozen=True)
class FrozenModule:
    """A module as constants: `graph` is a GraphDef's bytes, from `feed` to `fetch`."""

    graph: bytes
    feed: str
    fetch: str
    size: int
    cells: list[int]


def load_saved_module(path: Path, cut: str | None, scale: float) -> Backbone:
    """Return a SavedModel as a backbone; its input is a pixel times `scale`.

    `cut` names one of its outputs; by default the one that it has, or `default`. Where that is
    one vector for the whole picture, the class map has a single cell and no heat map comes of
    it. The graph becomes part of the classifier, which needs the folder no more.

    Raises:
        WeightsError: it cannot be read, or gives no features of square RGB pictures.
    """
    import keras

    module = _freeze(path, cut)
    picture = keras.Input((module.size, module.size, 3), name="picture")
    scaled = keras.layers.Rescaling(scale, name="to_unit")(picture)
    layer = graph_layer_class()(
        module.feed, module.fetch, module.cells, module.graph, name="module"
    )
    said = f"your own module {path.name}, with {module.cells[-1]} features"
    if module.cells[0] == 1:
        said += " for the whole picture: it cannot say where"
    return wrap_backbone(
        path.name,
        keras.Model(picture, layer(scaled)),
        cut or "its end",
        path.name,
        said + ".",
        module.graph,
    )


def _freeze(path: Path, cut: str | None) -> FrozenModule:
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import (
        convert_variables_to_constants_v2,
    )

    try:
        loaded = tf.saved_model.load(str(path), tags=[] if (path / HUB_MARK).exists() else None)
        signatures = loaded.signatures
        name = next((name for name in SIGNATURES if name in signatures), None)
        if name is None:
            raise _misfit(path, f"signatures {', '.join(signatures) or 'none'}")
        wanted = _output(path, signatures[name], cut)
        # Under its name in the signature, since freezing keeps the order and drops the names.
        place = sorted(signatures[name].structured_outputs).index(wanted)
        frozen = convert_variables_to_constants_v2(signatures[name])
    except (OSError, ValueError, tf.errors.OpError) as error:
        if isinstance(error, WeightsError):
            raise
        raise WeightsError(f"{path} cannot be read", found=str(error)[:200]) from error
    feeds = [tensor for tensor in frozen.inputs if tensor.dtype == tf.float32]
    if len(feeds) != 1 or feeds[0].shape.rank != 4:
        raise _misfit(path, f"inputs {[str(tensor.shape) for tensor in frozen.inputs]}")
    rows, columns = feeds[0].shape[1] or ANY_SIZE, feeds[0].shape[2] or ANY_SIZE
    cells = list(frozen.outputs[place].shape[1:])
    cells = [1, 1, *cells] if len(cells) == 1 else cells
    if rows != columns or len(cells) != 3 or None in cells:
        raise _misfit(path, f"input {feeds[0].shape}, output {frozen.outputs[place].shape}")
    return FrozenModule(
        frozen.graph.as_graph_def().SerializeToString(),
        feeds[0].name,
        frozen.outputs[place].name,
        int(rows),
        [int(size) for size in cells],
    )


def _output(path: Path, signature: Any, cut: str | None) -> str:
    """Return the name of the output to take."""
    names = sorted(signature.structured_outputs)
    if cut is not None and cut in names:
        return cut
    if cut is None and (len(names) == 1 or "default" in names):
        return "default" if "default" in names else names[0]
    raise WeightsError(
        f"{path} has several outputs" if cut is None else f"{path} has no output {cut!r}",
        found=", ".join(names),
        next_step="name one with --cut",
    )


def _misfit(path: Path, found: str) -> WeightsError:
    return WeightsError(
        f"{path} cannot be a backbone",
        found=found,
        expected="a signature from float32 [n, size, size, 3] to features, such as a feature "
        "vector of TensorFlow Hub",
    )
