"""Prints the table of faults: what was promised, and what was seen on this machine.

.venv/workstation/bin/python -m tests.edge.faults [NAME ...]
"""

import sys
import tempfile
from pathlib import Path

from tests.edge.faults.running import BLIND_SECONDS
from tests.edge.faults.scenarios import SCENARIOS
from tests.fakes.tiny_bundle import tiny_bundle


def main() -> None:
    """Inject each fault, one after the other, and print a row for each."""
    bundle = tiny_bundle().to_bytes()
    print(f"blind_after_seconds = {BLIND_SECONDS:g}\n")
    print("| fault | noticed as | promised | seen | lines |\n|---|---|---|---|---|", flush=True)
    for name in sys.argv[1:] or SCENARIOS:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "tiny.ember").write_bytes(bundle)
            for seen in SCENARIOS[name](Path(folder)):
                print(seen.row(), flush=True)


if __name__ == "__main__":
    main()
