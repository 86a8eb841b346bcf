"""OpenVINO and ONNX Runtime, a process each: makes their model, then times runs on demand.

Run with the Python of .venv/rivals: it has numpy, openvino, onnxruntime and onnx, no more.

rival_loop.py make NETWORK.npz CALIBRATION.npy FOLDER     float.onnx and int8.onnx
rival_loop.py openvino|onnxruntime MODEL THREADS PICTURES.npy
    prints the scores of the pictures as JSON, then for each number on standard input that many
    pairs of milliseconds: by the clock, and of the processor
"""

import json
import sys
from pathlib import Path
from time import perf_counter, process_time

import numpy as np


def make(network: str, calibration: str, folder: str) -> None:
    """Write the network as ONNX, in float32 and quantised by ONNX Runtime."""
    import onnx
    from onnxruntime import quantization
    from onnxruntime.quantization.shape_inference import quant_pre_process

    exact, ready, int8 = (Path(folder, f"{name}.onnx") for name in ("float", "ready", "int8"))
    onnx.save(build(np.load(network)), exact)
    quant_pre_process(str(exact), str(ready), skip_symbolic_shape=True)
    tensors = np.load(calibration)

    class Reader(quantization.CalibrationDataReader):
        """The calibration pictures, one at a time."""

        def __init__(self) -> None:
            self.left = iter(tensors)

        def get_next(self):
            """Return the next one, or None."""
            tensor = next(self.left, None)
            return None if tensor is None else {"picture": tensor[np.newaxis]}

    quantization.quantize_static(
        str(ready),
        str(int8),
        Reader(),
        quant_format=quantization.QuantFormat.QDQ,
        activation_type=quantization.QuantType.QUInt8,
        weight_type=quantization.QuantType.QInt8,
        per_channel=True,
    )


def build(arrays):
    """Return the ONNX model: uint8 [1, height, width, 3] in, scores out."""
    from onnx import TensorProto, helper, numpy_helper

    network = json.loads(str(arrays["network"]))
    nodes = [
        helper.make_node("Cast", ["picture"], ["cast"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["cast"], ["planes"], perm=[0, 3, 1, 2]),
    ]
    weights = []
    here = {network["input"]: "planes"}
    for node in network["nodes"]:
        kind, output = node["kind"], f"t{node['output']}"
        given = [here[one] if isinstance(one, int) else one for one in node["inputs"]]
        here[node["output"]] = output
        if kind == "CAST":
            here[node["output"]] = given[0]
        elif kind == "CONV_2D":
            kernel = np.ascontiguousarray(arrays[given[1]].transpose(0, 3, 1, 2))
            weights += [
                numpy_helper.from_array(kernel, given[1]),
                numpy_helper.from_array(np.array(arrays[given[2]]), given[2]),
            ]
            before = output + "_sum" if node["relu"] else output
            shape = {"strides": node["strides"], "auto_pad": node["padding"]}
            nodes.append(
                helper.make_node("Conv", given, [before], kernel_shape=kernel.shape[2:], **shape)
            )
            if node["relu"]:
                nodes.append(helper.make_node("Relu", [before], [output]))
        elif kind in ("MAX_POOL_2D", "AVERAGE_POOL_2D"):
            pool = "MaxPool" if kind.startswith("MAX") else "AveragePool"
            shape = {"strides": node["strides"], "auto_pad": node["padding"]}
            nodes.append(
                helper.make_node(pool, given, [output], kernel_shape=node["window"], **shape)
            )
        elif kind == "CONCATENATION":
            nodes.append(helper.make_node("Concat", given, [output], axis=1))
        elif kind == "MEAN":
            nodes.append(helper.make_node("GlobalAveragePool", given[:1], [output + "_cell"]))
            nodes.append(helper.make_node("Flatten", [output + "_cell"], [output]))
        elif kind == "SOFTMAX":
            nodes.append(helper.make_node("Softmax", given, ["scores"], axis=1))
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("picture", TensorProto.UINT8, network["shape"])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, network["classes"]])],
        weights,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def openvino_run(model: str, threads: int):
    """Return what runs a picture in OpenVINO, tuned for latency."""
    import openvino

    settings = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"}
    compiled = openvino.Core().compile_model(model, "CPU", settings)
    request = compiled.create_infer_request()
    (scores,) = [at for at, one in enumerate(compiled.outputs) if len(one.shape) == 2]
    return lambda picture: np.array(request.infer({0: picture})[scores])


def onnxruntime_run(model: str, threads: int):
    """Return what runs a picture in ONNX Runtime."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return lambda picture: session.run(None, {"picture": picture})[0]


def main(engine: str, model: str, threads: str, pictures: str) -> None:
    """Answer with scores, then with times."""
    run = {"openvino": openvino_run, "onnxruntime": onnxruntime_run}[engine](model, int(threads))
    tensors = np.load(pictures)[:, np.newaxis]
    scores = [run(one)[0] for one in tensors]
    print(json.dumps([row.astype(float).tolist() for row in scores]), flush=True)
    for line in sys.stdin:
        times = []
        for _ in range(int(line)):
            started, busy = perf_counter(), process_time()
            run(tensors[0])
            ended = perf_counter(), process_time()
            times.append(((ended[0] - started) * 1e3, (ended[1] - busy) * 1e3))
        print(json.dumps(times), flush=True)


if __name__ == "__main__":
    (make if sys.argv[1] == "make" else main)(*sys.argv[1 if sys.argv[1] != "make" else 2 :])
