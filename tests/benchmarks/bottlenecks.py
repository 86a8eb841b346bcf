"""Bottlenecks: ours beside a loop of single pictures and beside batched Keras."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

import numpy as np
import tensorflow as tf

from edge.contract.picture import read_picture
from edge.contract.preprocess import Preprocess
from tests.benchmarks.material import Material
from tests.benchmarks.measurement import Measurement, paired
from training.backbone import Backbone
from training.bottleneck_cache import BottleneckCache
from training.bottlenecks import compute
from training.weights import choose_backbone

ROUNDS = 3
BATCH = 32
HOW = "{n} JPEG files to features, Inception v3 to mixed8, {rounds} rounds in turn, all set-up in"


def measure(material: Material) -> list[Measurement]:
    """Take the three ways in turn, on the same files."""
    paths = sorted(material.pictures.glob("*/*.jpg"))
    backbone = choose_backbone(str(material.weights), None)
    ways = {"ours": ours, "one": one_at_a_time, "batched": keras_batches}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            seconds[name].append(_timed(way, paths, backbone))
    how = HOW.format(n=len(paths), rounds=ROUNDS)
    one, batched, mine = (
        [s / len(paths) * 1e3 for s in seconds[name]] for name in ("one", "batched", "ours")
    )
    unit = "ms a picture"
    return [
        paired("bottlenecks_vs_one_at_a_time", mine, one, unit, how),
        paired("bottlenecks_vs_batched", mine, batched, unit, how),
    ]


def ours(paths: Sequence[Path], backbone: Backbone) -> None:
    """Compute as `emberwatch retrain` does, cache and all."""
    size = backbone.input_size
    preprocess = Preprocess(size, size)
    with (
        tempfile.TemporaryDirectory() as folder,
        BottleneckCache(Path(folder), preprocess.digest, backbone.digest) as cache,
    ):
        named = [(str(i), path) for i, path in enumerate(paths)]
        compute(named, backbone, preprocess, cache, lambda _done, _of: None)


def one_at_a_time(paths: Sequence[Path], backbone: Backbone) -> None:
    """Feed TensorFlow one JPEG file at a time, as retrain.py did; a text file for each."""
    size = backbone.input_size

    @tf.function(input_signature=[tf.TensorSpec([], tf.string)])
    def bottleneck(data):
        pixels = tf.cast(tf.io.decode_jpeg(data, channels=3), tf.float32)[tf.newaxis]
        feature_map = backbone.model(tf.image.resize(pixels, [size, size]), training=False)
        return tf.reduce_mean(feature_map, axis=[1, 2])

    with tempfile.TemporaryDirectory() as folder:
        for i, path in enumerate(paths):
            values = bottleneck(path.read_bytes()).numpy()[0]
            (Path(folder) / f"{i}.txt").write_text(",".join(map(str, values)))


def keras_batches(paths: Sequence[Path], backbone: Backbone) -> None:
    """Decode a batch, then Keras's own predict on it."""
    size = backbone.input_size
    preprocess = Preprocess(size, size)
    for start in range(0, len(paths), BATCH):
        batch = [preprocess.apply(read_picture(path)) for path in paths[start : start + BATCH]]
        feature_map = backbone.model.predict(
            np.stack(batch).astype(np.float32), batch_size=BATCH, verbose=0
        )
        feature_map.mean(axis=(1, 2))


def _timed(
    way: Callable[[Sequence[Path], Backbone], None], paths: Sequence[Path], backbone: Backbone
) -> float:
    started = perf_counter()
    way(paths, backbone)
    return perf_counter() - started
