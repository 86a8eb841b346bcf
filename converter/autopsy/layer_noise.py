"""LayerNoise: how much each layer of a quantised model errs, in all and by itself."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from converter.autopsy.activation import Activation
from converter.autopsy.float_twin import EVERYTHING, Built, FloatTwin
from converter.autopsy.graph_run import GraphRun
from edge.contract.errors import InputError, ModelError
from edge.contract.picture import Rgb
from edge.contract.tensors import Array
from edge.inference.pixel_range import PixelRange

Floats = npt.NDArray[np.float32]
# Decibels given to a tensor without any error, and the most that any is given: a float32's
# own rounding stands at about 150.
BEST_DB = 120.0
# How far beyond the range's end, in steps, a value counts as clipped: half a step is rounding.
CLIP_STEPS = 0.5
LIMITS = {"INT8": (-128, 127), "UINT8": (0, 255), "INT16": (-32768, 32767)}


@dataclass(frozen=True)
class LayerNoise:
    """One activation tensor of a quantised model, over some pictures.

    `name` is the tensor's in the file, `label` the layer's short name, `place` the operator's
    place in the running order.

    `snr_db` is 10 log10 of the float model's signal power over the power of the difference:
    what was inherited and what was added. `own_snr_db` is the same for the layer by itself:
    the float layer, fed with the quantised layer's own inputs, against what the quantised
    layer made of them. There the signal is the larger of the two floats', so that a layer
    whose inputs an earlier one has all but lost does not look like the culprit. Both in
    decibels, within 120 either way.

    Shares in [0, 1]: `from_weights` of the own noise's power that is there with the integers'
    weights alone, the rest being rounding and clipping of the output; `clipped` of the values
    that lie outside the tensor's range; `clip_noise` of the own noise's power that comes from
    them; `unused` of the range's integers that no value reached between the lowest and the
    highest one seen.
    """

    name: str
    label: str
    operator: str
    place: int
    snr_db: float
    own_snr_db: float
    from_weights: float
    clipped: float
    clip_noise: float
    unused: float
    scale: float

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain JSON."""
        return asdict(self)


@dataclass
class _Sums:
    """Powers and counts of one tensor, added up over pictures."""

    activation: Activation
    signal: float = 0.0
    noise: float = 0.0
    own_signal: float = 0.0
    own_noise: float = 0.0
    weight_noise: float = 0.0
    clip_noise: float = 0.0
    clipped: int = 0
    values: int = 0
    span: list[float] = field(default_factory=lambda: [np.inf, -np.inf])

    def add(self, exact: Floats, integers: Array, alone: Floats, weighed: Floats) -> None:
        """Add a picture: the float model's values, the file's integers, the float layer's.

        `alone` and `weighed` come from the quantised layer's own inputs: with the float
        model's weights, and with the file's.
        """
        scheme = self.activation.scheme
        scale, zero = float(scheme.scales[0]), int(scheme.zero_points[0])
        real = (integers.astype(np.float32) - np.float32(zero)) * np.float32(scale)
        low, high = ((limit - zero) * scale for limit in LIMITS[self.activation.type])
        beyond = np.maximum(alone - high, low - alone)
        outside = beyond > CLIP_STEPS * scale
        self.signal += _power(exact)
        self.noise += _power(real - exact)
        self.own_signal += _power(alone)
        self.own_noise += _power(real - alone)
        self.weight_noise += _power(weighed - alone)
        self.clip_noise += _power(beyond[outside])
        self.clipped += int(outside.sum())
        self.values += int(alone.size)
        self.span = [
            min(self.span[0], float(integers.min())),
            max(self.span[1], float(integers.max())),
        ]

    def noise_of_layer(self) -> LayerNoise:
        """Return what the sums say."""
        activation, low_high = self.activation, LIMITS[self.activation.type]
        steps = low_high[1] - low_high[0]
        own = self.own_noise or np.inf
        return LayerNoise(
            name=activation.name,
            label=activation.label,
            operator=activation.operator,
            place=activation.place,
            snr_db=_decibels(self.signal, self.noise),
            own_snr_db=_decibels(max(self.signal, self.own_signal), self.own_noise),
            from_weights=round(min(1.0, self.weight_noise / own), 4),
            clipped=round(self.clipped / max(1, self.values), 6),
            clip_noise=round(min(1.0, self.clip_noise / own), 4),
            unused=round(1.0 - min(1.0, (self.span[1] - self.span[0]) / steps), 4),
            scale=float(activation.scheme.scales[0]),
        )


