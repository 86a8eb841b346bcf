"""Sections: which part of a network its scores suffer from, each part quantised by itself."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from converter.autopsy.activation import Activation
from converter.autopsy.float_twin import EVERYTHING, FloatTwin
from converter.autopsy.stages import Floats, StageScores
from converter.progress import Progress

# So many parts the network is cut into, and so many pictures each is run on.
PARTS = 8
PICTURES = 32


@dataclass(frozen=True)
class Section:
    """A stretch of the network, quantised while all the rest is float.

    `first` and `last` are the labels of its first and last layers. `drift` is the mean
    absolute score difference to the float model that it makes, `share` its part of the
    squared differences of all sections of its kind.
    """

    first: str
    last: str
    layers: int
    drift: float
    share: float

    @property
    def title(self) -> str:
        """Return what to call it."""
        return self.first if self.layers == 1 else f"{self.first} to {self.last}"

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Sections:
    """The network in a few sections, in order, and the layers of the worst one by themselves."""

    sections: tuple[Section, ...]
    inside_worst: tuple[Section, ...]
    pictures: int

    @property
    def worst(self) -> Section:
        """Return the section from which the scores suffer most."""
        return max(self.sections, key=lambda section: section.share)

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain JSON."""
        return asdict(self)


def find_sections(scores: StageScores, progress: Progress) -> Sections | None:
    """Quantise one section at a time, weights and activations; then the worst's layers.

    None for a model without quantised activations, or with too few to tell apart.
    """
    layers = _layers(scores.twin)
    if len(layers) < 2:
        return None
    count = min(PICTURES, len(scores.theirs))
    exact = scores.twin_scores(float_weights=EVERYTHING, most=count)
    parts = [list(part) for part in np.array_split(np.arange(len(layers)), PARTS) if len(part)]
    with progress.step("sections of the network", len(parts)) as tick:
        found = [_alone(scores, layers, part, exact, tick) for part in parts]
    sections = _shares(layers, parts, found)
    worst = int(np.argmax([section.share for section in sections]))
    inside = [[at] for at in parts[worst]]
    if len(inside) < 2:
        return Sections(sections, (), count)
    with progress.step("layers of the worst section", len(inside)) as tick:
        found = [_alone(scores, layers, part, exact, tick) for part in inside]
    return Sections(sections, _shares(layers, inside, found), count)


def _layers(twin: FloatTwin) -> list[Activation]:
    """Return the activations that are layers: changes of scale belong to the one before."""
    return [one for one in twin.activations if one.operator != "QUANTIZE"]


def _alone(
    scores: StageScores, layers: Sequence[Activation], part: Sequence[int], exact: Floats, tick: Any
) -> Floats:
    """Return the score differences with that part alone quantised."""
    chosen = [layers[at] for at in part]
    places = {one.place for one in chosen}
    every = {one.place for one in layers}
    found = scores.twin_scores(
        float_weights=every - places, rounded={one.tensor for one in chosen}, most=len(exact)
    )
    tick()
    difference: Floats = found - exact
    return difference


def _shares(
    layers: Sequence[Activation], parts: Sequence[Sequence[int]], found: Sequence[Floats]
) -> tuple[Section, ...]:
    powers = [float(np.square(difference).mean()) for difference in found]
    whole = sum(powers) or 1.0
    return tuple(
        Section(
            first=layers[part[0]].label,
            last=layers[part[-1]].label,
            layers=len(part),
            drift=round(float(np.abs(difference).mean()), 6),
            share=round(power / whole, 4),
        )
        for part, difference, power in zip(parts, found, powers, strict=True)
    )
