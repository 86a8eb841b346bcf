"""Bottlenecks: features of pictures through a backbone, in batches and through the cache."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge.contract.errors import PictureError
from edge.contract.picture import Rgb, read_picture
from edge.contract.preprocess import Preprocess
from training.bottleneck_cache import BottleneckCache
from training.features import FeatureSource, Network
from training.view import WHOLE, View

BATCH = 16
DECODERS = 2
# Decoded pictures that wait at most: bounds the memory whatever the number of pictures.
AHEAD = 3 * BATCH

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Wanted:
    """A view of a picture whose features are wanted."""

    sha256: str
    path: Path
    view: View = WHOLE

    @property
    def key(self) -> str:
        """Return its name in the cache: of the whole picture its SHA-256 alone."""
        return f"{self.sha256}:{self.view.key}" if self.view.key else self.sha256


@dataclass(frozen=True)
class Decoded:
    """A view on its way into a batch: its tensor, or why the picture cannot be read."""

    wanted: Wanted
    tensor: Rgb | None
    problem: str = ""


def compute(
    pictures: Sequence[Wanted],
    source: FeatureSource,
    preprocess: Preprocess,
    cache: BottleneckCache,
    progress: Progress,
) -> int:
    """Put the features of views of pictures into the cache.

    Views that are there already are not read. An unreadable picture is noted in the cache.
    Returns how many were computed.

    Raises:
        PictureError: a file went away or cannot be opened; the batches before are kept.
        StorageError: the cache cannot be written; the batches before are kept.
    """
    by_key = {wanted.key: wanted for wanted in pictures}
    missing = [by_key[key] for key in cache.missing(list(by_key))]
    done = len(by_key) - len(missing)
    progress(done, len(by_key))
    if not missing:
        return 0
    network = source.open()
    fill(missing, network, preprocess, cache, lambda now: progress(done + now, len(by_key)))
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
    done = 0
    for batch in batches(decode(pictures, preprocess)):
        for item in batch:
            if item.tensor is None:
                cache.add_problem(item.wanted.sha256, item.problem)
        readable = [(item.wanted.key, item.tensor) for item in batch if item.tensor is not None]
        if readable:
            features = network(np.stack([tensor for _, tensor in readable]))
            cache.add([key for key, _ in readable], features)
        done += len(batch)
        on_done(done)


def decode(pictures: Sequence[Wanted], preprocess: Preprocess) -> Iterator[Decoded]:
    """Read and preprocess on other threads, in order, a bounded number ahead."""
    waiting: deque[Future[Decoded]] = deque()
    with ThreadPoolExecutor(DECODERS) as pool:
        try:
            for wanted in pictures:
                waiting.append(pool.submit(decode_one, wanted, preprocess))
                if len(waiting) >= AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def decode_one(wanted: Wanted, preprocess: Preprocess) -> Decoded:
    """Read one picture and make the view of it.

    Raises:
        PictureError: the file went away or cannot be opened.
    """
    try:
        picture = read_picture(wanted.path)
    except PictureError as error:
        # A damaged picture stays damaged and is remembered; a disk that went away comes back.
        if isinstance(error.__cause__, OSError) and error.__cause__.errno:
            raise
        return Decoded(wanted, None, error.line())
    return Decoded(wanted, wanted.view.tensor(picture, wanted.sha256, preprocess))


def batches(items: Iterator[Decoded]) -> Iterator[list[Decoded]]:
    """Yield the items in lists of BATCH, the last one shorter."""
    batch: list[Decoded] = []
    for item in items:
        batch.append(item)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
