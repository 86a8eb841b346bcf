"""Bottlenecks: ours beside a loop of single pictures and beside batched Keras."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import tensorflow as tf

from converter.trained_model import SplitRow
from edge.contract.labels import Labels
from edge.contract.picture import read_picture
from edge.contract.preprocess import Preprocess
from tests.benchmarks.material import Material
from tests.benchmarks.measurement import Measurement, paired
from training.backbone import Backbone
from training.bottleneck_cache import BottleneckCache
from training.bottlenecks import Wanted, fill
from training.dataset import scan
from training.feature_source import choose_source
from training.features import FeatureSource, TensorflowFeatures
from training.weights import choose_backbone

ROUNDS = 5
PICTURES = 256
BATCH = 32
HOW = (
    "{n} {kind} JPEG files to features, Inception v3 to mixed8, median of {rounds} rounds in "
    "turn, each way loaded and warmed up before; ours in {name}, cached in SQLite; {other}. "
    "Processor time a picture, all cores: ours {mine:.1f} ms, the other {theirs:.1f} ms"
)
OTHERS = {
    "one_at_a_time": "a traced TensorFlow function fed one file, as retrain.py did",
    "batched": f"keras.Model.predict on batches of {BATCH}",
}
Way = Callable[[Sequence[Path]], None]


@dataclass
class Times:
    """What a way took in each round, in ms a picture: by the clock, and of all cores."""

    wall: list[float]
    processor: list[float]


def measure(material: Material) -> list[Measurement]:
    """Take the ways in turn, on the same files."""
    paths = material.photographs(PICTURES)
    backbone = choose_backbone(str(material.weights), None)
    preprocess = Preprocess(backbone.input_size, backbone.input_size)
    mine = {
        "int8": ours(int8_source(material, backbone, preprocess, paths), preprocess),
        "bf16": ours(TensorflowFeatures(backbone, "bf16"), preprocess),
        "float32": ours(TensorflowFeatures(backbone, "float32"), preprocess),
    }
    others = {
        "one_at_a_time": one_at_a_time(backbone),
        "batched": keras_batches(backbone, preprocess),
    }
    times = take_in_turn(mine | others, paths)
    taken = []
    for other, words in OTHERS.items():
        for name in mine:
            how = HOW.format(
                n=len(paths),
                kind=material.kind,
                rounds=ROUNDS,
                name=name,
                other=words,
                mine=np.median(times[name].processor),
                theirs=np.median(times[other].processor),
            )
            title = f"bottlenecks_{name}_vs_{other}"
            taken.append(paired(title, times[name].wall, times[other].wall, "ms a picture", how))
    return taken


def take_in_turn(ways: dict[str, Way], paths: Sequence[Path]) -> dict[str, Times]:
    """Warm each way up, then take ROUNDS rounds of all of them."""
    for way in ways.values():
        way(paths[:BATCH])
    times = {name: Times([], []) for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            started, busy = perf_counter(), process_time()
            way(paths)
            times[name].wall.append((perf_counter() - started) / len(paths) * 1e3)
            times[name].processor.append((process_time() - busy) / len(paths) * 1e3)
    return times


def int8_source(
    material: Material, backbone: Backbone, preprocess: Preprocess, paths: Sequence[Path]
) -> FeatureSource:
    """Calibrate with pictures that are not measured."""
    measured = set(paths)
    samples = scan(material.pictures).samples
    rows = [
        SplitRow(s.file, s.label, s.group, s.sha256, "training")
        for s in samples
        if material.pictures / s.file not in measured
    ]
    return choose_source(
        "int8",
        backbone,
        "auto",
        preprocess,
        bottleneck_dir=material.folder / "int8",
        dataset=material.pictures,
        rows=rows,
        labels=Labels(tuple(sorted({row.label for row in rows}))),
        say=print,
    )


def ours(source: FeatureSource, preprocess: Preprocess) -> Way:
    """Compute as `emberwatch retrain` does, cache and all."""
    network = source.open()

    def way(paths: Sequence[Path]) -> None:
        with (
            tempfile.TemporaryDirectory() as folder,
            BottleneckCache(Path(folder), preprocess.digest, source.digest) as cache,
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


def keras_batches(backbone: Backbone, preprocess: Preprocess) -> Way:
    """Decode a batch, then Keras's own predict on it."""

    def way(paths: Sequence[Path]) -> None:
        for start in range(0, len(paths), BATCH):
            batch = [preprocess.apply(read_picture(path)) for path in paths[start : start + BATCH]]
            feature_map = backbone.model.predict(
                np.stack(batch).astype(np.float32), batch_size=BATCH, verbose=0
            )
            feature_map.mean(axis=(1, 2))

    return way
