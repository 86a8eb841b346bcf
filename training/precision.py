"""Precision: in which numbers the frozen backbone computes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

Precision = Literal["auto", "float32", "bf16"]
# How Linux names the processors' bfloat16 instructions (x86-64 and aarch64).
BF16_FLAGS = frozenset({"avx512_bf16", "amx_bf16", "bf16"})


def resolve(precision: Precision, cpuinfo: Path = Path("/proc/cpuinfo")) -> Precision:
    """Return float32 or bf16: for `auto`, bf16 where the processor has instructions for it.

    Elsewhere bfloat16 is emulated and slower than float32.
    """
    if precision != "auto":
        return precision
    try:
        words = cpuinfo.read_text(encoding="utf-8").split()
    except OSError:
        return "float32"
    return "bf16" if BF16_FLAGS & set(words) else "float32"


@contextmanager
def bf16_graphs(wanted: bool) -> Iterator[None]:
    """Let TensorFlow compute in bfloat16 in the graphs that run inside.

    Sums are still kept in float32. The setting is TensorFlow's own for its oneDNN kernels; it
    is process-wide, and put back at the end.
    """
    import tensorflow as tf

    name = "auto_mixed_precision_onednn_bfloat16"
    before = tf.config.optimizer.get_experimental_options().get(name, False)
    tf.config.optimizer.set_experimental_options({name: wanted})
    try:
        yield
    finally:
        tf.config.optimizer.set_experimental_options({name: before})
