"""Interpreter: the one place that knows which TFLite runtime is installed."""

import importlib
import importlib.metadata
import importlib.util
from collections.abc import Sequence
from typing import Any

import numpy as np

from edge.contract.errors import MissingPackage, ModelError, ModelRefused
from edge.contract.tensors import Array, TensorSpec
from edge.inference.native_output import NativeOutput

# Module and distribution of each runtime, the preferred first. LiteRT is several times as
# fast on the same model (see docs/decisions), so it wins where both are installed.
RUNTIMES = {
    "ai-edge-litert": "ai_edge_litert.interpreter",
    "tflite-runtime": "tflite_runtime.interpreter",
}


def installed_runtimes() -> list[str]:
    """Return the runtimes installed here, the preferred first."""
    return [
        name
        for name, module in RUNTIMES.items()
        if importlib.util.find_spec(module.partition(".")[0])
    ]


class Interpreter:
    """Runs one TFLite model.

    Raises:
        MissingPackage: no runtime is installed, or NumPy 2 stands beside tflite-runtime.
        ModelRefused: the runtime does not take the model (an operator, a version, its form).
    """

    def __init__(self, model: bytes, threads: int = 1, runtime: str | None = None) -> None:
        self.runtime = runtime or _preferred()
        interpreter_class = _interpreter_class(self.runtime)
        try:
            # The runtimes greet from C++ on stderr; an error line there must stand alone.
            with NativeOutput():
                self._interpreter: Any = interpreter_class(model_content=model, num_threads=threads)
                self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise ModelRefused(
                f"{self.runtime_version} does not take this model: {error}",
                next_step="convert it with --recipe int8, which every supported runtime takes",
            ) from error
        inputs = self._interpreter.get_input_details()
        if len(inputs) != 1:
            raise ModelError("not an image classifier", found=f"{len(inputs)} inputs")
        self.input = _spec(inputs[0])
        details = self._interpreter.get_output_details()
        self.outputs = tuple(_spec(detail) for detail in details)
        self._input_index = inputs[0]["index"]
        self._output_indexes = [detail["index"] for detail in details]

    @property
    def runtime_version(self) -> str:
        """Return the runtime's name and version, such as `tflite-runtime 2.14.0`."""
        return f"{self.runtime} {importlib.metadata.version(self.runtime)}"

    def invoke(self, tensor: Array) -> Sequence[Array]:
        """Run the model on a tensor of the input's shape and dtype; return copies of outputs.

        Raises:
            ModelError: the tensor does not fit, or the runtime failed.
        """
        try:
            self._interpreter.set_tensor(self._input_index, tensor)
            self._interpreter.invoke()
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"the model failed in {self.runtime_version}: {error}") from error
        return [self._interpreter.get_tensor(index) for index in self._output_indexes]


def _preferred() -> str:
    runtimes = installed_runtimes()
    if not runtimes:
        raise MissingPackage(
            "no TFLite runtime is installed",
            expected="ai-edge-litert, or tflite-runtime 2.14 on Python 3.11",
            next_step="pip install 'emberwatch-edge[litert]'",
        )
    return runtimes[0]


def _interpreter_class(runtime: str) -> Any:
    if runtime not in RUNTIMES:
        raise MissingPackage(f"no runtime is called {runtime!r}", expected=" or ".join(RUNTIMES))
    if runtime == "tflite-runtime" and int(np.__version__.split(".")[0]) >= 2:
        # It imports, then dies in Interpreter(): its binding was built against NumPy 1.
        raise MissingPackage(
            "tflite-runtime 2.14 does not run beside NumPy 2",
            found=f"numpy {np.__version__}",
            next_step="pip install 'numpy<2', or use ai-edge-litert",
        )
    try:
        return importlib.import_module(RUNTIMES[runtime]).Interpreter
    except ImportError as error:
        raise MissingPackage(
            f"{runtime} is not usable here", found=error, next_step=f"pip install {runtime}"
        ) from error


def _spec(detail: dict[str, Any]) -> TensorSpec:
    scale, zero_point = detail["quantization"]
    return TensorSpec(
        name=str(detail["name"]),
        shape=tuple(int(n) for n in detail["shape"]),
        dtype=np.dtype(detail["dtype"]).name,
        scale=float(scale),
        zero_point=int(zero_point),
    )
