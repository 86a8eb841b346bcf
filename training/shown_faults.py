"""Faults shown: what distortions and small fires do to the classifier, on test pictures."""

from typing import Any

from training import probe, small_fire
from training.collected import Collected
from training.featured import Featured
from training.head import Head
from training.narrator import Narrator
from training.options import RetrainOptions


def show_faults(
    featured: Featured,
    head: Head,
    collected: Collected,
    options: RetrainOptions,
    narrator: Narrator,
) -> dict[str, Any]:
    """Probe the head with distorted test pictures and pasted fires; say the worst, return all.

    Nothing is chosen by it.

    Raises:
        PictureError: a picture went away; the batches before are kept.
        StorageError: the cache cannot be written; the batches before are kept.
    """
    rows = [row for row in featured.material.rows if row.part == "testing"]
    found, labels = collected.found, collected.found.labels
    given = (rows, found.root, labels, options.negative, featured.source, featured.preprocess)
    shown: dict[str, Any] = {}
    with featured.cache(options) as cache:
        swept = probe.probe(*given, cache, head.scores, narrator)
        if swept:
            shown["probe"] = swept.to_json()
            for line in swept.lines:
                narrator.say(f"  {line}")
        fires = small_fire.small_fires(*given, cache, head.scores, narrator)
        if fires:
            shown["small_fires"] = fires.to_json()
            for line in fires.lines():
                narrator.say(line)
    return shown
