"""Decoding: picture files into the tensors of the views that are wanted, on other threads."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from edge.contract.errors import PictureError
from edge.contract.picture import Rgb, decode_picture
from edge.contract.preprocess import Preprocess
from training.view import WHOLE, View

BATCH = 16
DECODERS = 2
# Views whose picture is read or waits decoded, at most, but for one picture's own: bounds the
# memory whatever the number of pictures.
AHEAD = 3 * BATCH


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


def by_picture(pictures: Iterable[Wanted]) -> list[tuple[Wanted, ...]]:
    """Return the views grouped by picture, in the order of first appearance.

    A picture is its content: of two equal files the first is read.
    """
    groups: dict[str, list[Wanted]] = {}
    for wanted in pictures:
        groups.setdefault(wanted.sha256, []).append(wanted)
    return [tuple(group) for group in groups.values()]


def decode(pictures: Sequence[Wanted], preprocess: Preprocess) -> Iterator[Decoded]:
    """Read and preprocess on other threads, in `by_picture` order, a bounded number ahead.

    A picture is read and decoded once for all of its views.

    Raises:
        PictureError: a file went away or cannot be opened.
    """
    waiting: deque[tuple[int, Future[list[Decoded]]]] = deque()
    ahead = 0
    with ThreadPoolExecutor(DECODERS, thread_name_prefix="decode") as pool:
        try:
            for views in by_picture(pictures):
                waiting.append((len(views), pool.submit(decode_file, views, preprocess)))
                ahead += len(views)
                while ahead >= AHEAD and waiting:
                    count, future = waiting.popleft()
                    yield from future.result()
                    ahead -= count
            while waiting:
                yield from waiting.popleft()[1].result()
        finally:
            for _, future in waiting:
                future.cancel()


def decode_file(views: Sequence[Wanted], preprocess: Preprocess) -> list[Decoded]:
    """Read one picture file and make the views of it.

    Raises:
        PictureError: the file went away or cannot be opened.
    """
    return decode_bytes(read_bytes(views[0].path), views, preprocess)


def read_bytes(path: Path) -> bytes:
    """Return a picture file's content.

    Raises:
        PictureError: the file went away or cannot be opened. Nothing is remembered of it: a
            damaged picture stays damaged, but a disk that went away comes back.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise PictureError(
            f"cannot read {path}: {error.strerror or error}", expected="a picture file"
        ) from error


def decode_bytes(data: bytes, views: Sequence[Wanted], preprocess: Preprocess) -> list[Decoded]:
    """Make views of one picture file's content; a damaged one gives its reason for each."""
    try:
        picture = decode_picture(data, str(views[0].path))
    except PictureError as error:
        return [Decoded(wanted, None, error.line()) for wanted in views]
    return [
        Decoded(wanted, wanted.view.tensor(picture, wanted.sha256, preprocess)) for wanted in views
    ]


def batches(items: Iterable[Decoded]) -> Iterator[list[Decoded]]:
    """Yield the items in lists of BATCH, the last one shorter."""
    batch: list[Decoded] = []
    for item in items:
        batch.append(item)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
