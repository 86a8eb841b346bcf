"""Kernels: how far the kernels that cameras have are apart on one picture."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from edge.contract.errors import ModelError
from edge.contract.picture import Rgb
from edge.inference.interpreter import Interpreter

Floats = npt.NDArray[np.float32]


def kernel_spreads(model: bytes, tensors: Sequence[Rgb], scores: Floats) -> list[float]:
    """Return for each picture the largest difference in score between any two kernels.

    `tensors` are uint8 [height, width, 3], `scores` float32 [pictures, classes] what the Pi
    environment gave. LiteRT is asked twice here, with XNNPACK and without: `tflite-runtime`
    2.14 computes in 8 bits as LiteRT does without it, on x86-64 and aarch64 alike
    (docs/decisions/int8-between-runtimes.md), so a camera has one or the other.

    Raises:
        ModelError: the model gives no scores.
    """
    by_kernel = [scores]
    for xnnpack in (True, False):
        interpreter = Interpreter(model, xnnpack=xnnpack)
        by_kernel.append(np.stack([_scores(interpreter, tensor) for tensor in tensors]))
    apart = np.max(by_kernel, axis=0) - np.min(by_kernel, axis=0)
    return [float(one) for one in apart.max(axis=1)]


def _scores(interpreter: Interpreter, tensor: Rgb) -> Floats:
    for output, spec in zip(
        interpreter.invoke(tensor[np.newaxis]), interpreter.outputs, strict=True
    ):
        if len(spec.shape) == 2:
            raw = output[0].astype(np.float32)
            real = (raw - spec.zero_point) * spec.scale if spec.quantised else raw
            return np.asarray(real, np.float32)
    raise ModelError("the model gives no scores", found=interpreter.outputs)
