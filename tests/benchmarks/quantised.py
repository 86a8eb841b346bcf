"""The quantised network's speed: ours beside the stock converter's, and beside other engines.

python -m tests.benchmarks quantised      some minutes; build/quantised.md has the whole table
"""

import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from converter.activations import Activations
from converter.benchmark.clock import time_model, with_operators
from converter.benchmark.machine import Machine, busy_cores
from converter.benchmark.timing import Timing
from converter.calibration import CalibrationSet
from converter.integer_model import integer_model, ranges_of
from converter.keras_model import KerasModel
from converter.pi_environment import PiEnvironment
from converter.recipes import find_recipe
from converter.trained_model import SplitRow, TrainedModel
from edge.contract import atomic
from edge.contract.labels import Labels
from edge.contract.picture import Rgb, read_picture
from edge.contract.preprocess import Preprocess
from tests.benchmarks.contender import Contender, Round, take_in_turn
from tests.benchmarks.material import PI_PYTHON, ROOT, Material
from tests.benchmarks.measurement import Measurement, paired
from tests.benchmarks.network import write_network
from training.backbone import Backbone
from training.classifier_model import build_classifier
from training.dataset import scan
from training.head import Head
from training.weights import choose_backbone

LITERT_PYTHON = ROOT / ".venv" / "edge-litert" / "bin" / "python"
RIVALS_PYTHON = ROOT / ".venv" / "rivals" / "bin" / "python"
HERE = Path(__file__).parent
TABLE = ROOT / "build" / "quantised.md"
CALIBRATION = 100
COMPARED = 32
BUSY = 0.25
ROUNDS, RUNS = 9, 6
BARE_ROUNDS = 5
THREADS = (1, 2)
OURS, STOCK, EXACT = "litert_ours", "litert_stock", "litert_float32"
ALTERNATIVES = {
    "int8_vs_stock": (OURS, STOCK),
    "int8_vs_stock_tflite_runtime": ("tflite_ours", "tflite_stock"),
    "int8_vs_float32": (OURS, EXACT),
    "int8_vs_openvino_int8": (OURS, "openvino_int8"),
    "int8_vs_openvino_int8_tflite": (OURS, "openvino_stock"),
    "int8_vs_openvino_float": (OURS, "openvino_float"),
    "int8_vs_onnxruntime_int8": (OURS, "onnxruntime_int8"),
    "int8_vs_onnxruntime_float": (OURS, "onnxruntime_float"),
}
WORDS = {
    OURS: "LiteRT, our full int8, average pools as convolutions",
    STOCK: "LiteRT, full int8 as TensorFlow's converter writes it",
    EXACT: "LiteRT, float32",
    "tflite_ours": "tflite-runtime, our full int8, pools as convolutions",
    "tflite_stock": "tflite-runtime, full int8, average pools",
    "openvino_int8": "OpenVINO, the ONNX file quantised by ONNX Runtime",
    "openvino_stock": "OpenVINO, reading the stock int8 .tflite",
    "openvino_float": "OpenVINO, float (bfloat16 where the processor has it)",
    "onnxruntime_int8": "ONNX Runtime, static QDQ int8, per channel, same calibration pictures",
    "onnxruntime_float": "ONNX Runtime, float32",
}


@dataclass(frozen=True)
class Files:
    """The network in all its forms, and the pictures that each contender scores."""

    float32: Path
    stock: Path
    ours: Path
    onnx: Path
    onnx_int8: Path
    pictures: Path
    words: str


def measure(material: Material) -> list[Measurement]:
    """Make the files, take the contenders in turn, and print the whole table."""
    with tempfile.TemporaryDirectory() as name:
        files = make(material, Path(name))
        state = how_busy(busy_cores())
        rounds = {
            threads: take_in_turn(contenders(files), threads, files.pictures, ROUNDS, RUNS)
            for threads in THREADS
        }
        timings = [
            (form, timing) for form in ("stock", "ours") for timing in timed(getattr(files, form))
        ]
        bare = [against_bare_loop(files.ours, python) for python in (LITERT_PYTHON, PI_PYTHON)]
    lines = [Machine.here().words + state, "", *table(files, rounds), "", *partitions(timings)]
    atomic.write_text(TABLE, "\n".join(lines) + "\n")
    print("\n".join(lines))
    return [*compared(files, rounds), *bare]


def how_busy(cores: float | None) -> str:
    """Return what to say of a machine with so many cores at other work."""
    if cores is None:
        return ""
    return f", {cores:.1f} of them at other work when this began" if cores > BUSY else ", quiet"


