"""GoldenPictures: the pictures by which a bundle lets a camera prove itself."""

import io
import math
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from types import MappingProxyType

import numpy as np
from PIL import Image

from converter.calibration import HASH_DIGITS, read_row
from converter.packaging.kernels import kernel_spreads
from converter.pi_environment import PiEnvironment
from converter.trained_model import SplitRow, TrainedModel
from edge.contract import atomic
from edge.contract.errors import InputError, PictureError
from edge.contract.golden import GoldenVector
from edge.contract.picture import Rgb, decode_picture
from edge.inference.predictions import Predictions

LONGEST_SIDE = 640
JPEG_QUALITY = 90
LEAST_PICTURES = 6
LEAST_PER_CLASS = 2
MOST_PICTURES = 120  # so that an archive of at most 256 files holds them
CANDIDATES_PER_WANTED = 6
# In score: what sums in another order may do to a model that is float throughout.
LEAST_TOLERANCE = 1e-3
# The same of a model in 8 bits with a float head: a step of what an 8-bit score tells.
LEAST_ROUNDED = 1 / 256
CHARTS = 6
FOLDER = "golden"
CHART = ""  # in place of a class

# How a picture's steadiness is measured: copies of its tensor with one in so many bytes one
# step brighter. Int8 kernels of two runtimes round one activation in a few thousand apart,
# and a deep model makes a like commotion of either.
NUDGES = 2
NUDGED_BYTE_IN = 500
# An older bundle's picture that moves no more than one step of an 8-bit score stays, though a
# steadier one might be found: a new picture costs an update more than all the head's weights.
STEADY = 1 / 256


@dataclass(frozen=True)
class Candidate:
    """A picture that may become a golden one: its class and its file's bytes.

    `source` is the hash of the picture that it was made of, empty for a chart. One that is
    `older` stands byte for byte in the older bundle too.
    """

    label: str
    data: bytes
    suffix: str
    source: str = ""
    older: bool = False


@dataclass(frozen=True)
class GoldenPictures:
    """The chosen pictures by their name in the bundle, and their vectors in the same order.

    `spread` is the largest difference in score that a nudge or another kernel made in any of
    them; `sources` names the picture that each was made of by its hash, empty for the chart.
    """

    files: dict[str, bytes]
    vectors: tuple[GoldenVector, ...]
    spread: float
    sources: dict[str, str]

    def tolerance(self, rounds: bool) -> float:
        """Return how far another runtime's kernels may be off in scores that are float.

        `rounds` says whether the layers before them are in 8 bits.
        """
        return round(max(LEAST_ROUNDED if rounds else LEAST_TOLERANCE, self.spread), 6)

    def tolerance_quanta(self, quantum: float) -> int:
        """Return how many steps of the score another runtime's kernels may differ."""
        return max(1, math.ceil(self.spread / quantum - 1e-6)) if quantum else 1


