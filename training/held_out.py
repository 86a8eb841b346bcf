"""Held-out batches: validate or test on some pictures of a part instead of all."""

import numpy as np

from converter.trained_model import Part
from training.material import Material

ALL = -1


def limit(material: Material, part: Part, count: int, seed: int = 0) -> Material:
    """Return the material with `count` pictures of one part, drawn by chance; -1 for all.

    The same seed draws the same ones, so that the figures of two steps can be compared:
    retrain.py drew others each time. Asking for more than there are gives all.
    """
    places = [at for at, row in enumerate(material.rows) if row.part == part]
    if count == ALL or count >= len(places):
        return material
    kept = set(np.random.default_rng(seed).choice(places, count, replace=False).tolist())
    rows = enumerate(material.rows)
    return material.only(np.array([row.part != part or at in kept for at, row in rows], bool))
