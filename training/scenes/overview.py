"""Overview: the contact sheet of a folder of generated pictures."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from PIL import Image

from edge.contract.atomic import atomic_path
from training.scenes.contact_sheet import contact_sheet

_ROWS = 12
_COLUMNS = 6


def write_overview(folder: Path, name: str = "contact_sheet.jpg") -> None:
    """Write `folder/contact_sheet.jpg`: pictures of each class of a folder, scene by scene.

    Raises:
        StorageError: if it cannot be written.
    """
    with (folder / "groups.tsv").open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table, delimiter="\t"))
    # One picture of each class from each scene, so that the classes can be compared.
    chosen = {(row["group"], row["class"]): row for row in reversed(rows)}
    shown = [chosen[key] for key in sorted(chosen, key=lambda key: (key[0][-20:], key[1]))]
    step = max(len(shown) // 3 // (_ROWS * _COLUMNS // 3), 1)
    kept = [row for place, row in enumerate(shown) if place // 3 % step == 0]
    kept = kept[: _ROWS * _COLUMNS]
    pictures = [np.asarray(Image.open(folder / row["file"]).convert("RGB")) for row in kept]
    sheet = contact_sheet(pictures, [f"{r['class']}  {r['group']}" for r in kept], _COLUMNS)
    with atomic_path(folder / name) as temporary:
        sheet.save(temporary, "JPEG", quality=88)
