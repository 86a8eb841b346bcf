"""Operators: the time of a model's operators, each cut out of it and timed alone.

The runtimes' Python wheels have no profiler. So each operator becomes a model of its own and
is run with the same threads and the same delegate. **Such times do not add up to the whole.**
Alone, an operator finds its input in the cache and shares nothing with its neighbours; in the
whole, XNNPACK may fuse it with one, and each part of the graph costs a hand-over. Times of
operators say where a model's time goes, and in what order, not to the microsecond.
"""

import json
import tempfile
from pathlib import Path

from converter.benchmark.operator_pieces import Piece, cut
from converter.benchmark.timing import OperatorTime
from converter.pi_environment import PiEnvironment
from converter.preflight.flatbuffer import declaration
from edge.contract import atomic
from edge.inference.stopwatch import read_model

# Stands behind the name of operators that could not be timed alone; their time is then 0.
NOT_TIMED = " (not timed)"


def time_operators(
    environment: PiEnvironment,
    model: Path,
    threads: int,
    xnnpack: bool,
    taken: frozenset[int],
) -> tuple[OperatorTime, ...]:
    """Return the time of each kind of operator, the longest first.

    `model` is a .tflite file or a bundle; `taken` are the places of the operators that XNNPACK
    runs in the whole model. Operators of one kind are two rows where it takes some of them.
    Operators of the same kind, options and tensors are timed once, whatever their weights.

    Raises:
        InputError: no such file.
        ModelError: no TFLite model, or a damaged one.
        MachineError: the environment cannot run the stopwatch.
    """
    content = read_model(model)
    declaration(content)
    pieces = cut(content)
    times = _times(environment, pieces, threads, xnnpack)
    found: dict[tuple[str, bool], list[float]] = {}
    for piece in pieces:
        time = times[piece.key]
        timed = isinstance(time, float)
        row = (piece.name + ("" if timed else NOT_TIMED), piece.place in taken)
        found.setdefault(row, []).append(time if isinstance(time, float) else 0.0)
    rows = [
        OperatorTime(name, len(each), round(sum(each), 4), delegated)
        for (name, delegated), each in found.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.total_ms, row.name)))


def _times(
    environment: PiEnvironment, pieces: list[Piece], threads: int, xnnpack: bool
) -> dict[str, float | str]:
    """Return the milliseconds of each piece by its key, or what was wrong with it."""
    with tempfile.TemporaryDirectory(prefix="emberwatch-") as name:
        folder = Path(name)
        for piece in pieces:
            path = folder / f"{piece.key}.tflite"
            if not path.exists():
                atomic.write_bytes(path, piece.model())
        found = json.loads(environment.time_pieces(folder, threads, xnnpack))
    return {file.removesuffix(".tflite"): time for file, time in found.items()}
