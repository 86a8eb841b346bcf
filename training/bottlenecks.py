"""Bottlenecks: features of pictures through a backbone, in batches and through the cache."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edge.contract.errors import PictureError
from edge.contract.picture import Rgb, read_picture
from edge.contract.preprocess import Preprocess
from training.backbone import Backbone
from training.bottleneck_cache import BottleneckCache
from training.precision import Precision, bf16_graphs, resolve

BATCH = 16
DECODERS = 2
# Decoded pictures that wait at most: bounds the memory whatever the number of pictures.
AHEAD = 3 * BATCH

Floats = npt.NDArray[np.float32]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Decoded:
    """A picture on its way into a batch: its tensor, or why it cannot be read."""

    sha256: str
    tensor: Rgb | None
    problem: str = ""


def compute(
    pictures: Sequence[tuple[str, Path]],
    backbone: Backbone,
    preprocess: Preprocess,
    cache: BottleneckCache,
    progress: Progress,
    precision: Precision = "float32",
) -> int:
    """Put the features of pictures, given as (SHA-256, path), into the cache.

    Pictures that are there already are not read. An unreadable picture is noted in the cache.
    Returns how many were computed.

    Raises:
        PictureError: a file went away or cannot be opened; the batches before are kept.
        StorageError: the cache cannot be written; the batches before are kept.
    """
    paths = dict(pictures)
    wanted = list(dict.fromkeys(cache.missing([sha256 for sha256, _ in pictures])))
    done = len(pictures) - len(wanted)
    progress(done, len(pictures))
    if not wanted:
        return 0
    network = feature_function(backbone, precision)
    missing = [(sha256, paths[sha256]) for sha256 in wanted]
    fill(missing, network, preprocess, cache, lambda now: progress(done + now, len(pictures)))
    return len(wanted)


def fill(
    pictures: Sequence[tuple[str, Path]],
    network: Callable[[Rgb], Floats],
    preprocess: Preprocess,
    cache: BottleneckCache,
    on_done: Callable[[int], None],
) -> None:
    """Read, run and store pictures, batch by batch; `on_done` is told how many are through.

    Raises:
        StorageError: the cache cannot be written; the batches before are kept.
    """
    done = 0
    for batch in _batches(_decode(pictures, preprocess)):
        for item in batch:
            if item.tensor is None:
                cache.add_problem(item.sha256, item.problem)
        readable = [(item.sha256, item.tensor) for item in batch if item.tensor is not None]
        if readable:
            features = network(np.stack([tensor for _, tensor in readable]))
            cache.add([sha256 for sha256, _ in readable], features)
        done += len(batch)
        on_done(done)


def feature_function(
    backbone: Backbone, precision: Precision = "float32"
) -> Callable[[Rgb], Floats]:
    """Return a function of uint8 [n, size, size, 3] that gives float32 [n, channels].

    The feature map is averaged over its cells. The graph's variables are frozen to constants
    first: TensorFlow then folds each batch normalisation into its convolution. The first
    batch is run here, with zeros, since it is then that TensorFlow compiles.
    """
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import (
        convert_variables_to_constants_v2,
    )

    shape = [None, backbone.input_size, backbone.input_size, 3]

    @tf.function(input_signature=[tf.TensorSpec(shape, tf.uint8)])  # type: ignore[untyped-decorator,unused-ignore]
    def pooled(pixels: Any) -> Any:
        feature_map = backbone.model(tf.cast(pixels, tf.float32), training=False)
        return tf.reduce_mean(feature_map, axis=[1, 2])

    frozen = convert_variables_to_constants_v2(pooled.get_concrete_function())
    in_bf16 = resolve(precision) == "bf16"

    def features(pixels: Rgb) -> Floats:
        # TensorFlow compiles a graph anew for other settings: they must hold at each call.
        with bf16_graphs(in_bf16):
            return np.asarray(frozen(tf.constant(pixels))[0].numpy(), dtype=np.float32)

    features(np.zeros([1, backbone.input_size, backbone.input_size, 3], np.uint8))
    return features


def _decode(pictures: Sequence[tuple[str, Path]], preprocess: Preprocess) -> Iterator[Decoded]:
    """Read and preprocess on other threads, in order, a bounded number ahead."""

    def decode(sha256: str, path: Path) -> Decoded:
        try:
            return Decoded(sha256, preprocess.apply(read_picture(path)))
        except PictureError as error:
            # A damaged picture stays damaged and is remembered; a disk that went away comes back.
            if isinstance(error.__cause__, OSError) and error.__cause__.errno:
                raise
            return Decoded(sha256, None, error.line())

    waiting: deque[Future[Decoded]] = deque()
    with ThreadPoolExecutor(DECODERS) as pool:
        try:
            for sha256, path in pictures:
                waiting.append(pool.submit(decode, sha256, path))
                if len(waiting) >= AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _batches(items: Iterator[Decoded]) -> Iterator[list[Decoded]]:
    batch: list[Decoded] = []
    for item in items:
        batch.append(item)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