def make(material: Material, folder: Path) -> Files:
    """Write the network as float32, stock int8 and our int8 TFLite, and as ONNX."""
    backbone = choose_backbone(str(material.weights), None)
    preprocess = Preprocess(backbone.input_size, backbone.input_size)
    samples = scan(material.pictures).samples
    labels = Labels(tuple(sorted({sample.label for sample in samples})))
    compared_paths = material.photographs(COMPARED)
    rows = tuple(
        SplitRow(s.file, s.label, s.group, s.sha256, "training")
        for s in samples
        if material.pictures / s.file not in set(compared_paths)
    )
    parts = {"backbone": {}, "parameters": {}, "metrics": {}}
    trained = TrainedModel(folder, labels, preprocess, material.pictures, rows, **parts)
    drawn = CalibrationSet.draw(trained, CALIBRATION)
    tensors = list(drawn.tensors())
    head = fitted_head(backbone, tensors, [labels.index(row.label) for row in drawn.rows])
    build_classifier(backbone, head).save(trained.keras_path)
    keras_model, int8 = KerasModel(trained), find_recipe("int8")
    float_file = keras_model.to_float_file("convolution")
    activations = Activations(float_file, keep_values=True).add(tensors)
    made = {
        "float32": keras_model.to_tflite(find_recipe("float32")),
        "stock": stock_int8(trained.keras_path, tensors),
        "ours": integer_model(float_file, int8, ranges_of(int8, activations), activations.means),
    }
    for form, content in made.items():
        atomic.write_bytes(folder / f"{form}.tflite", content)
    shown = np.stack([preprocess.apply(read_picture(path)) for path in compared_paths])
    np.save(folder / "pictures.npy", shown)
    np.save(folder / "calibration.npy", np.stack(tensors))
    write_network(folder / "float32.tflite", folder / "network.npz")
    words = [RIVALS_PYTHON, HERE / "rival_loop.py", "make", folder / "network.npz"]
    run([*words, folder / "calibration.npy", folder])
    weights = "real" if "random" not in material.weights.name else "random"
    return Files(
        *(folder / f"{form}.tflite" for form in ("float32", "stock", "ours")),
        folder / "float.onnx",
        folder / "int8.onnx",
        folder / "pictures.npy",
        f"Inception v3 to mixed8 with {weights} weights and a head of {len(labels)} classes, "
        f"{CALIBRATION} {material.kind} calibration pictures",
    )


def stock_int8(path: Path, tensors: list[Rgb]) -> bytes:
    """Return a Keras model in 8 bits as TensorFlow's own documentation says to do it."""
    import keras
    import tensorflow as tf

    model = keras.models.load_model(path)
    picture = keras.Input(batch_shape=(1, *model.input_shape[1:]), name="picture")
    fixed = keras.Model(picture, model(picture))
    converter = tf.lite.TFLiteConverter.from_keras_model(fixed)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: (
        [tensor[np.newaxis].astype(np.float32)] for tensor in tensors
    )
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.uint8
    converter.inference_output_type = tf.uint8
    return bytes(converter.convert())


def fitted_head(backbone: Backbone, tensors: list[Rgb], classes: list[int]) -> Head:
    """Fit a head to the calibration pictures: crude, but its scores are no coin's."""
    maps = [backbone.model(tensor[np.newaxis].astype(np.float32)) for tensor in tensors]
    features = np.concatenate([np.asarray(one).mean(axis=(1, 2)) for one in maps])
    fitted = LogisticRegression(C=0.01, max_iter=1000).fit(features, classes)
    kernel = np.ascontiguousarray(fitted.coef_.T, np.float32)
    return Head(kernel, fitted.intercept_.astype(np.float32))


def contenders(files: Files) -> dict[str, Contender]:
    """Return who takes part; the edge's pair in one runtime each, then the other engines."""
    litert = (str(LITERT_PYTHON), str(HERE / "edge_loop.py"), "loop")
    tflite = (str(PI_PYTHON), str(HERE / "edge_loop.py"), "loop")
    rival = (str(RIVALS_PYTHON), str(HERE / "rival_loop.py"))
    return {
        OURS: Contender(litert, files.ours),
        STOCK: Contender(litert, files.stock),
        EXACT: Contender(litert, files.float32),
        "tflite_ours": Contender(tflite, files.ours),
        "tflite_stock": Contender(tflite, files.stock),
        "openvino_int8": Contender((*rival, "openvino"), files.onnx_int8),
        "openvino_stock": Contender((*rival, "openvino"), files.stock),
        "openvino_float": Contender((*rival, "openvino"), files.onnx),
        "onnxruntime_int8": Contender((*rival, "onnxruntime"), files.onnx_int8),
        "onnxruntime_float": Contender((*rival, "onnxruntime"), files.onnx),
    }


