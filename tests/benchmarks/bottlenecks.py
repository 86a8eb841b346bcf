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
from training.bottlenecks import Wanted, fill
from training.features import feature_function
from training.precision import Precision, resolve
from training.weights import choose_backbone

ROUNDS = 5
BATCH = 32
HOW = (
    "{n} JPEG files to features, Inception v3 to mixed8, median of {rounds} rounds in turn, each "
    "way traced and warmed up before; ours in {precision}, cached in SQLite; {other}"
)
Way = Callable[[Sequence[Path]], None]


def measure(material: Material) -> list[Measurement]:
    """Take the ways in turn, on the same files."""
    paths = sorted(material.pictures.glob("*/*.jpg"))[:96]
    backbone = choose_backbone(str(material.weights), None)
    ways = {
        "ours": ours(backbone, "auto"),
        "float32": ours(backbone, "float32"),
        "one": one_at_a_time(backbone),
        "batched": keras_batches(backbone),
    }
    for way in ways.values():
        way(paths[:BATCH])
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            taken[name].append(_timed(way, paths))
    others = {
        "bottlenecks_vs_one_at_a_time": ("one", "a traced TensorFlow function fed one file"),
        "bottlenecks_vs_batched": ("batched", f"keras.Model.predict on batches of {BATCH}"),
    }
    return [
        paired(name, taken[mine], taken[other], "ms a picture", _how(len(paths), precision, what))
        for name, (other, what) in others.items()
        for mine, precision, name in (
            ("ours", resolve("auto"), name),
            ("float32", "float32", f"{name}_float32"),
        )
    ]


def _how(count: int, precision: str, other: str) -> str:
    return HOW.format(n=count, rounds=ROUNDS, precision=precision, other=other)


def ours(backbone: Backbone, precision: Precision) -> Way:
    """Compute as `emberwatch retrain` does, cache and all."""
    preprocess = Preprocess(backbone.input_size, backbone.input_size)
    network = feature_function(backbone, precision)

    def way(paths: Sequence[Path]) -> None:
        with (
            tempfile.TemporaryDirectory() as folder,
            BottleneckCache(Path(folder), preprocess.digest, backbone.digest) as cache,
        ):
            named = [Wanted(str(i), path) for i, path in enumerate(paths)]
            fill(named, network, preprocess, cache, lambda _done: None)

    return way


def one_at_a_time(backbone: Backbone) -> Way:
    """Feed TensorFlow one JPEG file at a time, as retrain.py did; a text file for each."""
    size = backbone.input_size

    @tf.function(input_signature=[tf.TensorSpec([], tf.string)])
    def bottleneck(data):
        pixels = tf.cast(tf.io.decode_jpeg(data, channels=3), tf.float32)[tf.newaxis]
        feature_map = backbone.model(tf.image.resize(pixels, [size, size]), training=False)
        return tf.reduce_mean(feature_map, axis=[1, 2])

    def way(paths: Sequence[Path]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for i, path in enumerate(paths):
                values = bottleneck(path.read_bytes()).numpy()[0]
                (Path(folder) / f"{i}.txt").write_text(",".join(map(str, values)))

    return way


def keras_batches(backbone: Backbone) -> Way:
    """Decode a batch, then Keras's own predict on it."""
    preprocess = Preprocess(backbone.input_size, backbone.input_size)

    def way(paths: Sequence[Path]) -> None:
        for start in range(0, len(paths), BATCH):
            batch = [preprocess.apply(read_picture(path)) for path in paths[start : start + BATCH]]
            feature_map = backbone.model.predict(
                np.stack(batch).astype(np.float32), batch_size=BATCH, verbose=0
            )
            feature_map.mean(axis=(1, 2))

    return way


def _timed(way: Way, paths: Sequence[Path]) -> float:
    started = perf_counter()
    way(paths)
    return (perf_counter() - started) / len(paths) * 1e3
