"""The starter's weights: one half-precision file that says what it is and checks itself."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from edge.contract.atomic import atomic_path
from edge.contract.errors import WeightsError
from training.starter.architecture import build_starter_trunk

if TYPE_CHECKING:
    import keras

FORMAT = "emberwatch-starter-1"
FACTS = "facts"
PACKAGED = Path(__file__).with_name("starter.npz")

Halves = dict[str, NDArray[np.float16]]


@dataclass(frozen=True)
class StarterWeights:
    """What a starter file holds.

    Attributes:
        width: factor on Inception v3's channel counts.
        input_size: pixels a side of the input.
        sha256: of names, shapes and values, in hex; a key for caches of features.
        made: how it was made (seed, steps, minutes); for people.
        arrays: float16 by weight name, as "conv2d/kernel".
    """

    width: float
    input_size: int
    sha256: str
    made: Mapping[str, Any]
    arrays: Halves


def load_starter_trunk(path: Path = PACKAGED) -> keras.Model:
    """Load the starter trunk, with float32 weights, from the packaged file or another.

    Returns:
        A model from float32 [N, S, S, 3] in [-1, 1] to float32 [N, h, w, C] >= 0.

    Raises:
        WeightsError: the file is missing, damaged, or of another architecture.
    """
    stored = read_half_precision(path)
    trunk = build_starter_trunk(stored.width, stored.input_size)
    expected = {weight.path: tuple(weight.shape) for weight in trunk.weights}
    found = {name: array.shape for name, array in stored.arrays.items()}
    if found != expected:
        wrong = sorted(set(found.items()) ^ set(expected.items()))
        raise WeightsError("the weights do not fit the starter trunk", found=wrong[:4])
    for weight in trunk.weights:
        weight.assign(stored.arrays[weight.path].astype(np.float32))
    return trunk


def read_half_precision(path: Path = PACKAGED) -> StarterWeights:
    """Read and check a starter file; needs no TensorFlow.

    Raises:
        WeightsError: the file is missing, of another format, or its digest is wrong.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files if name != FACTS}
            facts = json.loads(str(stored[FACTS]))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise WeightsError(
            "the starter's weights cannot be read", found=path, next_step="install them again"
        ) from error
    if facts.get("format") != FORMAT:
        raise WeightsError("unknown format", found=facts.get("format"), expected=FORMAT)
    digest = _digest(arrays)
    if digest != facts["sha256"]:
        raise WeightsError(
            f"the starter's weights in {path} are damaged", found=digest, expected=facts["sha256"]
        )
    return StarterWeights(
        float(facts["width"]), int(facts["input_size"]), digest, facts["made"], arrays
    )


def save_half_precision(
    model: keras.Model, path: Path, *, width: float, made: Mapping[str, Any] | None = None
) -> None:
    """Write a trunk's weights as float16, atomically, with width and input size beside them.

    Raises:
        WeightsError: a weight is not finite in half precision.
        StorageError: the file cannot be written.
    """
    with np.errstate(over="ignore"):
        arrays = {weight.path: np.asarray(weight).astype(np.float16) for weight in model.weights}
    unusable = [name for name, array in arrays.items() if not np.isfinite(array).all()]
    if unusable:
        raise WeightsError("weights are not finite in half precision", found=unusable[:4])
    facts = {
        "format": FORMAT,
        "width": width,
        "input_size": int(model.input_shape[1]),
        "sha256": _digest(arrays),
        "made": dict(made or {}),
    }
    with atomic_path(path) as temporary:
        # mypy takes the names of the arrays for savez's own keywords.
        np.savez_compressed(temporary, **{FACTS: np.array(json.dumps(facts))}, **arrays)  # type: ignore[arg-type]


def _digest(arrays: Mapping[str, NDArray[Any]]) -> str:
    """Hash names, dtypes, shapes and values, in the order of the names."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = arrays[name]
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
