"""Rescue: what a search found for a run, its front, the recipe to take, and their files."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from converter.rescue.layers import Run, shown
from converter.rescue.search import Found, Limits, choose
from converter.rescue.trial import Trial, front, same_speed
from converter.rescue.workshop import FOLDER
from edge.contract import atomic

SCHEMA = 1
FILE = "rescue.json"


@dataclass(frozen=True)
class Rescue:
    """A finished search.

    `base` is the trial of the recipe that was to be rescued, `chosen` the one to take; None
    where none is within the limits.
    """

    run: Path
    runtime: str
    limits: Limits
    trials: tuple[Trial, ...]
    runs: tuple[Run, ...]

    @classmethod
    def of(cls, run: Path, runtime: str, limits: Limits, found: Found) -> "Rescue":
        """Return the rescue that a search amounts to."""
        return cls(run, runtime, limits, tuple(same_speed(found.trials)), found.runs)

    @property
    def base(self) -> Trial:
        """Return the trial of the recipe that was to be rescued."""
        return self.trials[0]

    @property
    def front(self) -> list[Trial]:
        """Return the trials in integers that no other of them beats, the fastest first."""
        return front([one for one in self.trials if one.recipe.calibrated])

    @property
    def yardsticks(self) -> list[Trial]:
        """Return the trials that compute in float: no search is needed to take those."""
        return [one for one in self.trials if not one.recipe.calibrated]

    @property
    def chosen(self) -> Trial | None:
        """Return the trial to take, None where none is within the limits."""
        return choose(self.front, self.limits)

    @property
    def verdict(self) -> str:
        """Return what came of it, in a sentence or two."""
        base, chosen, limits = self.base, self.chosen, self.limits
        asked = f"at most {limits.max_drop:g} points lost"
        asked += f" in at most {limits.max_ms:g} ms" if limits.max_ms is not None else ""
        if chosen is None:
            best = min(self.trials, key=lambda one: (not one.recipe.calibrated, one.loss))
            return (
                f"No recipe in integers reaches {asked}. The nearest to the float model is "
                f"{best.recipe.name}: {best.drop:.1f} points lost, scores off by {best.drift:.4f} "
                f"on average, {best.ms:.1f} ms."
            )
        if chosen == base:
            return (
                f"{base.recipe.name} reaches {asked} as it is, and nothing as fast comes nearer "
                f"to the float model: scores off by {base.drift:.4f} on average, {base.ms:.1f} ms."
            )
        return (
            f"Take {chosen.recipe.name}: {chosen.drop:.1f} points lost and scores off by "
            f"{chosen.drift:.4f} on average at {chosen.ms:.1f} ms, where {base.recipe.name} lost "
            f"{base.drop:.1f} and was off by {base.drift:.4f} at {base.ms:.1f} ms."
        )

    @property
    def warning(self) -> str:
        """Return which float recipe is better in all than the one to take; empty where none is."""
        better = [one for one in self.yardsticks if self.chosen and one.beats(self.chosen)]
        if not better:
            return ""
        one = min(better, key=lambda trial: trial.ms)
        return (
            f"But {one.recipe.name} beats it here, at {one.ms:.1f} ms and "
            f"{one.size_bytes / 1e6:.1f} MB: in {self.runtime} on this machine, integers gain "
            "nothing. Measure on the camera before you choose (emberwatch benchmark --device)."
        )

    @property
    def coarse(self) -> str:
        """Return what so many pictures can tell."""
        one = 100 / self.base.pictures
        return (
            f"{self.base.pictures} validation pictures: one of them is {one:.1f} points of "
            "accuracy, so equal drops are told apart by the drift, the mean absolute difference "
            "of the scores from the float model's. The figures that chose a recipe flatter it a "
            "little: what it loses, say the test pictures (emberwatch benchmark)."
        )

    def recipe_path(self, trial: Trial) -> Path:
        """Return where a front trial's recipe is written."""
        return self.run / FOLDER / f"{trial.recipe.name}.json"

    def command(self, trial: Trial) -> str:
        """Return the command that makes a trial's file."""
        return f"emberwatch convert {self.run} --recipe {self.recipe_path(trial)}"

    def write(self, out: Path) -> Path:
        """Write the front's recipes into the run and the figures into `out`; return their path.

        Raises:
            StorageError: a folder cannot be written or the disk is full.
        """
        for trial in self.front:
            trial.recipe.write(self.recipe_path(trial))
        path = out / FILE
        atomic.write_text(path, json.dumps(self.to_json(), indent=2, ensure_ascii=False) + "\n")
        return path

    def to_json(self) -> dict[str, Any]:
        """Return all of it as plain JSON."""
        chosen = self.chosen
        return {
            "schema": SCHEMA,
            "runtime": self.runtime,
            "max_drop": self.limits.max_drop,
            "max_ms": self.limits.max_ms,
            "reached": chosen is not None,
            "verdict": self.verdict,
            "base": self.base.recipe.name,
            "chosen": chosen.recipe.name if chosen else None,
            "warning": self.warning,
            "yardsticks": [trial.recipe.name for trial in self.yardsticks],
            "front": [trial.recipe.name for trial in self.front],
            "layers": [
                {"layers": [shown(layer.name) for layer in run.layers], "saved": run.saved}
                for run in self.runs
            ],
            "trials": [trial.to_json() for trial in self.trials],
        }
