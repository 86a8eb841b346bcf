"""Suspects: layers whose own noise stands out, and what is won back with them in float."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from converter.autopsy.activation import Activation
from converter.autopsy.float_twin import FloatTwin
from converter.autopsy.layer_noise import LayerNoise
from converter.autopsy.stages import Floats, StageScores
from converter.progress import Progress

# A layer stands out whose own noise is so many decibels above the middle layer's, and above
# this much of its signal: sound 8-bit layers lie at 25 to 45 dB of their own.
BELOW_MIDDLE_DB = 8.0
POOR_DB = 22.0
# So many are tried in float, the worst first.
MOST = 4
# The most of a range that is unused where it is called too wide: 2 of 8 bits.
WIDE = 0.75


@dataclass(frozen=True)
class Suspect:
    """A layer that stands out: why, and the model's drift with it in float.

    `kind` is `weights`, `clipped`, `wide` or `rounding`. `drift_before` and `drift_after` are
    mean absolute score differences to the float model of the simulated model, whole and with
    this layer (and what shares its range) in float; `accuracy_before` and `accuracy_after`
    the shares of right answers.
    """

    layer: LayerNoise
    kind: str
    drift_before: float
    drift_after: float
    accuracy_before: float
    accuracy_after: float

    @property
    def blame(self) -> float:
        """Return the share of the drift that goes with this layer in float, in [0, 1]."""
        if not self.drift_before:
            return 0.0
        return max(0.0, 1 - self.drift_after / self.drift_before)

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain JSON."""
        return asdict(self) | {"blame": round(self.blame, 4)}


def standing_out(noise: Sequence[LayerNoise]) -> list[LayerNoise]:
    """Return the layers whose own noise stands out, the worst first."""
    adding = [layer for layer in noise if layer.own_snr_db < 100]
    if not adding:
        return []
    middle = float(np.median([layer.own_snr_db for layer in adding]))
    limit = min(POOR_DB, middle - BELOW_MIDDLE_DB)
    found = [layer for layer in adding if layer.own_snr_db < limit]
    return sorted(found, key=lambda layer: layer.own_snr_db)


def kind_of(layer: LayerNoise) -> str:
    """Return what a layer suffers from most."""
    if layer.from_weights > 0.5:
        return "weights"
    if layer.clip_noise > 0.5:
        return "clipped"
    return "wide" if layer.unused > WIDE else "rounding"


def try_suspects(
    scores: StageScores,
    noise: Sequence[LayerNoise],
    found: dict[str, Floats],
    truth: Sequence[int],
    progress: Progress,
) -> tuple[Suspect, ...]:
    """Simulate the model with each layer that stands out in float, on all pictures."""
    by_name = {one.name: one for one in scores.twin.activations}
    chosen = [layer for layer in standing_out(noise) if layer.name in by_name][:MOST]
    suspects = []
    before, exact = found["output"], found["float"]
    for layer in chosen:
        spared = sharing(scores.twin, by_name[layer.name])
        rounded = {one.tensor for one in scores.twin.activations} - spared
        with progress.step(f"{layer.label} in float", len(scores.theirs)) as tick:
            after = scores.twin_scores(
                tick,
                float_weights={by_name[layer.name].place},
                rounded=rounded | set(scores.twin.graph.inputs),
            )
        suspects.append(
            Suspect(
                layer=layer,
                kind=kind_of(layer),
                drift_before=round(float(np.abs(before - exact).mean()), 6),
                drift_after=round(float(np.abs(after - exact).mean()), 6),
                accuracy_before=_accuracy(before, truth),
                accuracy_after=_accuracy(after, truth),
            )
        )
    return tuple(suspects)


def sharing(twin: FloatTwin, activation: Activation) -> set[int]:
    """Return the tensors that have an activation's very scale and zero point.

    Operators that only pass values on (pools, concatenations) force that, so the tensors
    around them clip alike.
    """

    def key(one: Activation) -> tuple[str, float, int]:
        return one.type, float(one.scheme.scales[0]), int(one.scheme.zero_points[0])

    return {one.tensor for one in twin.activations if key(one) == key(activation)}


def _accuracy(scores: Floats, truth: Sequence[int]) -> float:
    return float((scores.argmax(axis=1) == np.asarray(truth)).mean())