def choose_golden_pictures(
    trained: TrainedModel,
    model: Path,
    environment: PiEnvironment,
    older: Mapping[str, bytes] = MappingProxyType({}),
) -> GoldenPictures:
    """Choose at least two pictures a class and a colour-bar chart, and score them.

    They come from the validation and training parts. Of several candidates those are
    taken whose scores hardly move when the picture is nudged or computed by other kernels,
    since a score on the brink falls elsewhere there, which is no fault of that machine. The
    hash and the scores are those that the model gave in the Pi environment.

    `older` holds an older bundle's golden pictures by their sources' hashes. One that may
    still be used (its source stands outside the test part, and gives the same file) and is
    steady under this model is taken again.

    Raises:
        InputError: a class has no readable picture outside the test part.
        ModelRefused: the Pi's runtime does not take the model.
    """
    candidates = [*_photographs(trained, older), *_charts(older)]
    predictions, spreads = _score(candidates, trained, model, environment)
    wanted = min(per_class(len(trained.labels)), MOST_PICTURES // len(trained.labels))
    chosen: list[int] = []
    for label in (*trained.labels, CHART):
        places = [at for at, candidate in enumerate(candidates) if candidate.label == label]
        chosen += _steadiest(places, candidates, spreads, 1 if label == CHART else wanted)
    files, vectors, sources = {}, [], {}
    for number, at in enumerate(chosen, start=1):
        name = f"{FOLDER}/{number:02}{candidates[at].suffix}"
        files[name] = candidates[at].data
        sources[name] = candidates[at].source
        scores = tuple(round(float(score), 9) for score in predictions.scores[at])
        vectors.append(GoldenVector(name, predictions.tensor_sha256[at], scores))
    spread = float(max(spreads[at] for at in chosen))
    return GoldenPictures(files, tuple(vectors), spread, sources)


def colour_bars(shift: int = 0, width: int = 320, height: int = 200) -> bytes:
    """Return a PNG chart that looks different mirrored, turned, or with colours swapped.

    `shift` moves the bars' colours on by so many places, 0 to 5.
    """
    bars = np.array(
        [[255, 0, 0], [255, 160, 0], [230, 230, 20], [0, 180, 60], [0, 90, 255], [40, 0, 90]]
    )
    bars = np.roll(bars, shift, axis=0)
    rgb = bars[np.arange(width) * len(bars) // width][np.newaxis].repeat(height, axis=0)
    rgb = rgb.astype(np.uint8)
    rgb[height * 2 // 3 :] = np.linspace(0, 255, width).astype(np.uint8)[:, np.newaxis]
    rgb[: height // 4, : width // 8] = 255
    return _encode(rgb, "PNG")


def per_class(classes: int) -> int:
    """Return how many pictures of each class make at least six in all."""
    return max(LEAST_PER_CLASS, math.ceil(LEAST_PICTURES / classes))


def _photographs(trained: TrainedModel, older: Mapping[str, bytes]) -> list[Candidate]:
    """Return re-encoded candidates of every class, in a fixed order, with all older ones."""
    candidates: list[Candidate] = []
    for label in trained.labels:
        found: list[Candidate] = []
        for row in _in_order(trained, label):
            source = row.sha256[:HASH_DIGITS]
            enough = len(found) >= CANDIDATES_PER_WANTED * per_class(len(trained.labels))
            if enough and source not in older:
                continue
            try:
                data = _encode(_shrink(read_row(trained, row)), "JPEG")
            except PictureError:
                continue
            found.append(Candidate(label, data, ".jpg", source, older.get(source) == data))
        if len(found) < LEAST_PER_CLASS:
            raise InputError(
                f"class {label} has too few pictures to prove the model by",
                found=f"{len(found)} readable outside the test part",
                expected=f"at least {LEAST_PER_CLASS}",
            )
        candidates += found
    return candidates


def _charts(older: Mapping[str, bytes]) -> list[Candidate]:
    charts = map(colour_bars, range(CHARTS))
    return [Candidate(CHART, data, ".png", "", older.get("") == data) for data in charts]


def _in_order(trained: TrainedModel, label: str) -> list[SplitRow]:
    """Return a class's pictures by their content's hash, validation and training in turn.

    Pictures that were trained on are the steadier ones, and prove a machine just as well.
    """
    rows = [row for row in trained.split if row.label == label and row.part != "testing"]
    by_part: dict[str, list[SplitRow]] = {"validation": [], "training": []}
    for row in sorted(rows, key=lambda row: row.sha256):
        by_part[row.part].append(row)
    turns = zip_longest(by_part["validation"], by_part["training"])
    return [row for turn in turns for row in turn if row is not None]


def _steadiest(
    places: list[int], candidates: list[Candidate], spreads: list[float], wanted: int
) -> list[int]:
    """Return the places of the steadiest candidates, of older ones first while they are steady.

    An older one is steady if it moves no more than the least steady of those that would be
    chosen without it, or than `STEADY`.
    """
    ranked = sorted(places, key=lambda at: (spreads[at], at))
    limit = max(STEADY, *(spreads[at] for at in ranked[:wanted]))
    older = [at for at in ranked if candidates[at].older and spreads[at] <= limit]
    return sorted([*older, *(at for at in ranked if at not in older)][:wanted])


def _score(
    candidates: list[Candidate], trained: TrainedModel, model: Path, environment: PiEnvironment
) -> tuple[Predictions, list[float]]:
    """Return the predictions of candidates and nudged copies, and each candidate's spread.

    That is what a nudge moves its scores by, or what another kernel does, where that is more.
    """
    rng = np.random.default_rng(0)
    tensors = []
    with tempfile.TemporaryDirectory(prefix="emberwatch-") as folder:
        paths, nudged = [], []
        for number, candidate in enumerate(candidates):
            path = Path(folder, f"{number:04}{candidate.suffix}")
            atomic.write_bytes(path, candidate.data)
            paths.append(path)
            tensor = trained.preprocess.apply(decode_picture(candidate.data, str(number)))
            tensors.append(tensor)
            for copy in range(NUDGES):
                nudged.append(Path(folder, f"{number:04}-{copy}.png"))
                atomic.write_bytes(nudged[-1], _encode(_nudge(tensor, rng), "PNG"))
        predictions = environment.predict(
            model, [*paths, *nudged], trained.labels, trained.preprocess.fit
        )
    scores = predictions.scores[: len(paths), np.newaxis]
    moved = predictions.scores[len(paths) :].reshape(len(paths), NUDGES, -1)
    nudges = np.abs(moved - scores).max(axis=(1, 2))
    kernels = kernel_spreads(model.read_bytes(), tensors, predictions.scores[: len(paths)])
    return predictions, [max(float(a), b) for a, b in zip(nudges, kernels, strict=True)]


def _nudge(tensor: Rgb, rng: np.random.Generator) -> Rgb:
    brighter = (rng.integers(0, NUDGED_BYTE_IN, tensor.shape) == 0) & (tensor < 255)
    return np.asarray(tensor + brighter, dtype=np.uint8)


def _shrink(rgb: Rgb) -> Rgb:
    image = Image.fromarray(rgb)
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    return np.asarray(image, dtype=np.uint8)


def _encode(rgb: Rgb, form: str) -> bytes:
    out = io.BytesIO()
    options = {"quality": JPEG_QUALITY} if form == "JPEG" else {"optimize": True}
    Image.fromarray(rgb).save(out, form, **options)
    return out.getvalue()
