"""FigureStore: scores and times that were measured before, by what they were measured of."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from converter.benchmark.measured import timing_from_json
from converter.benchmark.timing import Timing
from edge.contract import atomic
from edge.contract.errors import InputError
from edge.inference.predictions import Predictions

FOLDER = "benchmark.kept"


class FigureStore:
    """Keeps scores and times in a folder, each the moment it was measured.

    So a benchmark that was stopped goes on where it was. With `fresh`, nothing that was kept
    before is used. Without a folder nothing is kept.
    """

    def __init__(self, folder: Path | None, fresh: bool = False) -> None:
        self.folder = folder
        self.fresh = fresh

    def scores(self, key: Iterable[str]) -> Predictions | None:
        """Return the scores under a key, None where there are none that can be read."""
        if self.folder is None or self.fresh:
            return None
        try:
            return Predictions.read(self.folder / f"{_name(key)}.npz")
        except InputError:
            return None

    def keep_scores(self, key: Iterable[str], predictions: Predictions) -> None:
        """Keep scores under a key.

        Raises:
            StorageError: the folder cannot be written or the disk is full.
        """
        if self.folder is not None:
            predictions.write(self.folder / f"{_name(key)}.npz")

    def timing(self, key: Iterable[str]) -> tuple[Timing, float | None] | None:
        """Return the timing under a key, and the cores that were busy when it was taken.

        A throttled one is not returned: it is taken again.
        """
        if self.folder is None or self.fresh:
            return None
        try:
            text = (self.folder / f"{_name(key)}.json").read_text(encoding="utf-8")
            data = json.loads(text)
            found = timing_from_json(data["timing"])
            busy_cores = data["busy_cores"]
        except (OSError, KeyError, TypeError, ValueError):
            return None
        return None if found.throttled else (found, busy_cores)

    def keep_timing(self, key: Iterable[str], timing: Timing, busy_cores: float | None) -> None:
        """Keep a timing under a key, with the cores that were busy when it was taken.

        Raises:
            StorageError: the folder cannot be written or the disk is full.
        """
        if self.folder is not None:
            data = {"timing": asdict(timing), "busy_cores": busy_cores}
            text = json.dumps(data, allow_nan=False)
            atomic.write_text(self.folder / f"{_name(key)}.json", text)


def _name(key: Iterable[str]) -> str:
    parts: Sequence[str] = list(key)
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
