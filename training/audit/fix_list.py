"""FixList: the files that one might remove, written down; nothing is removed."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from edge.contract import atomic
from training.audit.finding import Removal


def write_fix_list(removals: Sequence[Removal], path: Path) -> None:
    """Write a table with tabs, `file` and `reason`; files are relative to the dataset.

    Raises:
        StorageError: the folder cannot be written or the disk is full.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    writer.writerow(("file", "reason"))
    writer.writerows((one.file, one.reason) for one in removals)
    atomic.write_text(path, out.getvalue())
