"""Int8Features: bottlenecks by the quantised backbone in the camera's own runtime."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue

import numpy as np

from edge.contract.errors import ModelError
from edge.contract.picture import Rgb
from edge.inference.interpreter import Interpreter
from training.features import Floats, Network
from training.int8_backbone import Int8Backbone, Say


@dataclass(frozen=True)
class Int8Features:
    """Features in 8 bits, computed by LiteRT on all cores.

    What a head then trains and is measured on holds the rounding of the camera's own kernels.
    The head itself stays in float until `emberwatch convert` quantises it too.
    """

    int8: Int8Backbone
    say: Say

    @property
    def digest(self) -> str:
        """Return the digest of the backbone and of its calibration pictures."""
        return self.int8.digest

    @property
    def words(self) -> str:
        """Return how the features are computed."""
        return "int8"

    def open(self) -> Network:
        """Convert the backbone where that was not done yet (half a minute), and load it."""
        return self.portable().open()

    def portable(self) -> "TfliteTrunk":
        """Return the TFLite file's content, converted where that was not done yet."""
        return TfliteTrunk(self.int8.model(self.say))


@dataclass(frozen=True)
class TfliteTrunk:
    """A quantised backbone: a TFLite file's content."""

    model: bytes

    def open(self, cores: int | None = None) -> Network:
        """Load the backbone once for each core; see `Pool`.

        Raises:
            MissingPackage: no TFLite runtime is installed.
            ModelError: the runtime does not take the model, or it gives no int8 map.
        """
        return Pool(self.model, cores or usable_cores())


class Pool:
    """Interpreters of one model, one for each core, each with one thread.

    A picture is one interpreter's work from start to end. The runtime gives up Python's lock
    while it computes, so threads do; and several pictures side by side need no waiting for
    one another within a layer, as the threads of one interpreter do.
    """

    def __init__(self, model: bytes, cores: int) -> None:
        self._free: SimpleQueue[Interpreter] = SimpleQueue()
        for _ in range(cores):
            interpreter = Interpreter(model, threads=1)
            self._free.put(interpreter)
        (self.spec,) = interpreter.outputs
        if len(self.spec.shape) != 4 or not self.spec.quantised:
            raise ModelError("not a quantised backbone", found=self.spec)
        self._threads = ThreadPoolExecutor(cores, thread_name_prefix="int8")

    def __call__(self, pixels: Rgb) -> Floats:
        """Return float32 [n, channels] of uint8 [n, size, size, 3].

        The integers of the map are summed exactly and made real at the end.
        """
        return np.stack(list(self._threads.map(self._one, pixels)))

    def _one(self, tensor: Rgb) -> Floats:
        interpreter = self._free.get()
        try:
            (feature_map,) = interpreter.invoke(tensor[np.newaxis])
        finally:
            self._free.put(interpreter)
        cells = feature_map.reshape(-1, feature_map.shape[-1])
        mean = cells.sum(axis=0, dtype=np.int64) / len(cells)
        return np.asarray((mean - self.spec.zero_point) * self.spec.scale, dtype=np.float32)


def usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
