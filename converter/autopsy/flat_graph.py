"""FlatGraph: a TFLite file's one graph as objects that can be changed and written again.

Beside `converter.preflight.flatbuffer` the one file that knows the generated schema.
"""

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from converter.preflight.flatbuffer import read_graph
from edge.contract.errors import ModelError
from edge.contract.tensors import Array

Floats = npt.NDArray[np.float32]
FLOAT32, FLOAT16, INT8, UINT8, INT16, INT32, INT64 = (
    "FLOAT32",
    "FLOAT16",
    "INT8",
    "UINT8",
    "INT16",
    "INT32",
    "INT64",
)
NUMPY = {
    FLOAT32: np.float32,
    FLOAT16: np.float16,
    INT8: np.int8,
    UINT8: np.uint8,
    INT16: np.int16,
    INT32: np.int32,
    INT64: np.int64,
}
# The versions of QUANTIZE and DEQUANTIZE that first knew a type, by the TFLite op registry.
QUANTIZE_VERSION = {INT8: 1, UINT8: 1, INT16: 2}
DEQUANTIZE_VERSION = {INT8: 2, UINT8: 1, INT16: 3}
IDENTIFIER = b"TFL3"


@dataclass(frozen=True)
class Scheme:
    """How integers of a tensor stand for reals: real = scale x (integer - zero_point).

    `scales` and `zero_points` are float64 and int64 [1] for the whole tensor, or [channels]
    along `axis`.
    """

    scales: npt.NDArray[np.float64]
    zero_points: npt.NDArray[np.int64]
    axis: int

    def real(self, integers: Array) -> Floats:
        """Return what integers stand for, float32 of the same shape."""
        shape = [1] * max(1, integers.ndim)
        if len(self.scales) > 1:
            shape[self.axis] = -1
        scales, zeros = self.scales.reshape(shape), self.zero_points.reshape(shape)
        real = (integers.astype(np.float64) - zeros) * scales
        return real.reshape(integers.shape).astype(np.float32)


