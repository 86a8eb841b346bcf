"""Timing: how fast, how large and how divided a model is in one runtime, by one setting."""

from dataclasses import dataclass


@dataclass(frozen=True)
class OperatorTime:
    """One kind of operator in a model: how many, and their time in a picture, milliseconds.

    `delegated` says whether XNNPACK takes them.
    """

    name: str
    count: int
    total_ms: float
    delegated: bool


@dataclass(frozen=True)
class Timing:
    """What one child process measured of a model: one runtime, threads, with XNNPACK or not.

    Times are milliseconds of the model alone for one picture: `median_ms` and `p95_ms` of
    `runs` after a warm-up, `first_ms` the first run, `load_ms` from bytes to allocated
    tensors. `peak_bytes` is the process's peak resident memory less what it had before the
    model was loaded. `partitions` counts the delegate's parts (0 without it), `left_over` the
    operators outside of them; None where the runtime does not tell. `joules` is the energy of
    one picture where the machine tells; `celsius` is the highest temperature that the board
    told, `throttled` whether it slowed its processor meanwhile, and `throttled_by` by what:
    a throttled time is shown, but is no result. `operators` are timed one by one, each alone:
    they do not add up to the whole (see converter/benchmark/operators.py).
    """

    runtime: str
    threads: int
    xnnpack: bool
    runs: int
    median_ms: float
    p95_ms: float
    first_ms: float
    load_ms: float
    peak_bytes: int
    partitions: int | None = None
    left_over: int | None = None
    joules: float | None = None
    celsius: float | None = None
    throttled: bool = False
    operators: tuple[OperatorTime, ...] = ()
    throttled_by: str = ""

    @property
    def operators_ms(self) -> float:
        """Return the sum of the operators' times, each measured alone, milliseconds."""
        return sum(operator.total_ms for operator in self.operators)
