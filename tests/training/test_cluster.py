"""What `--cluster` does without a cluster: hand-overs, refusals. With one: tests/cluster."""

import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pytest

from edge.contract.errors import MachineError, PictureError
from edge.contract.preprocess import Preprocess
from tests.training.command import ROOT
from tests.training.pictures import write_dataset
from training.cluster import Cluster
from training.cluster_worker import (
    ClusterWorker,
    from_row,
    package_versions,
    read_row,
    wanted_rows,
)
from training.dataset import scan
from training.decoding import BATCH, WHOLE, Wanted

PREPROCESS = Preprocess(16, 16)


@dataclass(frozen=True)
class Means:
    """A network that gives each channel's mean."""

    def open(self, cores=None):
        return lambda pixels: pixels.reshape(len(pixels), -1, 3).mean(axis=1).astype(np.float32)


class Mirrored:
    """A view: left and right changed."""

    key = "mirrored"

    def tensor(self, picture, sha256, preprocess):
        return preprocess.apply(picture)[:, ::-1]


def _wanted(folder, views=(WHOLE,)):
    found = scan(folder)
    return [Wanted(s.sha256, found.root / s.file, view) for view in views for s in found.samples]


def test_a_row_holds_the_views_of_a_picture_together(tmp_path):
    write_dataset(tmp_path, 10)
    rows = [from_row(row) for row in wanted_rows(_wanted(tmp_path, (WHOLE, Mirrored())))]
    assert sum(len(views) for row in rows for views in row) == 60
    assert all(len(views) == 2 for row in rows for views in row)
    assert all(sum(map(len, row)) <= BATCH + 1 for row in rows)


def test_a_worker_computes_what_it_is_sent_and_tells_of_damage(tmp_path):
    write_dataset(tmp_path, 3)
    (tmp_path / "fire" / "000.PNG").write_bytes(b"torn")
    worker = ClusterWorker(Means(), PREPROCESS, package_versions())
    (row,) = wanted_rows(_wanted(tmp_path))
    computed = from_row(worker(read_row(row)))
    assert computed.features.shape == (8, 3)
    assert computed.views == 9
    assert "fire/000.PNG" in computed.problems[0][1]


def test_a_worker_with_other_packages_computes_nothing(tmp_path):
    write_dataset(tmp_path, 3)
    worker = ClusterWorker(Means(), PREPROCESS, package_versions() | {"numpy": "1.0"})
    (row,) = wanted_rows(_wanted(tmp_path))
    refused = from_row(worker(read_row(row)))
    assert isinstance(refused, MachineError)
    assert "expected numpy 1.0" in refused.line()
    assert f"found numpy {np.__version__}" in refused.line()


def test_a_lost_file_passes_through_the_worker_as_its_error(tmp_path):
    (row,) = wanted_rows([Wanted("0" * 64, tmp_path / "gone.jpg")])
    error = from_row(ClusterWorker(Means(), PREPROCESS, package_versions())(read_row(row)))
    assert isinstance(error, PictureError)
    assert "gone.jpg" in error.line()


def test_without_ray_the_error_says_what_to_install():
    script = (
        "import sys; sys.modules['ray'] = None\n"
        "from training.cluster import Cluster\n"
        "from edge.contract.errors import MissingPackage\n"
        "try: next(Cluster('local').batches([], None, None))\n"
        "except MissingPackage as error: print(error.exit_code, error.line())\n"
    )
    finished = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert finished.stdout.startswith("5 --cluster needs Ray"), finished.stderr
    assert "pip install -r requirements/cluster.txt" in finished.stdout


@pytest.mark.parametrize("address", ["127.0.0.1:9", "ray://127.0.0.1:10001", "somewhere", "a:b"])
def test_an_address_without_a_cluster_is_one_clear_error_at_once(address):
    # A stand-in for Ray that must never be asked: it would try for minutes.
    with pytest.raises(MachineError, match=f"cannot use the Ray cluster {address}"):
        Cluster(address)._connect(None)


def test_importing_the_cluster_loads_neither_ray_nor_tensorflow():
    script = (
        "import sys, training.cluster, training.bottlenecks, training.feature_source\n"
        "print({'ray', 'tensorflow', 'keras'} & set(sys.modules))"
    )
    finished = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert finished.stdout.strip() == "set()", finished.stderr
