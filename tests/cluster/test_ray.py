"""The same bottlenecks from a Ray of two workers on this machine, one of them killed."""

import os
import signal
import sqlite3
from pathlib import Path

import pytest

from edge.contract.errors import PictureError
from edge.contract.preprocess import Preprocess
from tests.training.pictures import write_dataset
from training.bottleneck_cache import BottleneckCache
from training.bottlenecks import compute
from training.cluster import Cluster
from training.dataset import scan
from training.decoding import WHOLE, Wanted
from training.features import TensorflowFeatures
from training.weights import choose_backbone

PER_CLASS = 80
TWO = Cluster("local", workers=2)


class Mirrored:
    """A view: left and right changed."""

    key = "mirrored"

    def tensor(self, picture, sha256, preprocess):
        return preprocess.apply(picture)[:, ::-1]


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """Pictures, one of them damaged, with the rows that this process alone computes."""
    folder = tmp_path_factory.mktemp("cluster")
    write_dataset(folder / "pictures", PER_CLASS)
    torn = folder / "pictures" / "fire" / "001.jpg"
    torn.write_bytes(torn.read_bytes()[:600])
    backbone = choose_backbone("starter", None)
    source = TensorflowFeatures(backbone, "float32")
    preprocess = Preprocess(backbone.input_size, backbone.input_size)
    return folder, source, preprocess, _rows(folder / "alone", _wanted(folder), source, preprocess)


def _wanted(folder):
    found = scan(folder / "pictures")
    return [Wanted(s.sha256, found.root / s.file) for s in found.samples]


def _rows(folder, wanted, source, preprocess, cluster=None, progress=lambda *_: None):
    with BottleneckCache(folder, preprocess.digest, source.digest) as cache:
        compute(wanted, source, preprocess, cache, progress, cluster)
    connection = sqlite3.connect(cache.path)
    return [
        connection.execute(f"SELECT * FROM {table} ORDER BY sha256").fetchall()
        for table in ("bottlenecks", "unreadable")
    ]


def test_two_workers_give_the_same_cache_though_one_is_killed(work, tmp_path):
    folder, source, preprocess, alone = work
    killed = []

    def kill_one(done, of):
        if 0 < done < of / 2 and not killed:
            victim = max(_workers())
            os.kill(victim, signal.SIGKILL)
            killed.append(victim)

    both = _rows(tmp_path, _wanted(folder), source, preprocess, TWO, kill_one)
    assert len(killed) == 1
    assert len(both[0]) == 3 * PER_CLASS - 1
    assert [name for name, _ in both[1]] == [name for name, _ in alone[1]]
    assert both == alone
    assert not _workers()


def test_views_travel_to_the_workers(work, tmp_path):
    folder, source, preprocess, _ = work
    some = _wanted(folder)[:20]
    views = [Wanted(w.sha256, w.path, view) for w in some for view in (WHOLE, Mirrored())]
    alone = _rows(tmp_path / "a", views, source, preprocess)
    assert len(alone[0]) == 2 * 20 - 2
    assert _rows(tmp_path / "b", views, source, preprocess, TWO) == alone


def test_a_file_that_went_away_is_named(work, tmp_path):
    folder, source, preprocess, _ = work
    wanted = [*_wanted(folder)[:18], Wanted("0" * 64, tmp_path / "gone.jpg")]
    with pytest.raises(PictureError, match=r"gone\.jpg"):
        _rows(tmp_path / "cache", wanted, source, preprocess, TWO)
    assert not _workers()


def _workers():
    """The process ids of Ray's busy workers below this process."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if b"MapWorker" in command and os.getpid() in _ancestors(int(folder.name)):
            found.append(int(folder.name))
    return found


def _ancestors(pid):
    while pid > 1:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return
        pid = int(stat.rpartition(")")[2].split()[1])
        yield pid
