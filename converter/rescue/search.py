"""Search: which recipes are tried, and in what order: the cheap ideas first."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from converter.recipes import RECIPES, Recipe
from converter.rescue.layers import Run, costly_runs, shown
from converter.rescue.trial import Trial, same_speed
from converter.rescue.workshop import Workshop
from edge.contract.errors import ModelRefused

# Percentiles at which ranges are cut. Below the last one, Inception v3's scores drifted five
# times as far as with the plain extremes (docs/rescue.md).
PERCENTILES = (99.999, 99.99, 99.9)
CALIBRATIONS = (50, 100, 200, 400)
SEEDS = (1, 2)
# Models run on a few pictures to find the layers; each costs a second or two.
PROBES = 40
SETS = 6
# Trials whose time differs by less than this share are equally fast, as far as one measurement
# on a machine that does other things tells.
SAME_SPEED = 0.1


@dataclass(frozen=True)
class Limits:
    """What a recipe may cost: points of accuracy, ms a picture (None: any), and how many trials."""

    max_drop: float = 0.5
    max_ms: float | None = None
    trials: int = 30

    def admits(self, trial: Trial) -> bool:
        """Say whether a trial is within both limits."""
        return trial.drop <= self.max_drop and (self.max_ms is None or trial.ms <= self.max_ms)


@dataclass(frozen=True)
class Found:
    """What a search made: all its trials in order, and the runs of layers that cost most."""

    trials: tuple[Trial, ...]
    runs: tuple[Run, ...]


class Search:
    """Tries recipes around `base`, until `limits.trials` were made or its ideas are used up.

    `say` is told what was found, a line at a time.
    """

    def __init__(
        self, workshop: Workshop, base: Recipe, limits: Limits, say: Callable[[str], None]
    ) -> None:
        self._workshop = workshop
        self._limits = limits
        self._say = say
        self._trials: list[Trial] = []
        self._seen: set[str] = set()
        self._base = self._pinned(base)

    def run(self) -> Found:
        """Return what was found.

        Raises:
            ModelError: the base recipe itself cannot be made.
        """
        self._try([self._base])
        self._try(self._pinned(RECIPES[name]) for name in ("int8-float-head", "float16", "float32"))
        self._try(self._ranges())
        runs = self._layers()
        self._try(self._calibrations())
        return Found(tuple(self._trials), tuple(runs))

    def _ranges(self) -> Iterable[Recipe]:
        """Give each way of ending the ranges, then the best with its biases as they were."""
        head = self._pinned(RECIPES["int8-float-head"])
        plain = replace(head, least_error=False, bias_correction=True)
        yield self._named(replace(plain, least_error=True))
        for percentile in (100.0, *PERCENTILES):
            yield self._named(replace(plain, percentile=percentile))
        yield self._named(replace(self._best().recipe, bias_correction=False))

    def _calibrations(self) -> Iterable[Recipe]:
        """Give what would be taken now with other calibration pictures: fewer, more, others."""
        tried = [one for one in same_speed(self._trials) if one.recipe.calibrated]
        best = (choose(tried, self._limits) or self._best()).recipe
        there = len(self._workshop.conversion.trained.pictures("training"))
        for pictures in CALIBRATIONS:
            if pictures <= there:
                yield self._named(replace(best, pictures=pictures))
        for seed in SEEDS:
            yield self._named(replace(best, seed=seed))

    def _layers(self) -> list[Run]:
        """Try the best so far with the layers in float that cost most, more and more of them."""
        best = self._best().recipe
        if self._room() <= 0:
            return []

        def drift(operators: frozenset[str]) -> float:
            tick()
            return self._workshop.drift(in_float(best, operators))

        with self._workshop.progress.step("find the layers that cost most", PROBES) as tick:
            runs = costly_runs(self._workshop.layers(best), drift, PROBES, SETS)
        operators: frozenset[str] = frozenset()
        for run in runs[:SETS]:
            self._say(f"in float, {_span(run)} saves {run.saved:.4f} of drift")
            operators |= run.operators
            self._try([self._named(in_float(best, operators))])
            last = self._trials[-1]
            if self._limits.max_ms is not None and last.ms > self._limits.max_ms:
                break
        return runs

    def _best(self) -> Trial:
        """Return the quantised trial that lost least, of those that are fast enough."""
        quantised = [one for one in self._trials if one.recipe.engine == "ai-edge-quantizer"]
        fast = [
            one for one in quantised if self._limits.max_ms is None or one.ms <= self._limits.max_ms
        ]
        return min(fast or quantised or self._trials, key=lambda one: one.loss)

    def _try(self, recipes: Iterable[Recipe]) -> None:
        for recipe in recipes:
            if self._room() <= 0 or recipe.digest in self._seen:
                continue
            self._seen.add(recipe.digest)
            try:
                trial = self._workshop.trial(recipe)
            except ModelRefused as error:
                if recipe == self._base:
                    raise
                self._say(f"{recipe.name} is left out: {error.what}")
                continue
            self._trials.append(trial)

    def _room(self) -> int:
        return self._limits.trials - len(self._trials)

    def _pinned(self, recipe: Recipe) -> Recipe:
        """Return a recipe that leaves nothing to the command by which it is carried out."""
        conversion = self._workshop.conversion
        pinned = replace(recipe, pools=conversion.pools(recipe))
        if not recipe.calibrated or recipe.pictures:
            return pinned
        drawn = conversion.calibration
        return replace(pinned, pictures=len(drawn.rows), seed=drawn.seed)

    def _named(self, recipe: Recipe) -> Recipe:
        """Return a recipe named by what it does, with a line that says it."""
        return replace(recipe, name=f"rescue-{recipe.digest[:8]}", summary=summary(recipe))


def in_float(recipe: Recipe, operators: frozenset[str]) -> Recipe:
    """Return a recipe that keeps operators in float too, by their outputs' names."""
    # TensorFlow joins the names of all that it fused with semicolons; the first one tells.
    expressions = {f"^{re.escape(name.split(';')[0])}(;|$)" for name in operators}
    return replace(recipe, float_layers=tuple(sorted({*recipe.float_layers, *expressions})))


def summary(recipe: Recipe) -> str:
    """Return what a calibrated recipe does, in one line."""
    if recipe.least_error:
        ranges = "ranges of least error"
    elif recipe.percentile < 100:
        ranges = f"ranges cut at {recipe.percentile:g}%"
    else:
        ranges = "whole ranges"
    parts = [recipe.activations, "head in float" if recipe.float_from else "", ranges]
    parts.append("biases corrected" if recipe.bias_correction else "")
    parts.append(f"{recipe.pictures} pictures, seed {recipe.seed}")
    if recipe.float_layers:
        count = len(recipe.float_layers)
        parts.append(f"{count} more operator{'s' if count > 1 else ''} in float")
    return "; ".join(part for part in parts if part)


def choose(trials: Sequence[Trial], limits: Limits) -> Trial | None:
    """Return the trial to take, None where none is within the limits.

    With a limit in time: the one nearest to the float model. Without: the nearest of the
    fastest.
    """
    within = [one for one in trials if limits.admits(one)]
    if not within:
        return None
    if limits.max_ms is None:
        fastest = min(one.ms for one in within)
        within = [one for one in within if one.ms <= fastest * (1 + SAME_SPEED)]
    return min(within, key=lambda one: (one.loss, one.ms))


def _span(run: Run) -> str:
    first, last = shown(run.layers[0].name), shown(run.layers[-1].name)
    return first if first == last else f"{first} to {last} ({len(run.layers)} layers)"
