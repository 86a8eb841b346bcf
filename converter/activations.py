"""Activations: the values that a float model's tensors take on the calibration pictures."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from converter.least_error import least_error_range
from edge.contract.errors import InputError, ModelError
from edge.contract.picture import Rgb
from edge.inference.native_output import NativeOutput

Floats = npt.NDArray[np.float32]
# A tensor's name to the lowest and the highest value that its integers must cover.
Ranges = Mapping[str, tuple[float, float]]
# Values of each tensor that are kept of a picture, from all over it: 200 pictures of Inception
# v3's 110 tensors then take 180 MB, and a tail of 0.01% is still 40 values.
KEPT = 2048
THREADS = 2


class Activations:
    """Runs pictures through a float TFLite model and notes what each tensor held.

    `model` takes float32 pixels 0 to 255 [1, height, width, 3]. Only with `keep_values` can
    ranges be cut; without, the extremes and the means alone are noted.

    TensorFlow's own calibrator asks the same question, but in its reference kernels: this
    runs in XNNPACK, some ten times as fast.

    Raises:
        ModelError: the runtime does not take the model.
    """

    def __init__(self, model: bytes, *, keep_values: bool = False) -> None:
        self._keep_values = keep_values
        self._pictures = 0
        self._extremes: dict[str, tuple[float, float]] = {}
        self._values: dict[str, list[Floats]] = {}
        self._sums: dict[str, npt.NDArray[np.float64]] = {}
        with NativeOutput():
            self._interpreter = _interpreter(model)
        details = self._interpreter.get_tensor_details()
        names = {int(tensor["index"]): str(tensor["name"]) for tensor in details}
        self._input = int(self._interpreter.get_input_details()[0]["index"])
        self._ends = {self._input} | {
            int(tensor["index"]) for tensor in self._interpreter.get_output_details()
        }
        made = {
            int(index)
            for operator in self._interpreter._get_ops_details()
            for index in operator["outputs"]
        }
        self._tensors = {index: names[index] for index in sorted(made | {self._input})}

    def add(self, tensors: Iterable[Rgb]) -> "Activations":
        """Run pictures, uint8 [height, width, 3], through the model; return this object."""
        for tensor in tensors:
            self._interpreter.set_tensor(self._input, tensor[np.newaxis].astype(np.float32))
            self._interpreter.invoke()
            for index, name in self._tensors.items():
                self._note(name, self._interpreter.get_tensor(index))
            self._pictures += 1
        return self

    def ranges(self, percentile: float = 100.0) -> Ranges:
        """Return the range of each tensor: its extremes, or its inner values' alone.

        With a percentile below 100, the highest value is that percentile and the lowest the
        one that lies as far from the other end; zero is always covered. The input and the
        outputs keep their extremes: pixels are 0 to 255, and a cut class map is a wrong one.

        Raises:
            InputError: no picture was added, or a percentile not in (50, 100].
        """
        self._check_pictures()
        if not 50 < percentile <= 100:
            raise InputError(
                "no such percentile", found=percentile, expected="more than 50, at most 100"
            )
        if percentile == 100:
            return dict(self._extremes)
        return self._cut(lambda name: self._inner(name, percentile), self._ends)

    def least_error_ranges(self, *, outputs_too: bool = False) -> Ranges:
        """Return for each tensor the range in which 8 bits tell its values best.

        The input keeps its extremes, and so do the outputs unless `outputs_too`: of a
        backbone alone, whose output is one tensor of many in the whole network.

        Raises:
            InputError: no picture was added, or the values were not kept.
        """
        self._check_pictures()
        whole = {self._input} if outputs_too else self._ends
        return self._cut(
            lambda name: least_error_range(self._kept(name), *self._extremes[name]), whole
        )

    @property
    def means(self) -> dict[str, Floats]:
        """Return the mean of each tensor's last dimension, float32 [channels], by its name."""
        return {
            name: np.asarray(total / self._pictures, np.float32)
            for name, total in self._sums.items()
        }

    def _check_pictures(self) -> None:
        if not self._pictures:
            raise InputError("there are no pictures to calibrate with", expected="at least 1")

    def _cut(self, inner: Callable[[str], tuple[float, float]], whole: set[int]) -> Ranges:
        """Return each tensor's range, cut by `inner` but for the tensors in `whole`."""
        names = {self._tensors[index] for index in whole}
        return {
            name: extremes if name in names else inner(name)
            for name, extremes in self._extremes.items()
        }

    def _note(self, name: str, value: Any) -> None:
        low, high = float(value.min()), float(value.max())
        if not np.isfinite([low, high]).all():
            raise ModelError(
                "the float model computes something that is no number", found=f"in {name}"
            )
        before = self._extremes.get(name, (low, high))
        self._extremes[name] = (min(low, before[0]), max(high, before[1]))
        if value.ndim:
            mean = value.reshape(-1, value.shape[-1]).mean(axis=0, dtype=np.float64)
            self._sums[name] = self._sums.get(name, np.zeros(len(mean))) + mean
        if self._keep_values:
            # At random: any even step has its channels that it never meets.
            places = np.random.default_rng(self._pictures).integers(0, value.size, KEPT)
            kept = value.ravel() if value.size <= KEPT else value.ravel()[places]
            self._values.setdefault(name, []).append(kept.copy())

    def _inner(self, name: str, percentile: float) -> tuple[float, float]:
        low, high = np.percentile(self._kept(name), [100 - percentile, percentile])
        least, most = self._extremes[name]
        # A tensor that is nearly always 0 would have no range left at all.
        return (min(float(low), 0.0), float(high)) if high > max(low, 0.0) else (least, most)

    def _kept(self, name: str) -> Floats:
        if not self._keep_values:
            raise InputError("the values were not kept", expected="keep_values")
        return np.concatenate(self._values[name])


def _interpreter(model: bytes) -> Any:
    import warnings

    from ai_edge_litert.interpreter import Interpreter

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that keeping tensors takes memory, which it is for
            interpreter = Interpreter(
                model_content=model, num_threads=THREADS, experimental_preserve_all_tensors=True
            )
        interpreter.allocate_tensors()
        return interpreter
    except (ValueError, RuntimeError) as error:
        raise ModelError("the float model does not run", found=error) from error
