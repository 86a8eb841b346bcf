"""The way of pictures through batches into the cache: order, memory, and what a kill leaves."""

import signal
import sqlite3
import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pytest

from edge.contract.preprocess import Preprocess
from tests.training.command import ROOT
from tests.training.pictures import write_dataset
from training import decoding
from training.bottleneck_cache import BottleneckCache
from training.bottlenecks import compute, fill
from training.dataset import scan
from training.decoding import AHEAD, Wanted, decode
from training.features import TensorflowFeatures, feature_function
from training.weights import choose_backbone

PREPROCESS = Preprocess(16, 16)
OPENED: list[str] = []
WATCHED: list[str] = []


@pytest.fixture
def opened(tmp_path):
    """The names of files below tmp_path that were opened, as the interpreter itself tells."""
    if not WATCHED:
        sys.addaudithook(_watch)
    WATCHED[:] = [str(tmp_path)]
    OPENED.clear()
    return OPENED


def _watch(event, arguments):
    if event == "open" and str(arguments[0]).startswith(WATCHED[0]):
        OPENED.append(str(arguments[0]))


@dataclass(frozen=True)
class Part:
    """A view: one corner of the picture."""

    corner: int

    @property
    def key(self):
        return f"corner-{self.corner}"

    def tensor(self, picture, sha256, preprocess):
        return preprocess.apply(np.ascontiguousarray(picture[self.corner :, self.corner :]))


def _wanted(folder, views=(decoding.WHOLE,)):
    found = scan(folder)
    return [Wanted(s.sha256, found.root / s.file, view) for view in views for s in found.samples]


def _means(pixels):
    return pixels.reshape(len(pixels), -1, 3).mean(axis=1).astype(np.float32)


def _cache(folder):
    return BottleneckCache(folder, PREPROCESS.digest, "means")


def test_a_picture_is_opened_once_for_all_of_its_views(tmp_path, opened):
    write_dataset(tmp_path / "pictures", 5)
    wanted = _wanted(tmp_path / "pictures", (decoding.WHOLE, Part(3), Part(7)))
    opened.clear()
    with _cache(tmp_path / "cache") as cache:
        fill(wanted, _means, PREPROCESS, cache, lambda _: None)
        assert cache.missing([w.key for w in wanted]) == []
    pictures = [name for name in opened if "pictures" in name]
    assert len(pictures) == len(set(pictures)) == 15


def test_each_view_gets_the_features_of_its_own_pixels(tmp_path):
    write_dataset(tmp_path / "pictures", 4)
    wanted = _wanted(tmp_path / "pictures", (Part(3), decoding.WHOLE))
    with _cache(tmp_path / "cache") as cache:
        fill(wanted, _means, PREPROCESS, cache, lambda _: None)
        features = cache.features([w.key for w in wanted])
    for row, one in zip(features, wanted, strict=True):
        (item,) = decoding.decode_file([one], PREPROCESS)
        assert np.array_equal(row, _means(item.tensor[None])[0])


def test_files_are_read_no_further_ahead_than_the_bound(tmp_path, opened):
    write_dataset(tmp_path / "pictures", 60)
    wanted = _wanted(tmp_path / "pictures")
    opened.clear()
    items = decode(wanted, PREPROCESS)
    for taken in range(1, 100):
        next(items)
        assert len(opened) <= taken + AHEAD
    items.close()


def test_a_damaged_picture_is_noted_once_and_the_others_go_on(tmp_path):
    write_dataset(tmp_path / "pictures", 4)
    torn = tmp_path / "pictures" / "fire" / "001.jpg"
    torn.write_bytes(torn.read_bytes()[:500])
    wanted = _wanted(tmp_path / "pictures", (decoding.WHOLE, Part(2)))
    seen = []
    with _cache(tmp_path / "cache") as cache:
        fill(wanted, _means, PREPROCESS, cache, seen.append)
        bad = next(w for w in wanted if w.path == torn)
        assert "damaged" in cache.problem(bad.sha256)
        assert cache.missing([w.key for w in wanted]) == []
        assert len(cache.features([w.key for w in wanted if w.path != torn])) == 22
    assert seen[-1] == len(wanted) == 24