class FlatGraph:
    """The graph of a TFLite file.

    Raises:
        ModelError: no TFLite file, a damaged one, or one with more than one graph.
    """

    def __init__(self, model: bytes, name: str = "the model") -> None:
        schema = _schema()
        if model[4:8] != IDENTIFIER:
            raise ModelError(f"{name} is no TFLite model", found=f"{len(model)} bytes")
        # The generated reader trusts every offset: this one first looks at each.
        read_graph(model)
        try:
            self._model = schema.ModelT.InitFromPackedBuf(bytearray(model), 0)
            self._graph = self._model.subgraphs[0]
        except Exception as error:  # a hostile file may raise anything in the reader
            raise ModelError(f"{name} cannot be read", found=repr(error)) from error
        if len(self._model.subgraphs) != 1:
            raise ModelError(
                f"{name} has more than one graph",
                found=f"{len(self._model.subgraphs)} (control flow)",
                expected="an image classifier of a single graph",
            )
        self._types = {value: key for key, value in vars(schema.TensorType).items()}
        self._numbers = {key: value for value, key in self._types.items()}
        self._names = {value: key for key, value in vars(schema.BuiltinOperator).items()}
        made = {int(index) for operator in self.operators for index in operator.outputs}
        self.made = frozenset(made)
        # The signature's names of tensors that go out.
        self.signed: dict[int, str] = {
            int(entry.tensorIndex): entry.name.decode("utf-8", "replace")
            for signature in self._model.signatureDefs or []
            for entry in signature.outputs or []
            if entry.name
        }

    @property
    def operators(self) -> list[Any]:
        """Return the operators, in the order in which they run."""
        return cast(list[Any], self._graph.operators)

    @property
    def inputs(self) -> list[int]:
        """Return the tensors that come in."""
        return [int(index) for index in self._graph.inputs]

    @property
    def outputs(self) -> list[int]:
        """Return the tensors that go out."""
        return [int(index) for index in self._graph.outputs]

    @property
    def tensors(self) -> int:
        """Return how many tensors there are."""
        return len(self._graph.tensors)

    def operator_name(self, operator: Any) -> str:
        """Return an operator's name, such as CONV_2D."""
        code = self._model.operatorCodes[operator.opcodeIndex]
        number = max(code.builtinCode, code.deprecatedBuiltinCode)
        return str(self._names.get(number, f"operator {number}"))

    def name(self, tensor: int) -> str:
        """Return a tensor's name."""
        found = self._graph.tensors[tensor].name
        return found.decode("utf-8", "replace") if found else ""

    def type(self, tensor: int) -> str:
        """Return a tensor's type, such as INT8."""
        return str(self._types[self._graph.tensors[tensor].type])

    def shape(self, tensor: int) -> tuple[int, ...]:
        """Return a tensor's shape."""
        found = self._graph.tensors[tensor].shape
        return () if found is None else tuple(int(size) for size in found)

    def scheme(self, tensor: int) -> Scheme | None:
        """Return how a tensor's integers stand for reals; None for one that is not quantised."""
        found = self._graph.tensors[tensor].quantization
        if self.type(tensor) in (FLOAT32, FLOAT16) or found is None or found.scale is None:
            return None
        scales = np.atleast_1d(np.asarray(found.scale, np.float64))
        if not len(scales) or not (scales > 0).all():
            return None
        zeros = np.zeros(len(scales), np.int64)
        if found.zeroPoint is not None and len(found.zeroPoint):
            zeros = np.broadcast_to(np.asarray(found.zeroPoint, np.int64), zeros.shape)
        return Scheme(scales, zeros, int(found.quantizedDimension))

    def constant(self, tensor: int) -> Array | None:
        """Return a constant tensor's content as it is stored; None for one that is computed."""
        if tensor in self.made or tensor in self.inputs or self.type(tensor) not in NUMPY:
            return None
        data = self._model.buffers[self._graph.tensors[tensor].buffer].data
        if data is None or len(data) == 0:
            return None
        values = np.frombuffer(np.asarray(data, np.uint8).tobytes(), NUMPY[self.type(tensor)])
        return values.reshape(self.shape(tensor))

    def real_constant(self, tensor: int) -> Floats | None:
        """Return what a constant of float or quantised type stands for; None for any other."""
        stored = self.constant(tensor)
        if stored is None:
            return None
        if self.type(tensor) in (FLOAT32, FLOAT16):
            return stored.astype(np.float32)
        scheme = self.scheme(tensor)
        return None if scheme is None else scheme.real(stored)

    def set_constant(self, tensor: int, values: Floats) -> None:
        """Make a tensor a float32 constant of these values."""
        buffer = _schema().BufferT()
        buffer.data = np.frombuffer(np.ascontiguousarray(values, np.float32).tobytes(), np.uint8)
        self._model.buffers.append(buffer)
        changed = self._graph.tensors[tensor]
        changed.buffer = len(self._model.buffers) - 1
        self.make_float(tensor)

    def make_float(self, tensor: int) -> None:
        """Make a tensor float32 without a scale."""
        changed = self._graph.tensors[tensor]
        changed.type, changed.quantization = self._numbers[FLOAT32], None

    def set_scheme(self, tensor: int, scale: float, zero_point: int) -> None:
        """Give a tensor one other scale and zero point."""
        found = self._graph.tensors[tensor].quantization
        found.scale = np.array([scale], np.float32)
        found.zeroPoint = np.array([zero_point], np.int64)

    def add_tensor(self, like: int, type_name: str, scheme: Scheme | None = None) -> int:
        """Add a tensor of another's shape and return its index."""
        schema = _schema()
        made = schema.TensorT()
        model = self._graph.tensors[like]
        made.shape, made.shapeSignature = model.shape, model.shapeSignature
        made.hasRank = model.hasRank
        made.name = f"{self.name(like)}/added{self.tensors}".encode()
        made.type, made.buffer = self._numbers[type_name], 0
        if scheme is not None:
            made.quantization = schema.QuantizationParametersT()
            made.quantization.scale = scheme.scales.astype(np.float32)
            made.quantization.zeroPoint = np.asarray(scheme.zero_points, np.int64)
        self._graph.tensors.append(made)
        return self.tensors - 1

    def rounding(self, source: int, target: int, type_name: str, scheme: Scheme) -> list[Any]:
        """Return operators that write `source`, rounded to integers and back, to `target`."""
        between = self.add_tensor(target, type_name, scheme)
        down = self._operator("QUANTIZE", QUANTIZE_VERSION[type_name], source, between)
        return [down, self._operator("DEQUANTIZE", DEQUANTIZE_VERSION[type_name], between, target)]

    def rewire(self, operators: list[Any], inputs: list[int], outputs: list[int]) -> None:
        """Set the operators and the ends of the graph; signatures and metadata go."""
        self._graph.operators = operators
        self._graph.inputs = np.array(inputs, np.int32)
        self._graph.outputs = np.array(outputs, np.int32)
        self._model.signatureDefs, self._model.metadata = None, None
        self._model.metadataBuffer = None

    def to_bytes(self) -> bytes:
        """Return the file. Buffers that no operator reads any more are left empty."""
        import flatbuffers

        used = {
            self._graph.tensors[index].buffer
            for operator in self.operators
            for index in (*operator.inputs, *operator.outputs)
            if index >= 0
        }
        used |= {entry.buffer for entry in self._model.metadata or []}
        for number, buffer in enumerate(self._model.buffers):
            if number not in used:
                buffer.data = None
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(self._model.Pack(builder), IDENTIFIER)
        return bytes(builder.Output())

    def _operator(self, name: str, version: int, source: int, target: int) -> Any:
        schema = _schema()
        made = schema.OperatorT()
        made.opcodeIndex = self._code(getattr(schema.BuiltinOperator, name), version)
        made.inputs = np.array([source], np.int32)
        made.outputs = np.array([target], np.int32)
        return made

    def _code(self, number: int, version: int) -> int:
        codes = self._model.operatorCodes
        for at, code in enumerate(codes):
            same = max(code.builtinCode, code.deprecatedBuiltinCode) == number
            if same and code.version >= version:
                return at
        made = _schema().OperatorCodeT()
        made.builtinCode = number
        made.deprecatedBuiltinCode = min(number, 127)
        made.version = version
        codes.append(made)
        return len(codes) - 1


def _schema() -> Any:
    from ai_edge_litert import schema_py_generated

    return schema_py_generated
