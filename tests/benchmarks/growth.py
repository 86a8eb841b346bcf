"""How bottlenecks grow with the number of pictures: time, and memory of all processes.

python -m tests.benchmarks.growth memory     1,000 and 20,000 pictures, this process
python -m tests.benchmarks.growth cluster    250, 1,000, 4,000: this process, 1 and 2 Ray workers
python -m tests.benchmarks.growth one COUNT WORKERS FOLDER    one case, as JSON
"""

import io
import json
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from time import perf_counter

import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

from converter.quiet_tensorflow import load_tensorflow

SAMPLE_SECONDS = 0.2
MEMORY = [(1_000, 0), (20_000, 0)]
CLUSTER = [(count, workers) for count in (250, 1_000, 4_000) for workers in (0, 1, 2)]


def main(arguments: list[str]) -> None:
    """Measure the cases of a name, or the one case of a child process."""
    if arguments[:1] == ["one"]:
        count, workers, folder = arguments[1:]
        print(json.dumps(compute_once(int(count), int(workers), Path(folder))))
    elif arguments in (["memory"], ["cluster"]):
        cases = MEMORY if arguments == ["memory"] else CLUSTER
        table = Table(box=None, pad_edge=False)
        for column in ("pictures", "computed by", "seconds", "MB, compute", "MB, read back"):
            table.add_column(column, justify="right")
        for count, workers in cases:
            table.add_row(*measure(count, workers))
        Console().print(table)
    else:
        raise SystemExit(__doc__)


def measure(count: int, workers: int) -> tuple[str, ...]:
    """Run one case in a process of its own; return a row of the table."""
    with tempfile.TemporaryDirectory() as folder:
        write_pictures(Path(folder) / "pictures", count)
        command = [sys.executable, "-m", "tests.benchmarks.growth"]
        child = subprocess.Popen(
            [*command, "one", str(count), str(workers), folder],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        peak = Peak(child.pid)
        output, _ = child.communicate()
        peak.stop()
    if child.returncode:
        raise SystemExit(f"{count} pictures, {workers} workers: it ended with {child.returncode}")
    taken = json.loads(output.splitlines()[-1])
    alone = not workers
    return (
        f"{count:,}",
        "this process" if alone else f"{workers} Ray worker{'s'[: workers - 1]}",
        f"{taken['seconds']:.1f}",
        f"{taken['compute_mb']:.0f}" if alone else f"{peak.bytes / 1e6:.0f} in all",
        f"{taken['read_mb']:.0f}" if alone else "-",
    )


def compute_once(count: int, workers: int, folder: Path) -> dict[str, float]:
    """Compute the starter's features of `count` pictures, then read them back.

    Returns seconds, Ray's start included, and the largest resident memory of this process, in
    MB, up to the end of each of the two steps.
    """
    load_tensorflow()
    from edge.contract.preprocess import Preprocess
    from training.bottleneck_cache import BottleneckCache
    from training.bottlenecks import Wanted, compute
    from training.cluster import Cluster
    from training.features import TensorflowFeatures
    from training.weights import choose_backbone

    paths = sorted((folder / "pictures").iterdir())
    wanted = [Wanted(path.stem, path) for path in paths]
    backbone = choose_backbone("starter", None)
    source = TensorflowFeatures(backbone, "auto")
    preprocess = Preprocess(backbone.input_size, backbone.input_size)
    cluster = Cluster("local", workers) if workers else None
    with BottleneckCache(folder / "cache", preprocess.digest, source.digest) as cache:
        started = perf_counter()
        done = compute(wanted, source, preprocess, cache, lambda *_: None, cluster)
        seconds = perf_counter() - started
        computed = _largest()
        features = cache.features([one.key for one in wanted])
    assert done == count == len(features)
    return {"seconds": seconds, "compute_mb": computed, "read_mb": _largest()}


def write_pictures(folder: Path, count: int) -> None:
    """Write JPEG files of 640 x 480, all of other content: noise after the picture's end."""
    folder.mkdir()
    rows, columns = np.mgrid[0:480, 0:640]
    pixels = np.stack([rows % 256, columns % 256, (rows * columns // 400) % 256], axis=-1)
    buffer = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(buffer, "JPEG", quality=80)
    for i in range(count):
        (folder / f"{i:06}.jpg").write_bytes(buffer.getvalue() + i.to_bytes(4, "little"))


class Peak:
    """The largest memory of a process and all below it: shared pages counted once."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.bytes = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no further."""
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(SAMPLE_SECONDS):
            self.bytes = max(self.bytes, sum(_share(pid) for pid in _below(self.pid)))


def _below(pid: int) -> list[int]:
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text()
        except OSError:
            continue
        parents[int(folder.name)] = int(stat.rpartition(")")[2].split()[1])
    family = [pid]
    for one in family:
        family += [child for child, parent in parents.items() if parent == one]
    return family


def _share(pid: int) -> int:
    """Return a process's proportional set size in bytes (Linux, smaps_rollup)."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(a.split()[1]) * 1024 for a in lines if a.startswith("Pss:")), 0)


def _largest() -> float:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


if __name__ == "__main__":
    main(sys.argv[1:])
