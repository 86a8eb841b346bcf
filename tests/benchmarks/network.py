"""Network: a float TFLite classifier as plain arrays, for runtimes that read no TFLite.

Only the operators that an Inception network has; any other is an error.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

PADDINGS = {0: "SAME_UPPER", 1: "VALID"}
RELU = {0: False, 1: True}


def write_network(model: Path, target: Path) -> None:
    """Write a float32 .tflite file's operators and weights as one .npz file."""
    from ai_edge_litert import schema_py_generated as schema

    whole = schema.ModelT.InitFromObj(schema.Model.GetRootAs(bytearray(model.read_bytes()), 0))
    graph = whole.subgraphs[0]
    names = {value: name for name, value in vars(schema.BuiltinOperator).items()}
    arrays: dict[str, np.ndarray] = {}
    nodes = []
    for operator in graph.operators:
        code = whole.operatorCodes[operator.opcodeIndex]
        kind = names[max(code.builtinCode, code.deprecatedBuiltinCode)]
        inputs = []
        for index in map(int, operator.inputs):
            data = whole.buffers[graph.tensors[index].buffer].data
            if data is None or not len(data):
                inputs.append(index)
            elif kind == "CONV_2D":
                name = f"w{len(arrays)}"
                values = bytes(data)
                arrays[name] = np.frombuffer(values, np.float32).reshape(graph.tensors[index].shape)
                inputs.append(name)
        options = _options(kind, operator.builtinOptions)
        nodes.append({"kind": kind, "inputs": inputs, "output": int(operator.outputs[0])} | options)
    (first,) = map(int, graph.inputs)
    shapes = {int(index): list(map(int, graph.tensors[index].shape)) for index in graph.outputs}
    (scores,) = [index for index, shape in shapes.items() if len(shape) == 2]
    record = {
        "input": first,
        "shape": list(map(int, graph.tensors[first].shape)),
        "scores": scores,
        "classes": shapes[scores][1],
        "nodes": nodes,
    }
    np.savez(target, network=np.array(json.dumps(record)), **arrays)


def _options(kind: str, options: Any) -> dict[str, Any]:
    if kind == "CONV_2D":
        return {
            "strides": [int(options.strideH), int(options.strideW)],
            "padding": PADDINGS[options.padding],
            "relu": RELU[options.fusedActivationFunction],
        }
    if kind in ("MAX_POOL_2D", "AVERAGE_POOL_2D"):
        return {
            "strides": [int(options.strideH), int(options.strideW)],
            "window": [int(options.filterHeight), int(options.filterWidth)],
            "padding": PADDINGS[options.padding],
        }
    if kind in ("CAST", "CONCATENATION", "MEAN", "SOFTMAX"):
        return {}
    raise SystemExit(f"the benchmark's network holds {kind}, which it cannot write as ONNX")
