"""`make bench`: take every measurement, print the table, write build/bench.json.

python -m tests.benchmarks [bottlenecks] [commands] [camera] [quantised]: some alone, not written.
What takes minutes has a command of its own: tests.benchmarks.growth, tests.benchmarks.int8.
"""

import sys
import tempfile
from pathlib import Path

from converter.quiet_tensorflow import load_tensorflow


def main(names: list[str]) -> None:
    """Run the benchmarks: all, or those named."""
    load_tensorflow()
    from tests.benchmarks import bottlenecks, camera, commands, material, measurement, quantised

    parts = {
        "bottlenecks": bottlenecks,
        "commands": commands,
        "camera": camera,
        "quantised": quantised,
    }
    with tempfile.TemporaryDirectory() as folder:
        work = material.make(Path(folder))
        taken = [one for name in names or parts for one in parts[name].measure(work)]
        written = (Path(folder) if names else material.ROOT / "build") / "bench.json"
        measurement.report(taken, written)


if __name__ == "__main__":
    main(sys.argv[1:])
