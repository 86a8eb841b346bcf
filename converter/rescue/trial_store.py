"""TrialStore: trials and probes that were made, kept so that none is made twice."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

from converter.recipes import Recipe
from converter.rescue.trial import Trial
from edge.contract import atomic

SCHEMA = 1


class TrialStore:
    """Keeps trials as files of a folder, by what determines them.

    `context` names all that a trial depends on beside its recipe: the float model, the
    pictures, the runtime and the versions of what converts.
    """

    def __init__(self, folder: Path, context: tuple[str, ...]) -> None:
        self._folder = folder
        self._context = context

    def find(self, recipe: Recipe) -> Trial | None:
        """Return the trial of a recipe; None where none was made or its file is damaged."""
        try:
            data = json.loads(self._path(recipe).read_text(encoding="utf-8"))
            if data.pop("schema") != SCHEMA:
                return None
            return replace(Trial.from_json(data), recipe=recipe)
        except (OSError, KeyError, TypeError, ValueError, AttributeError):
            return None

    def keep(self, trial: Trial) -> None:
        """Keep a trial, atomically.

        Raises:
            StorageError: the folder cannot be written or the disk is full.
        """
        data = {"schema": SCHEMA} | trial.to_json()
        atomic.write_text(self._path(trial.recipe), json.dumps(data, indent=2) + "\n")

    def find_drift(self, recipe: Recipe) -> float | None:
        """Return the drift that a probe of a recipe found; None where none was made."""
        try:
            return float(self._path(recipe).with_suffix(".drift").read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None

    def keep_drift(self, recipe: Recipe, drift: float) -> None:
        """Keep what a probe found, atomically.

        Raises:
            StorageError: the folder cannot be written or the disk is full.
        """
        atomic.write_text(self._path(recipe).with_suffix(".drift"), f"{drift!r}\n")

    def _path(self, recipe: Recipe) -> Path:
        # The name is in the file's metadata, and so in its hash.
        words = "\n".join([recipe.digest, recipe.name, *self._context])
        return self._folder / f"{hashlib.sha256(words.encode()).hexdigest()[:32]}.json"
