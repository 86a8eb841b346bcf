"""GraphRun: a TFLite model in LiteRT with chosen kernels. The one file that runs models here."""

import os
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from edge.contract.errors import MissingPackage, ModelRefused
from edge.contract.tensors import Array, TensorSpec
from edge.inference.native_output import NativeOutput

# More gain nothing on one picture of a small network. Scores do not depend on it.
MOST_THREADS = 4
# Whose arithmetic: XNNPACK and what it leaves over, TFLite's own optimised kernels, or its
# plain reference kernels.
Kernels = Literal["xnnpack", "optimised", "reference"]
RESOLVERS = {
    "xnnpack": "AUTO",
    "optimised": "BUILTIN_WITHOUT_DEFAULT_DELEGATES",
    "reference": "BUILTIN_REF",
}


class GraphRun:
    """Runs one model, one picture at a time; stands in for `edge`'s Interpreter.

    With `every_tensor` what passes between the operators can be read too.

    Raises:
        MissingPackage: LiteRT is not installed.
        ModelRefused: it does not take the model.
    """

    def __init__(
        self, model: bytes, kernels: Kernels = "xnnpack", *, every_tensor: bool = False
    ) -> None:
        # TFLite's own kernels wait busily for each other, which a machine with other work to do
        # pays for many times over: one thread. XNNPACK's sleep.
        cores = min(MOST_THREADS, len(os.sched_getaffinity(0)))
        threads = cores if kernels == "xnnpack" else 1
        try:
            from ai_edge_litert.interpreter import Interpreter, OpResolverType
        except ImportError as error:
            raise MissingPackage(
                "LiteRT is not installed here", found=error, next_step="pip install ai-edge-litert"
            ) from error
        try:
            with NativeOutput():
                self._interpreter: Any = Interpreter(
                    model_content=model,
                    num_threads=threads,
                    experimental_op_resolver_type=OpResolverType[RESOLVERS[kernels]],
                    experimental_preserve_all_tensors=every_tensor,
                )
                self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise ModelRefused(f"LiteRT does not take this graph: {error}") from error
        inputs = self._interpreter.get_input_details()
        outputs = self._interpreter.get_output_details()
        self._inputs = [int(detail["index"]) for detail in inputs]
        self._outputs = [int(detail["index"]) for detail in outputs]
        self.input = _spec(inputs[0])
        self.outputs = tuple(_spec(detail) for detail in outputs)
        self.runtime_version = f"LiteRT, {kernels} kernels"

    def invoke(self, *tensors: Array) -> Sequence[Array]:
        """Run on a tensor for each input, in their order; return copies of the outputs.

        Raises:
            ModelRefused: a kernel failed.
        """
        try:
            for index, tensor in zip(self._inputs, tensors, strict=True):
                self._interpreter.set_tensor(index, tensor)
            self._interpreter.invoke()
        except (ValueError, RuntimeError) as error:
            raise ModelRefused(f"LiteRT failed in this graph: {error}") from error
        return [self._interpreter.get_tensor(index) for index in self._outputs]

    def tensor(self, index: int) -> Array:
        """Return a tensor's content after a run; the model must keep them (`every_tensor`)."""
        return np.asarray(self._interpreter.get_tensor(index))


def _spec(detail: Mapping[str, Any]) -> TensorSpec:
    scale, zero_point = detail["quantization"]
    return TensorSpec(
        name=str(detail["name"]),
        shape=tuple(int(size) for size in detail["shape"]),
        dtype=np.dtype(detail["dtype"]).name,
        scale=float(scale),
        zero_point=int(zero_point),
    )
