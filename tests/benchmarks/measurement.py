"""Measurement: one figure, ours beside the alternative's, and how it was taken."""

import json
import platform
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from edge.contract import atomic


@dataclass(frozen=True)
class Measurement:
    """`ratio` is alternative / ours for times (above 1: ours is faster), else as `how` says."""

    name: str
    ours: float
    alternative: float | None
    ratio: float | None
    unit: str
    how: str


def paired(name: str, ours: list[float], other: list[float], unit: str, how: str) -> Measurement:
    """Make a measurement of rounds taken in turn: medians, and the median of the ratios."""
    ratio = float(np.median(np.array(other) / np.array(ours)))
    return Measurement(
        name, float(np.median(ours)), float(np.median(other)), round(ratio, 3), unit, how
    )


def report(measurements: list[Measurement], path: Path) -> None:
    """Print a table and write the JSON file."""
    table = Table(box=None, pad_edge=False)
    for column in ("name", "ours", "alternative", "ratio", "unit"):
        table.add_column(column, no_wrap=True)
    for m in measurements:
        figures = (m.ours, m.alternative, m.ratio)
        shown = ["-" if value is None else f"{value:.4g}" for value in figures]
        table.add_row(m.name, *shown, m.unit)
    console = Console(highlight=False)
    console.print(table)
    for m in measurements:
        console.print(f"{m.name}: {m.how}")
    content = {m.name: {k: v for k, v in asdict(m).items() if k != "name"} for m in measurements}
    content["machine"] = _machine()
    atomic.write_text(path, json.dumps(content, indent=2) + "\n")
    console.print(f"Wrote {path}")


def _machine() -> dict[str, object]:
    cpu = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line]
    return {
        "processor": cpu[0].partition(": ")[2] if cpu else platform.processor(),
        "cores": len(cpu),
        "machine": platform.machine(),
        "python": platform.python_version(),
    }
