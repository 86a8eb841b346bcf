"""Scoring: the test pictures through a model, shared out over the machine's cores."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

import numpy as np

from converter.benchmark.pictures import TestPicture, TestPictures
from converter.benchmark.subject import Subject
from converter.keras_model import KerasModel, versions
from converter.pi_environment import PiEnvironment
from edge.contract.errors import PictureError
from edge.contract.picture import Rgb
from edge.contract.preprocess import Preprocess, tensor_sha256
from edge.inference.predictions import Predictions

# Fewer pictures than this are not worth the start of another process.
LEAST_PICTURES = 16
# Pictures that are decoded ahead of the float model.
AHEAD = 8
T = TypeVar("T")
R = TypeVar("R")


def score(
    environment: PiEnvironment,
    subject: Subject,
    paths: Sequence[Path],
    workers: int,
    progress: Callable[[], None],
) -> Predictions:
    """Score pictures by a model in an environment, by several processes of one thread each.

    A model gives a picture the same scores in whatever process, so the shares can be joined;
    one thread each, with decoding in the same process, uses all cores for all of the work.
    The times are of a machine at work on all cores: no latency.

    Raises:
        ModelRefused: the runtime does not take the model, or crashed on it.
    """
    count = max(1, min(workers, len(paths) // LEAST_PICTURES))

    def one_share(start: int) -> Predictions:
        return environment.predict(
            subject.path,
            paths[start::count],
            subject.labels,
            subject.fit,
            1,
            progress,
            subject.pixel_range,
        )

    with ThreadPoolExecutor(count) as pool:
        shares = list(pool.map(one_share, range(count)))
    return _joined(shares, len(paths))


def score_float(
    keras_model: KerasModel,
    preprocess: Preprocess,
    pictures: TestPictures,
    progress: Callable[[], None],
) -> Predictions:
    """Score pictures by a run's float model, with the hashes of the tensors that were fed."""
    hashes, problems = [], []
    readable: list[int] = []

    def tensors() -> Iterator[Rgb]:
        def load(picture: TestPicture) -> Rgb | str:
            try:
                return preprocess.apply(picture.read())
            except PictureError as error:
                return error.line()

        for place, found in enumerate(_ahead(load, pictures.pictures)):
            if isinstance(found, str):
                hashes.append("")
                problems.append(found)
                progress()
                continue
            hashes.append(tensor_sha256(found))
            problems.append("")
            readable.append(place)
            yield found

    found = keras_model.scores(tensors(), progress)
    scores = np.full((len(pictures.pictures), len(pictures.labels)), np.nan, np.float32)
    scores[readable] = found
    nothing = np.full(len(scores), np.nan)
    runtime = f"tensorflow {versions()['tensorflow']}"
    return Predictions(scores, nothing, nothing, tuple(hashes), tuple(problems), runtime, 0.0)


def readable_places(predictions: Predictions) -> list[int]:
    """Return the places of the pictures that could be read."""
    return [place for place, digest in enumerate(predictions.tensor_sha256) if digest]


def _joined(shares: Sequence[Predictions], pictures: int) -> Predictions:
    """Put shares together: share number n has the pictures n, n + count, n + 2 count, ..."""
    first, count = shares[0], len(shares)
    scores = np.full((pictures, first.scores.shape[1]), np.nan, np.float32)
    invoke_ms, picture_ms = np.full(pictures, np.nan), np.full(pictures, np.nan)
    hashes, problems = [""] * pictures, [""] * pictures
    for start, share in enumerate(shares):
        scores[start::count] = share.scores
        invoke_ms[start::count], picture_ms[start::count] = share.invoke_ms, share.picture_ms
        hashes[start::count], problems[start::count] = share.tensor_sha256, share.problems
    return replace(
        first,
        scores=scores,
        invoke_ms=invoke_ms,
        picture_ms=picture_ms,
        tensor_sha256=tuple(hashes),
        problems=tuple(problems),
    )


def _ahead(work: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
    """Give the results in order, a few of them worked out ahead by other threads."""
    waiting = iter(items)
    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(work, item) for item in islice(waiting, AHEAD)]
        while running:
            yield running.pop(0).result()
            running += [pool.submit(work, item) for item in islice(waiting, 1)]
