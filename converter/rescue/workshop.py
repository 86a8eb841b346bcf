"""Workshop: makes a recipe's model as `convert` would, and holds it against the float model."""

import json
import tempfile
from collections.abc import Callable, Hashable
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import numpy as np

import edge
from converter.activations import Activations, Ranges
from converter.autopsy.graph_run import GraphRun
from converter.average_pool import Pools
from converter.convert import Conversion, check_form
from converter.integer_model import integer_model, ranges_of
from converter.keras_model import versions
from converter.metadata import with_metadata
from converter.preflight.flatbuffer import declaration
from converter.progress import Progress
from converter.recipes import Recipe
from converter.rescue.judge import Judge
from converter.rescue.layers import Layer, layers_of
from converter.rescue.trial import Trial
from converter.rescue.trial_store import TrialStore
from edge.contract.bundle import sha256

Made = TypeVar("Made")
FOLDER = "rescue"
# Pictures of a probe: those that the float model is least sure of, whose scores move most.
PROBED = 32
# Sets of calibration pictures whose values are held in memory at a time.
HELD = 2


class Workshop:
    """Carries out recipes of one run, one after the other, in one Pi environment."""

    def __init__(self, conversion: Conversion, judge: Judge, progress: Progress) -> None:
        self.conversion = conversion
        self.judge = judge
        self.progress = progress
        trained = conversion.trained
        context = (
            sha256(trained.keras_path.read_bytes()),
            judge.digest,
            conversion.environment.runtime,
            json.dumps(versions() | {"emberwatch": edge.__version__}, sort_keys=True),
        )
        self.store = TrialStore(trained.folder / FOLDER / "trials", context)
        self._float_files: dict[Pools, bytes] = {}
        self._activations: dict[tuple[Pools, int, int], Activations] = {}
        self._ranges: dict[tuple[Pools, int, int, bool, float], Ranges] = {}

    def trial(self, recipe: Recipe) -> Trial:
        """Return a recipe's trial: the one that was kept, else a new one.

        Raises:
            ModelRefused: the environment's runtime does not take the model.
            ModelError, InputError: the recipe does not fit the network.
        """
        kept = self.store.find(recipe)
        if kept is not None:
            return kept
        data = self.model(recipe)
        environment = self.conversion.environment
        with tempfile.TemporaryDirectory(prefix="emberwatch-") as folder:
            path = Path(folder, f"{recipe.name}.tflite")
            path.write_bytes(data)
            with self.progress.step(f"{recipe.name}: judge it", len(self.judge.rows)) as tick:
                figures, ms = self.judge.measure(path, environment, tick)
        trial = Trial(recipe, sha256(data), len(data), ms, **figures)  # type: ignore[arg-type]
        self.store.keep(trial)
        return trial

    def model(self, recipe: Recipe) -> bytes:
        """Return the file that `emberwatch convert` writes by a recipe, byte for byte.

        Raises:
            ModelError, InputError: the recipe does not fit the network.
        """
        trained = self.conversion.trained
        if recipe.calibrated:
            self.activations(recipe)  # a step of its own
            with self.progress.step(f"{recipe.name}: quantise"):
                data = self._in_integers(recipe)
        else:
            with self.progress.step(f"{recipe.name}: convert"):
                pools = self.conversion.pools(recipe)
                data = self.conversion.keras_model.to_tflite(recipe, pools=pools)
        check_form(declaration(data), recipe, trained)
        return with_metadata(data, trained, recipe.name)

    def layers(self, recipe: Recipe) -> list[Layer]:
        """Return the network's layers, in the form that a recipe gives it."""
        return layers_of(self.float_file(self.conversion.pools(recipe)))

    def drift(self, recipe: Recipe) -> float:
        """Return the mean absolute drift by a recipe, on a few pictures, in LiteRT here.

        Raises:
            ModelError: the model cannot be made or run.
        """
        kept = self.store.find_drift(recipe)
        if kept is not None:
            return kept
        run = GraphRun(self._in_integers(recipe))
        scores_at = min(range(len(run.outputs)), key=lambda at: len(run.outputs[at].shape))
        spec = run.outputs[scores_at]
        moved = []
        for place in self._probed:
            raw = run.invoke(self.judge.tensors[place][np.newaxis])[scores_at][0]
            scores = (raw.astype(np.float32) - spec.zero_point) * (spec.scale or 1.0)
            moved.append(np.abs(scores - self.judge.expected[place]).mean())
        drift = float(np.mean(moved))
        self.store.keep_drift(recipe, drift)
        return drift

    def float_file(self, pools: Pools) -> bytes:
        """Return the float TFLite file with its average pools in that form, made once."""
        return _once(self._float_files, pools, lambda: self._make_float_file(pools))

    def activations(self, recipe: Recipe) -> Activations:
        """Return what the tensors hold on a recipe's calibration pictures, noted once."""
        pools = self.conversion.pools(recipe)
        key = (pools, recipe.pictures, recipe.seed)
        while len(self._activations) >= HELD and key not in self._activations:
            del self._activations[next(iter(self._activations))]
        return _once(self._activations, key, lambda: self._note(recipe, pools))

    def _in_integers(self, recipe: Recipe) -> bytes:
        activations, pools = self.activations(recipe), self.conversion.pools(recipe)
        key = (pools, recipe.pictures, recipe.seed, recipe.least_error, recipe.percentile)
        ranges = _once(self._ranges, key, lambda: ranges_of(recipe, activations))
        return integer_model(self.float_file(pools), recipe, ranges, activations.means)

    @cached_property
    def _probed(self) -> list[int]:
        ordered = np.sort(self.judge.expected, axis=1)
        sure = ordered[:, -1] - ordered[:, -2]
        return [int(place) for place in np.argsort(sure, kind="stable")[:PROBED]]

    def _make_float_file(self, pools: Pools) -> bytes:
        keras_model = self.conversion.keras_model
        with self.progress.step("write the float model for the quantiser"):
            return keras_model.to_float_file(pools)

    def _note(self, recipe: Recipe, pools: Pools) -> Activations:
        float_file = self.float_file(pools)
        pictures = self.conversion.calibration_of(recipe)
        step = f"calibrate with {len(pictures.rows)} pictures, seed {pictures.seed}"
        with self.progress.step(step, len(pictures.rows)) as tick:
            noted = Activations(float_file, keep_values=True)
            for tensor in pictures.tensors():
                noted.add([tensor])
                tick()
            return noted


Key = TypeVar("Key", bound=Hashable)


def _once(made: dict[Key, Made], key: Key, make: Callable[[], Made]) -> Made:
    if key not in made:
        made[key] = make()
    return made[key]
