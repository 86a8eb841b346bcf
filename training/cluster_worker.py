"""ClusterWorker: what runs on a cluster's machines. It knows nothing of the cluster's kind."""

import importlib.metadata
import pickle
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from edge.contract.errors import EmberwatchError, MachineError, PictureError
from edge.contract.preprocess import Preprocess
from training.computed import Computed, run
from training.decoding import BATCH, Decoded, Wanted, by_picture, decode_bytes, read_bytes
from training.features import Network, PortableNetwork

# What features depend on beside our own code, which is sent along.
PACKAGES = ("numpy", "pillow", "tensorflow", "ai-edge-litert")
# The one column of a row: a pickled hand-over, since a row holds only plain types.
COLUMN = "batch"
Row = dict[str, bytes]


@dataclass(frozen=True)
class Sent:
    """A batch on its way to a worker: the views of each picture and its file's content."""

    views: tuple[tuple[Wanted, ...], ...]
    files: tuple[bytes, ...]


def to_row(value: object) -> Row:
    """Pack a hand-over into a row."""
    return {COLUMN: pickle.dumps(value, protocol=5)}


def from_row(row: Row) -> Any:
    """Unpack what `to_row` packed; rows come from our own processes alone."""
    return pickle.loads(row[COLUMN])  # noqa: S301


def wanted_rows(pictures: Sequence[Wanted]) -> Iterator[Row]:
    """Yield rows of about BATCH views, a picture's views together."""
    batch: list[tuple[Wanted, ...]] = []
    for views in by_picture(pictures):
        batch.append(views)
        if sum(map(len, batch)) >= BATCH:
            yield to_row(tuple(batch))
            batch = []
    if batch:
        yield to_row(tuple(batch))


def read_row(row: Row) -> Row:
    """Read the files of a row of wanted views: on the machine where they lie."""
    views = from_row(row)
    try:
        return to_row(Sent(views, tuple(read_bytes(of_one[0].path) for of_one in views)))
    except PictureError as error:
        return to_row(error)


def package_versions(names: Iterable[str] = PACKAGES) -> dict[str, str]:
    """Return the versions of what features depend on; an absent package has none."""
    found = {}
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "absent"
    return found


class ClusterWorker:
    """Decodes, preprocesses and runs batches: one process with one core.

    Where its packages are not those of the sender it computes nothing and says so: its
    features would be others.
    """

    def __init__(
        self, network: PortableNetwork, preprocess: Preprocess, versions: dict[str, str]
    ) -> None:
        self.preprocess = preprocess
        self.network: Network | None = None
        self.problem: EmberwatchError | None = None
        ours = package_versions(versions)
        if ours == versions:
            self.network = network.open(cores=1)
        else:
            self.problem = MachineError(
                "a worker of the cluster has other packages than this machine",
                found=", ".join(f"{k} {v}" for k, v in ours.items() if v != versions[k]),
                expected=", ".join(f"{k} {v}" for k, v in versions.items() if v != ours[k]),
                next_step="pip install -r requirements/workstation.txt there",
            )

    def __call__(self, row: Row) -> Row:
        """Return a row of `Computed`, or of the error that stands in the way."""
        sent = from_row(row)
        if isinstance(sent, EmberwatchError):
            return row
        if self.network is None:
            return to_row(self.problem)
        return to_row(self.compute(sent, self.network))

    def compute(self, sent: Sent, network: Network) -> Computed:
        """Return the features of a batch."""
        decoded: list[Decoded] = []
        for views, data in zip(sent.views, sent.files, strict=True):
            decoded += decode_bytes(data, views, self.preprocess)
        return run(decoded, network)
