"""Interpreter: the one place that knows which TFLite runtime is installed."""

import importlib
import importlib.metadata
import importlib.util
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from edge.contract.errors import MissingPackage, ModelError, ModelRefused
from edge.contract.tensors import Array, TensorSpec
from edge.inference.delegation import Delegation
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


def runtime_version(runtime: str) -> str:
    """Return an installed runtime's name and version, such as `tflite-runtime 2.14.0`."""
    return f"{runtime} {importlib.metadata.version(runtime)}"


class LoadedGraph:
    """A TFLite model loaded by a runtime, with inputs of any number and kind.

    `xnnpack` False keeps the runtime from handing operators to XNNPACK, its fast CPU backend.

    Raises:
        MissingPackage: no runtime is installed, or NumPy 2 stands beside tflite-runtime.
        ModelRefused: the runtime does not take the model (an operator, a version, its form).
    """

    def __init__(
        self, model: bytes, threads: int = 1, runtime: str | None = None, xnnpack: bool = True
    ) -> None:
        self.runtime = runtime or preferred_runtime()
        module = runtime_module(self.runtime)
        chosen = {} if xnnpack else {"experimental_op_resolver_type": _without_delegates(module)}
        try:
            # The runtimes greet from C++ on stderr; an error line there must stand alone.
            with NativeOutput():
                self._interpreter: Any = module.Interpreter(
                    model_content=model, num_threads=threads, **chosen
                )
                self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise ModelRefused(
                f"{self.runtime_version} does not take this model: {error}",
                next_step="convert it with --recipe int8, which every supported runtime takes",
            ) from error

    @property
    def runtime_version(self) -> str:
        """Return the runtime's name and version, such as `tflite-runtime 2.14.0`."""
        return runtime_version(self.runtime)

    def fill(self, make: Callable[[tuple[int, ...], np.dtype[Any]], Array]) -> None:
        """Fill each input with what `make` gives for its shape and dtype."""
        for detail in self._interpreter.get_input_details():
            shape = tuple(int(size) for size in detail["shape"])
            self._interpreter.set_tensor(detail["index"], make(shape, np.dtype(detail["dtype"])))

    def run(self) -> None:
        """Run the model on what its inputs hold.

        Raises:
            ModelError: the runtime failed.
        """
        try:
            self._interpreter.invoke()
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"the model failed in {self.runtime_version}: {error}") from error

    def delegation(self) -> Delegation | None:
        """Return what XNNPACK took of the model; None where the runtime does not tell."""
        # No public call tells. The private one is in both runtimes, and hides none of the
        # operators: those that were taken stand there still, beside the delegate's nodes.
        details = getattr(self._interpreter, "_get_ops_details", None)
        return None if details is None else Delegation.of_nodes(details())


class Interpreter(LoadedGraph):
    """Runs one TFLite model of one input.

    Raises:
        MissingPackage: no runtime is installed, or NumPy 2 stands beside tflite-runtime.
        ModelRefused: the runtime does not take the model (an operator, a version, its form).
    """

    def __init__(
        self, model: bytes, threads: int = 1, runtime: str | None = None, xnnpack: bool = True
    ) -> None:
        super().__init__(model, threads, runtime, xnnpack)
        inputs = self._interpreter.get_input_details()
        if len(inputs) != 1:
            raise ModelError("not an image classifier", found=f"{len(inputs)} inputs")
        self.input = _spec(inputs[0])
        details = self._interpreter.get_output_details()
        self.outputs = tuple(_spec(detail) for detail in details)
        self._input_index = inputs[0]["index"]
        self._output_indexes = [detail["index"] for detail in details]

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


def preferred_runtime() -> str:
    """Return the runtime that is taken where none is named.

    Raises:
        MissingPackage: none is installed.
    """
    runtimes = installed_runtimes()
    if not runtimes:
        raise MissingPackage(
            "no TFLite runtime is installed",
            expected="ai-edge-litert, or tflite-runtime 2.14 on Python 3.11",
            next_step="pip install 'emberwatch-edge[litert]'",
        )
    return runtimes[0]


def _without_delegates(module: Any) -> Any:
    return module.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES


def runtime_module(runtime: str) -> Any:
    """Import a runtime's module.

    Raises:
        MissingPackage: it is not installed, or NumPy 2 stands beside tflite-runtime.
    """
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
        return importlib.import_module(RUNTIMES[runtime])
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
