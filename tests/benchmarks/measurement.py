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
    table = Table("name", "ours", "alternative", "ratio", "unit", "how measured")
    for m in measurements:
        shown = [
            f"{value:.4g}" if value is not None else "-"
            for value in (m.ours, m.alternative, m.ratio)
        ]
        table.add_row(m.name, *shown, m.unit, m.how)
    Console().print(table)
    content = {m.name: {k: v for k, v in asdict(m).items() if k != "name"} for m in measurements}
    content["machine"] = _machine()
    atomic.write_text(path, json.dumps(content, indent=2) + "\n")
    Console().print(f"Wrote {path}")


def _machine() -> dict[str, object]:
    cpu = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line]
    return {
        "processor": cpu[0].partition(": ")[2] if cpu else platform.processor(),
        "cores": len(cpu),
        "machine": platform.machine(),
        "python": platform.python_version(),
    }
