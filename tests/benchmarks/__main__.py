"""`make bench`: take every measurement, print the table, write build/bench.json."""

import tempfile
from pathlib import Path

from converter.quiet_tensorflow import load_tensorflow


def main() -> None:
    """Run the benchmarks."""
    load_tensorflow()
    from tests.benchmarks import bottlenecks, camera, commands, material, measurement

    with tempfile.TemporaryDirectory() as folder:
        work = material.make(Path(folder))
        taken = [*bottlenecks.measure(work), *commands.measure(work), *camera.measure(work)]
    measurement.report(taken, material.ROOT / "build" / "bench.json")


if __name__ == "__main__":
    main()