def layer_noise(
    float_tflite: bytes,
    int8_tflite: bytes,
    tensors: Iterable[Rgb],
    pixel_range: PixelRange | None = None,
    progress: Callable[[], None] = lambda: None,
) -> list[LayerNoise]:
    """Measure each activation of a quantised model against the float model's.

    Both files come from one network. `tensors` are input pixels, uint8 [height, width, 3],
    best those of calibration; `pixel_range` says what the models want them to be, by default
    what the quantised model's input tensor says. The quantised file is run by TFLite's own
    kernels, since XNNPACK hides what passes inside it. In the order of the network.

    Raises:
        ModelError: the files are not of the same network, or cannot be read.
        InputError: there are no tensors.
    """
    twin = FloatTwin(int8_tflite, float_tflite)
    return noise_of(twin, int8_tflite, tensors, pixel_range, progress)


def noise_of(
    twin: FloatTwin,
    quantised: bytes,
    tensors: Iterable[Rgb],
    pixel_range: PixelRange | None = None,
    progress: Callable[[], None] = lambda: None,
) -> list[LayerNoise]:
    """Measure as `layer_noise` does, with a twin that is already made."""
    if not twin.activations:
        raise ModelError(
            "the model has no quantised activations", expected="a model quantised with calibration"
        )
    real = GraphRun(quantised, "optimised", every_tensor=True)
    pixels = pixel_range or PixelRange.guess(real.input)
    exact = _Twin(twin.build(float_weights=EVERYTHING, every=True))
    alone = _Twin(twin.build(float_weights=EVERYTHING, forced=True))
    weighed = _Twin(twin.build(forced=True))
    sums = {activation.tensor: _Sums(activation) for activation in twin.activations}
    for tensor in tensors:
        real.invoke(pixels.tensor(tensor, real.input))
        integers = {index: real.tensor(index) for index in {*sums, *alone.built.inputs}}
        truth = exact.run([pixels.tensor(tensor, exact.graph.input)])
        given = [_real(twin, index, integers[index]) for index in alone.built.inputs]
        left, right = alone.run(given), weighed.run(given)
        for index, tally in sums.items():
            source = tally.activation.source
            if index not in left and source in sums:  # integers into others: no operator there
                left[index] = right[index] = _real(twin, source, integers[source])
                truth[index] = truth[source]
            if index in left and index in truth:
                tally.add(truth[index], integers[index], left[index], right[index])
        progress()
    found = [tally.noise_of_layer() for tally in sums.values() if tally.values]
    if not found:
        raise InputError("there are no pictures to measure the layers with")
    return found


class _Twin:
    """A twin that runs and gives its outputs by their place in the source."""

    def __init__(self, built: Built) -> None:
        self.built = built
        self.graph = GraphRun(built.model)

    def run(self, tensors: list[Floats]) -> dict[int, Floats]:
        return dict(zip(self.built.outputs, self.graph.invoke(*tensors), strict=True))


def _real(twin: FloatTwin, index: int, stored: Array) -> Floats:
    scheme = twin.graph.scheme(index)
    return stored.astype(np.float32) if scheme is None else scheme.real(stored)


def _power(values: Floats) -> float:
    flat = values.ravel()
    return float(np.dot(flat, flat))


def _decibels(signal: float, noise: float) -> float:
    """Return 10 log10 of signal over noise, within 120 either way."""
    if noise <= 0:
        return BEST_DB
    if signal <= 0:
        return -BEST_DB
    return round(float(np.clip(10 * np.log10(signal / noise), -BEST_DB, BEST_DB)), 2)
