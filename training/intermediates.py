"""Intermediates: the graph and the head so far, written every so many steps of training."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge.contract import atomic
from training.head import Head, Hidden, Progress


class Intermediates:
    """Writes `intermediate_<step>.pb` and the head's checkpoint, atomically.

    Training reports every eval interval; a graph is written at the first report at or past
    each multiple of `every` steps, under the step that it truly is of. With `every` 0 there are
    none. `write_graph` is told the path and the head.
    """

    def __init__(
        self,
        folder: Path,
        every: int,
        write_graph: Callable[[Path, Head], None],
        checkpoint: Path | None = None,
    ) -> None:
        self.folder = folder
        self.every = every
        self.checkpoint = checkpoint
        self._write_graph = write_graph
        self._done = 0

    def record(self, progress: Progress, head: Head) -> None:
        """Write what is due after this step.

        Raises:
            StorageError: a file cannot be written.
        """
        if not self.every or progress.step // self.every <= self._done:
            return
        self._done = progress.step // self.every
        self._write_graph(self.folder / f"intermediate_{progress.step}.pb", head)
        if self.checkpoint:
            write_checkpoint(self.checkpoint, head, progress.step)


@dataclass(frozen=True)
class Checkpoint:
    """A head as it stood after `step` steps."""

    step: int
    head: Head


def write_checkpoint(path: Path, head: Head, step: int) -> None:
    """Write a head's arrays and its step to a NumPy archive, atomically.

    It is the head so far, to look at or to use; training does not start from it. It has no
    need to: the features are cached, and the same command gives the same head, bit for bit.
    Its logits are those of training: the run's classifier divides them by a temperature.

    Raises:
        StorageError: the file cannot be written.
    """
    arrays = {"kernel": head.kernel, "bias": head.bias}
    if head.hidden is not None:
        arrays |= {"hidden_kernel": head.hidden.kernel, "hidden_bias": head.hidden.bias}
    with atomic.atomic_path(path) as temporary, temporary.open("wb") as file:
        # mypy takes the names of the arrays for savez's own keywords.
        np.savez(file, step=np.int64(step), **arrays)  # type: ignore[arg-type]


def read_checkpoint(path: Path) -> Checkpoint:
    """Read what `write_checkpoint` wrote."""
    with np.load(path, allow_pickle=False) as stored:
        hidden = None
        if "hidden_kernel" in stored:
            hidden = Hidden(stored["hidden_kernel"], stored["hidden_bias"])
        return Checkpoint(int(stored["step"]), Head(stored["kernel"], stored["bias"], hidden))
