"""Bottlenecks: features of views of pictures, in batches and through the cache."""

from collections.abc import Callable, Iterable, Sequence

from edge.contract.preprocess import Preprocess
from training.bottleneck_cache import BottleneckCache
from training.cluster import Cluster
from training.computed import Computed, run
from training.decoding import BATCH, Decoded, Wanted, batches, decode
from training.features import FeatureSource, Network

__all__ = ["BATCH", "Decoded", "Progress", "Wanted", "batches", "compute", "decode", "fill"]

Progress = Callable[[int, int], None]


def compute(
    pictures: Sequence[Wanted],
    source: FeatureSource,
    preprocess: Preprocess,
    cache: BottleneckCache,
    progress: Progress,
    cluster: Cluster | None = None,
) -> int:
    """Put the features of views of pictures into the cache.

    Views that are there already are not read. An unreadable picture is noted in the cache.
    With a `cluster`, its workers compute; this process alone writes. Returns how many were
    computed.

    Raises:
        PictureError: a file went away or cannot be opened; the batches before are kept.
        StorageError: the cache cannot be written; the batches before are kept.
        MachineError: the cluster cannot be used, or a worker failed for good.
    """
    by_key = {wanted.key: wanted for wanted in pictures}
    missing = [by_key[key] for key in cache.missing(list(by_key))]
    done = len(by_key) - len(missing)
    progress(done, len(by_key))
    if not missing:
        return 0

    def on_done(now: int) -> None:
        progress(done + now, len(by_key))

    if cluster is None:
        fill(missing, source.open(), preprocess, cache, on_done)
    else:
        store(cluster.batches(missing, source.portable(), preprocess), cache, on_done)
    return len(missing)


def fill(
    pictures: Sequence[Wanted],
    network: Network,
    preprocess: Preprocess,
    cache: BottleneckCache,
    on_done: Callable[[int], None],
) -> None:
    """Read, run and store views of pictures, batch by batch.

    `on_done` is told how many are through.

    Raises:
        PictureError: a file went away or cannot be opened; the batches before are kept.
        StorageError: the cache cannot be written; the batches before are kept.
    """
    decoded = batches(decode(pictures, preprocess))
    store((run(batch, network) for batch in decoded), cache, on_done)


def store(
    computed: Iterable[Computed], cache: BottleneckCache, on_done: Callable[[int], None]
) -> None:
    """Write batches into the cache as they come, each in one transaction.

    Raises:
        StorageError: the cache cannot be written; the batches before are kept.
    """
    done = 0
    for batch in computed:
        for sha256, reason in batch.problems:
            cache.add_problem(sha256, reason)
        if batch.keys:
            cache.add(batch.keys, batch.features)
        done += batch.views
        on_done(done)
