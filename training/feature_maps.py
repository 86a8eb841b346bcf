"""FeatureMaps: what the frozen part of a network gives for views of pictures, cell by cell."""

import hashlib
import math
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from edge.contract.errors import DatasetError, StorageError
from edge.contract.picture import Rgb
from edge.contract.preprocess import Preprocess
from training.bottlenecks import Decoded, Progress, Wanted, batches, decode
from training.head import Ints
from training.precision import Precision, bf16_graphs, resolve

# Half precision: 11 bits of mantissa, more than bfloat16's 8 that the maps may come from.
Halves = npt.NDArray[np.float16]
# uint8 [n, size, size, 3] to float16 [n, rows, columns, channels].
MapNetwork = Callable[[Rgb], Halves]
# What is left free on the disk, in bytes, when maps are stored.
KEPT_FREE_BYTES = 1 << 30


class FeatureMaps(Protocol):
    """Gives maps by their numbers in a fixed list of views."""

    def take(self, rows: Ints) -> Halves:
        """Return float16 [rows, height, width, channels]."""
        ...


@dataclass(frozen=True)
class StoredMaps:
    """Maps in a file, mapped into memory: as much of it is in RAM as there is room for."""

    array: Halves

    def take(self, rows: Ints) -> Halves:
        """Return copies of these rows."""
        return np.asarray(self.array[rows])


@dataclass(frozen=True)
class ComputedMaps:
    """Maps that are computed anew each time, for a disk that cannot hold them."""

    wanted: Sequence[Wanted]
    network: MapNetwork
    preprocess: Preprocess

    def take(self, rows: Ints) -> Halves:
        """Read and run these views.

        Raises:
            DatasetError: a picture cannot be read.
        """
        views = [self.wanted[row] for row in rows]
        unique = list({view.key: view for view in views}.values())
        # Pictures come decoded in an order of their own.
        decoded = {item.wanted.key: _tensor(item) for item in decode(unique, self.preprocess)}
        return self.network(np.stack([decoded[view.key] for view in views]))


def map_network(frozen: Any, precision: Precision) -> MapNetwork:
    """Return the frozen part of a network, a Keras model of pixels 0 to 255, as a function."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import (
        convert_variables_to_constants_v2,
    )

    shape = [None, *frozen.input_shape[1:]]

    @tf.function(input_signature=[tf.TensorSpec(shape, tf.uint8)])  # type: ignore[untyped-decorator,unused-ignore]
    def maps(pixels: Any) -> Any:
        return tf.cast(frozen(tf.cast(pixels, tf.float32), training=False), tf.float16)

    constant = convert_variables_to_constants_v2(maps.get_concrete_function())
    in_bf16 = resolve(precision) == "bf16"

    def run(pixels: Rgb) -> Halves:
        with bf16_graphs(in_bf16):
            return np.asarray(constant(tf.constant(pixels))[0].numpy(), dtype=np.float16)

    return run


def together(views: Sequence[Wanted]) -> Ints:
    """Return the order that puts the views of a picture together, as indexes."""
    first: dict[str, int] = {}
    for view in views:
        first.setdefault(view.sha256, len(first))
    return np.argsort([first[view.sha256] for view in views], kind="stable")


def size_bytes(views: int, shape: Sequence[int]) -> int:
    """Return what so many maps of a shape [rows, columns, channels] take on disk."""
    return views * math.prod(shape) * 2


def has_room(folder: Path, wanted_bytes: int) -> bool:
    """Say whether a folder's disk can take so much and keep a gigabyte free."""
    folder.mkdir(parents=True, exist_ok=True)
    return shutil.disk_usage(folder).free >= wanted_bytes + KEPT_FREE_BYTES


def maps_file(folder: Path, wanted: Sequence[Wanted], network: str) -> Path:
    """Return the file of these views' maps; `network` names all that computes them."""
    digest = hashlib.sha256(network.encode())
    for view in wanted:
        digest.update(f"\n{view.key}".encode())
    return folder / f"maps-{digest.hexdigest()[:16]}.f16"


def remove_others(path: Path) -> None:
    """Remove the maps of other runs beside `path`: gigabytes that nobody comes back for."""
    for other in path.parent.glob("maps-*.f16"):
        if other != path:
            other.unlink(missing_ok=True)


def store(
    path: Path,
    wanted: Sequence[Wanted],
    network: MapNetwork,
    shape: Sequence[int],
    preprocess: Preprocess,
    progress: Progress,
) -> StoredMaps:
    """Compute the maps that the file does not have yet, and open it.

    The views of a picture stand together in `wanted`; see `together`. Rows are appended in
    its order, a batch at a time, and flushed: a process killed at any moment loses at most a
    batch.

    Raises:
        DatasetError: a picture cannot be read.
        StorageError: the disk is full or the file cannot be written.
    """
    row_bytes = size_bytes(1, shape)
    try:
        with open(path, "ab") as file:
            done = file.tell() // row_bytes
            file.truncate(done * row_bytes)
            progress(done, len(wanted))
            for batch in batches(decode(wanted[done:], preprocess)):
                maps = network(np.stack([_tensor(item) for item in batch]))
                file.write(maps.tobytes())
                file.flush()
                os.fsync(file.fileno())
                done += len(batch)
                progress(done, len(wanted))
        array = np.memmap(path, np.float16, "r", shape=(len(wanted), *shape))
    except OSError as error:
        if isinstance(error, StorageError):
            raise
        raise StorageError(
            f"cannot write the feature maps {path}: {error}",
            next_step="free some space or use --bottleneck-dir, then run the same command "
            "again: what was stored is kept",
        ) from error
    return StoredMaps(array)


def _tensor(item: Decoded) -> Rgb:
    if item.tensor is None:
        raise DatasetError(f"a picture cannot be read any more: {item.problem}")
    return item.tensor