def test_features_come_back_in_the_order_asked_for_repeats_too(tmp_path):
    keys = [f"{i:04}" for i in range(1203)]
    rows = np.random.default_rng(0).normal(size=(len(keys), 7)).astype(np.float32)
    with _cache(tmp_path) as cache:
        cache.add(keys, rows)
        order = np.random.default_rng(1).integers(0, len(keys), 1700)
        asked = [keys[i] for i in order]
        assert np.array_equal(cache.features(asked), rows[order])
        assert cache.features([]).shape == (0, 0)
        with pytest.raises(KeyError, match="absent"):
            cache.features([*keys[:600], "absent"])


@pytest.mark.parametrize("precision", ["float32", "bf16"])
def test_features_do_not_depend_on_the_company_in_the_batch(precision):
    backbone = choose_backbone("starter", None)
    size = backbone.input_size
    pixels = np.random.default_rng(0).integers(0, 256, (16, size, size, 3), dtype=np.uint8)
    network = feature_function(backbone, precision)
    together = network(pixels)
    turned = network(pixels[::-1])[::-1]
    alone = np.concatenate([network(pixels[i : i + 1]) for i in range(4)])
    assert together.tobytes() == turned.tobytes()
    assert together[:4].tobytes() == alone.tobytes()


def test_a_network_that_was_sent_gives_the_same_features_bit_for_bit():
    backbone = choose_backbone("starter", None)
    size = backbone.input_size
    pixels = np.random.default_rng(0).integers(0, 256, (5, size, size, 3), dtype=np.uint8)
    source = TensorflowFeatures(backbone, "float32")
    assert source.open()(pixels).tobytes() == source.portable().open()(pixels).tobytes()


SLOW_FILL = """
import sys, time, numpy as np
from pathlib import Path
from edge.contract.preprocess import Preprocess
from training.bottleneck_cache import BottleneckCache
from training.bottlenecks import Wanted, fill
def network(pixels):
    time.sleep(0.05)
    return pixels.reshape(len(pixels), -1)[:, :1280].astype(np.float32)
paths = sorted(Path(sys.argv[1]).glob("*/*"))
preprocess = Preprocess(32, 32)
with BottleneckCache(Path(sys.argv[2]), preprocess.digest, "slow") as cache:
    wanted = [Wanted(str(path), path) for path in paths]
    fill(wanted, network, preprocess, cache, lambda done: print(done, flush=True))
"""


def test_a_kill_loses_no_batch_that_was_told_of(tmp_path):
    write_dataset(tmp_path / "pictures", 100)
    command = [sys.executable, "-c", SLOW_FILL, str(tmp_path / "pictures"), str(tmp_path / "cache")]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    told = 0
    while told < 64:
        line = running.stdout.readline()
        assert line, "it ended before it was killed"
        told = int(line)
    running.send_signal(signal.SIGKILL)
    rest, _ = running.communicate(timeout=60)
    told = int((rest.split() or [told])[-1])
    (cache,) = (tmp_path / "cache").glob("*.sqlite")
    rows = sqlite3.connect(cache).execute("SELECT count(*) FROM bottlenecks").fetchone()[0]
    assert told <= rows <= told + decoding.BATCH
    assert rows % decoding.BATCH == 0


def test_nothing_is_opened_when_nothing_is_missing(tmp_path, opened):
    write_dataset(tmp_path / "pictures", 3)
    wanted = _wanted(tmp_path / "pictures")
    with _cache(tmp_path / "cache") as cache:
        fill(wanted, _means, PREPROCESS, cache, lambda _: None)
        opened.clear()
        # A source that cannot be opened: were it needed, this would fail.
        assert compute(wanted, None, PREPROCESS, cache, lambda *_: None) == 0
    assert not [name for name in opened if "pictures" in name]