def compared(files: Files, rounds: dict[int, Round]) -> Iterator[Measurement]:
    """Give a measurement for each pair and number of threads."""
    for name, (ours, other) in ALTERNATIVES.items():
        for threads, taken in rounds.items():
            mine, theirs = taken.medians[ours], taken.medians[other]
            cpu = np.median(np.array(taken.processor[other]) / np.array(taken.processor[ours]))
            how = f"beside {WORDS[other]}; ratio of processor time {cpu:.3f}"
            if name == next(iter(ALTERNATIVES)):
                how += (
                    f". {files.words}; {ROUNDS} rounds in turn, the median of {RUNS} runs in "
                    "each, a process each"
                )
            suffix = "1_thread" if threads == 1 else f"{threads}_threads"
            yield paired(f"{name}_{suffix}", mine, theirs, "ms a picture", how)


def table(files: Files, rounds: dict[int, Round]) -> Iterator[str]:
    """Give the lines of a table: times, and how far the scores are from float32's."""
    exact = rounds[1].scores[EXACT]
    yield f"{files.words}; scores of {len(exact)} other pictures against LiteRT's float32."
    yield ""
    yield (
        "| engine and file | 1 thread, ms | 2 threads, ms | 1 thread, ms of the processor "
        "| same answer | mean difference |"
    )
    yield "|---|---|---|---|---|---|"
    for name, words in WORDS.items():
        columns = [rounds[t].medians[name] for t in THREADS] + [rounds[1].processor[name]]
        times = " | ".join(f"{np.median(column):.1f}" for column in columns)
        scores = rounds[1].scores[name]
        # OpenVINO gives a uint8 output as it is.
        scores = scores / 255 if scores.max() > 2 else scores
        same = (scores.argmax(axis=1) == exact.argmax(axis=1)).sum()
        drift = np.abs(scores - exact).mean()
        yield f"| {words} | {times} | {same} of {len(exact)} | {drift:.4f} |"


def timed(model: Path) -> list[Timing]:
    """Time a model by the stopwatch in both runtimes, and its operators on one thread."""
    found = []
    for python in (LITERT_PYTHON, PI_PYTHON):
        environment = PiEnvironment(python)
        one, *more = time_model(environment, model, THREADS)
        found += [with_operators(environment, model, one), *more]
    return found


def partitions(timings: list[tuple[str, Timing]]) -> Iterator[str]:
    """Give the lines of two tables: settings by the stopwatch, and operators."""
    yield "| file | runtime | threads | median ms | parts | operators left over | peak MB |"
    yield "|---|---|---|---|---|---|---|"
    for form, t in timings:
        cells = (form, t.runtime, t.threads, f"{t.median_ms:.1f}", t.partitions, t.left_over)
        yield f"| {' | '.join(map(str, cells))} | {t.peak_bytes / 1e6:.0f} |"
    for form, t in timings:
        if not t.operators:
            continue
        yield ""
        yield (
            f"{form}, {t.runtime}, 1 thread: the operators alone sum to {t.operators_ms:.1f} ms, "
            f"the whole takes {t.median_ms:.1f} ms"
        )
        yield ""
        yield "| operator | count | ms | in XNNPACK |"
        yield "|---|---|---|---|"
        for one in t.operators:
            taken = "yes" if one.delegated else "no"
            yield f"| {one.name} | {one.count} | {one.total_ms:.3f} | {taken} |"


def against_bare_loop(model: Path, python: Path) -> Measurement:
    """Hold the stopwatch's median against a bare interpreter loop, in turn."""
    environment = PiEnvironment(python)
    ours, bare = [], []
    for _ in range(BARE_ROUNDS):
        bare.append(float(run([python, HERE / "edge_loop.py", "bare", model, 1])))
        ours.append(time_model(environment, model)[0].median_ms)
    name = "latency_vs_bare_loop"
    return paired(
        name if python == LITERT_PYTHON else f"{name}_tflite_runtime",
        ours,
        bare,
        "ms a picture",
        f"emberwatch-edge stopwatch beside a bare loop around Invoke by benchmark_model's method "
        f"(0.5 s warm-up, at least 50 runs and 1 s, median), {environment.runtime}, 1 thread, a "
        f"process each, {BARE_ROUNDS} rounds in turn; the ratio should lie within 3% of 1",
    )


def run(words: list[object]) -> str:
    """Run a command and return what it prints; its errors end the benchmark."""
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return done.stdout
