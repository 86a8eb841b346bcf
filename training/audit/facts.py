"""Facts of a dataset: gathered on worker threads, kept batch by batch."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from training.audit.fact import Fact, examine
from training.audit.fact_cache import FactCache

BATCH = 32
# Pictures under way at most for each thread: bounds the memory, however many pictures.
AHEAD = 4

Progress = Callable[[int, int], None]


def gather(
    pictures: Mapping[str, Path], cache: FactCache, threads: int, progress: Progress
) -> dict[str, Fact]:
    """Return the facts of pictures, given as SHA-256 to path; those not in the cache are read.

    Each batch is stored as soon as it is whole, so that an interruption loses one at most.

    Raises:
        PictureError: a file went away; the batches before are kept.
        StorageError: the cache cannot be written; the batches before are kept.
    """
    facts = cache.facts(list(pictures))
    missing = {sha256: path for sha256, path in pictures.items() if sha256 not in facts}
    batch: list[Fact] = []
    for fact in _examine_all(missing, threads):
        batch.append(fact)
        facts[fact.sha256] = fact
        if len(batch) == BATCH:
            cache.add(batch)
            batch = []
            progress(len(facts), len(pictures))
    if batch:
        cache.add(batch)
    progress(len(pictures), len(pictures))
    return facts


def _examine_all(pictures: Mapping[str, Path], threads: int) -> Iterator[Fact]:
    """Yield facts in order, a bounded number of pictures ahead."""
    waiting: deque[Future[Fact]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for sha256, path in pictures.items():
                waiting.append(pool.submit(examine, sha256, path))
                if len(waiting) >= AHEAD * threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
