"""Time the search for near duplicates among many pictures' hashes.

    python -m tests.training.audit.many_pictures [COUNT]

Once among random hashes, once among frames of 200 scenes of which all are alike.
"""

import resource
import sys
from time import perf_counter

import numpy as np

from training.audit.likeness import survey
from training.audit.perceptual_hash import COUNT
from training.dataset import Sample, own_group
from training.families import Join, join

SCENES = 200


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    rng = np.random.default_rng(0)
    contents = [rng.bytes(32).hex() for _ in range(count)]
    samples = [
        Sample(f"a/{i}.jpg", "ab"[i % 2], own_group(one), one) for i, one in enumerate(contents)
    ]
    unlike = rng.integers(0, 2**64, (count, COUNT), np.uint64)
    scenes = rng.integers(0, 2**64, (SCENES, COUNT), np.uint64)[rng.integers(0, SCENES, count)]
    alike = scenes ^ (np.uint64(1) << rng.integers(0, 64, scenes.shape).astype(np.uint64))
    for name, hashes in (("all unlike", unlike), (f"frames of {SCENES} scenes", alike)):
        started = perf_counter()
        found = survey(samples, list(hashes))
        searched = perf_counter()
        links = zip(*(column.tolist() for column in _columns(found.links)), strict=True)
        families = join(samples, [Join(*one) for one in links])
        joined = perf_counter()
        pairs = found.counts["across"] + found.counts["within"]
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(
            f"{count:,} pictures, {name}: {pairs:,} near pairs in {searched - started:.1f} s, "
            f"{len(families.sizes):,} families in {joined - searched:.1f} s; "
            f"{memory} MiB resident at most"
        )


def _columns(links):
    return links.first, links.second, links.distance


if __name__ == "__main__":
    main()
