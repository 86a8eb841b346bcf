"""TuneState: where fine-tuning stands, in memory and as a checkpoint on disk."""

import io
import json
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edge.contract import atomic

Weights = list[npt.NDArray[np.float32]]


@dataclass(frozen=True)
class TuneOptions:
    """How the last `blocks` blocks are trained; an epoch is as many views as there are.

    Tuning stops after `patience` epochs without a better validation figure. `label_smoothing`
    is the share of a label spread over all classes (Szegedy et al. 2015, section 7): without
    it a head that knows its training pictures by heart leaves nothing to learn from.
    """

    blocks: int = 1
    epochs: int = 10
    learning_rate: float = 1e-5
    batch_size: int = 32
    patience: int = 2
    label_smoothing: float = 0.1
    seed: int = 0


@dataclass(frozen=True)
class Epoch:
    """Where tuning stands after an epoch: losses in nats, accuracy in [0, 1].

    The validation figures weigh each class alike, and are None where nothing validates.
    """

    epoch: int
    loss: float | None
    validation_accuracy: float | None
    validation_loss: float | None

    def better_than(self, other: "Epoch") -> bool:
        """Say whether to keep this epoch rather than the other: the later, without figures."""
        if self.validation_accuracy is None or other.validation_accuracy is None:
            return True
        mine = (self.validation_accuracy, -(self.validation_loss or 0))
        return mine > (other.validation_accuracy, -(other.validation_loss or 0))


@dataclass(frozen=True)
class TuneState:
    """All that going on needs: weights now, weights of the best epoch, Adam's own numbers."""

    weights: Weights
    best_weights: Weights
    optimizer: list[npt.NDArray[Any]]
    best_epoch: int
    curve: tuple[Epoch, ...]

    def finished(self, options: TuneOptions) -> bool:
        """Say whether tuning is over."""
        done = len(self.curve) - 1
        return done >= options.epochs or done - self.best_epoch >= options.patience


def write(path: Path, state: TuneState) -> None:
    """Write a checkpoint, whole or not at all.

    Raises:
        StorageError: the disk is full or the file cannot be written.
    """
    notes = {"best_epoch": state.best_epoch, "curve": [asdict(epoch) for epoch in state.curve]}
    arrays = {"notes": np.frombuffer(json.dumps(notes).encode(), np.uint8)}
    for name, values in _lists(state).items():
        arrays |= {f"{name}{i:04}": value for i, value in enumerate(values)}
    packed = io.BytesIO()
    np.savez(packed, **arrays)  # type: ignore[arg-type]
    atomic.write_bytes(path, packed.getvalue())


def read(path: Path) -> TuneState | None:
    """Read a checkpoint; None where there is none, or one of another version."""
    try:
        with np.load(path) as arrays:
            notes = json.loads(arrays["notes"].tobytes())
            lists = {
                name: [arrays[key] for key in sorted(arrays.files) if key.startswith(name)]
                for name in ("weight", "best", "adam")
            }
    except (FileNotFoundError, EOFError, KeyError, ValueError, zipfile.BadZipFile):
        return None
    curve = tuple(Epoch(**epoch) for epoch in notes["curve"])
    return TuneState(lists["weight"], lists["best"], lists["adam"], notes["best_epoch"], curve)


def _lists(state: TuneState) -> dict[str, list[npt.NDArray[Any]]]:
    return {"weight": [*state.weights], "best": [*state.best_weights], "adam": state.optimizer}
