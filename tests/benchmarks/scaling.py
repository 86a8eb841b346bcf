"""How far scores move when something else than our resize makes a model's input.

    python -m tests.benchmarks.scaling --bundle fire.ember --pictures FOLDER --split split.tsv

A camera's image processor (ISP) can scale a frame to the model's size itself, by a filter that
is not the one that the model was trained with. This measures stand-ins for such filters, and
cropping instead of squashing, by the bundle's own model on real pictures: each is made a
1280x720 camera frame first, with a sensor's noise. Choose by `--part validation`, and only state
by `--part testing`.
"""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

import click
import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

from edge.contract.bundle import ModelBundle
from edge.contract.picture import Rgb, read_picture
from edge.contract.preprocess import Preprocess
from edge.inference.classifier import Classifier

FRAME = (1280, 720)
# Standard deviation of a small sensor's noise by day, in grey levels of 255.
NOISE = 3.0
# Luma weights of red, green and blue: ITU-R BT.709 and BT.601.
BT709 = np.array([0.2126, 0.7152, 0.0722])
BT601 = np.array([0.299, 0.587, 0.114])
# Two-sided 95% of a normal distribution, for Wilson's interval.
Z = 1.96
HAZARD = ("fire", "smoke")

Path_ = Callable[[Rgb, Rgb, Preprocess], Rgb]


@click.command(help=__doc__)
@click.option("--bundle", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--pictures", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--split", type=click.Path(path_type=Path, exists=True), help="A run's split.tsv.")
@click.option("--part", type=click.Choice(["validation", "testing"]), default="validation")
@click.option("--threads", type=click.IntRange(1), default=1)
def main(bundle: Path, pictures: Path, split: Path, part: str, threads: int) -> None:
    """Measure every path on one part of the pictures, and print the table."""
    classifier = Classifier.from_bundle(ModelBundle.read(bundle), threads)
    files = list(_files(split, pictures, part))
    truth = np.array([classifier.labels.index(label) for _, label in files])
    scores: dict[str, list[np.ndarray]] = {name: [] for name in PATHS}
    spent = []
    rng = np.random.default_rng(5)
    for file, _ in files:
        picture = read_picture(file)
        frame = camera_frame(picture, rng)
        for name, path in PATHS.items():
            started = perf_counter()
            small = path(picture, frame, classifier.preprocess)
            if name == OURS:
                spent.append(perf_counter() - started)
            scores[name].append(classifier.classify_tensor(small).scores)
    hazard = [classifier.labels.index(name) for name in HAZARD]
    table = _table(f"{len(files)} {part} pictures, {bundle.name}")
    trained = _figures(np.array(scores[TRAINED]), truth, hazard)
    for name, taken in scores.items():
        table.add_row(name, *_row(_figures(np.array(taken), truth, hazard), trained))
    console = Console(width=120, highlight=False)
    console.print(table)
    console.print(f"{OURS}: {1e3 * np.median(spent):.1f} ms a frame")


def camera_frame(picture: Rgb, rng: np.random.Generator) -> Rgb:
    """Return the picture as a 16:9 camera would have seen it: stretched, with noise."""
    frame = np.asarray(Image.fromarray(picture).resize(FRAME, Image.Resampling.BICUBIC))
    return _bytes(frame + rng.normal(0.0, NOISE, frame.shape))


def averaging(kind: Image.Resampling, even: bool = False) -> Path_:
    """Return a path that scales by one of Pillow's filters, each of which averages.

    `even` scales to the next even size first, as an ISP must, and then to the model's.
    """

    def path(_picture: Rgb, frame: Rgb, wanted: Preprocess) -> Rgb:
        size = (wanted.width + wanted.width % 2, wanted.height + wanted.height % 2)
        first = size if even else (wanted.width, wanted.height)
        return wanted.apply(np.asarray(Image.fromarray(frame).resize(first, kind)))

    return path


def sampling(kind: Image.Resampling) -> Path_:
    """Return a path that takes points between pixels, and averages over no area."""

    def path(_picture: Rgb, frame: Rgb, wanted: Preprocess) -> Rgb:
        return point_sampled(frame, wanted.width, wanted.height, kind)

    return path


def point_sampled(rgb: Rgb, width: int, height: int, kind: Image.Resampling) -> Rgb:
    """Scale by points, uint8 [height, width, 3]."""
    across, down = rgb.shape[1] / width, rgb.shape[0] / height
    matrix = (across, 0.0, 0.0, 0.0, down, 0.0)
    moved = Image.fromarray(rgb).transform(
        (width, height), Image.Transform.AFFINE, matrix, resample=kind
    )
    return np.asarray(moved)


def two_steps(_picture: Rgb, frame: Rgb, wanted: Preprocess) -> Rgb:
    """Halve by points first, then our resize."""
    return wanted.apply(point_sampled(frame, 640, 360, Image.Resampling.BILINEAR))


def yuv420(then: Path_, weights: np.ndarray = BT709) -> Path_:
    """Return a path through YUV 4:2:0, 16 to 235, at an even size, as lores on a Pi 4 comes.

    Another `weights` than BT.709's is the mistake of reading it by the wrong standard.
    """

    def path(picture: Rgb, frame: Rgb, wanted: Preprocess) -> Rgb:
        even = Preprocess(wanted.width + wanted.width % 2, wanted.height + wanted.height % 2)
        small = then(picture, frame, even).astype(np.float64)
        luma, blue, red = _to_yuv(small, BT709)
        blue, red = (_coarse(plane) for plane in (blue, red))
        return wanted.apply(_bytes(_to_rgb(np.round(luma), blue, red, weights)))

    return path


def _to_yuv(rgb: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    luma = rgb @ weights
    blue = (rgb[..., 2] - luma) / (2 * (1 - weights[2]))
    red = (rgb[..., 0] - luma) / (2 * (1 - weights[0]))
    return 16 + luma * 219 / 255, 128 + blue * 224 / 255, 128 + red * 224 / 255


def _to_rgb(luma: np.ndarray, blue: np.ndarray, red: np.ndarray, weights: np.ndarray) -> np.ndarray:
    light = (luma - 16) * 255 / 219
    r = light + (red - 128) * 255 / 224 * 2 * (1 - weights[0])
    b = light + (blue - 128) * 255 / 224 * 2 * (1 - weights[2])
    g = (light - weights[0] * r - weights[2] * b) / weights[1]
    return np.stack([r, g, b], axis=-1)


def _coarse(plane: np.ndarray) -> np.ndarray:
    height, width = plane.shape
    means = plane.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))
    return np.round(means).repeat(2, axis=0).repeat(2, axis=1)


def _bytes(pixels: np.ndarray) -> Rgb:
    return np.clip(np.round(pixels), 0, 255).astype(np.uint8)


def _letterbox(_picture: Rgb, frame: Rgb, wanted: Preprocess) -> Rgb:
    height = round(wanted.width * frame.shape[0] / frame.shape[1])
    small = Preprocess(wanted.width, height).apply(frame)
    out = np.full((wanted.height, wanted.width, 3), 114, np.uint8)
    top = (wanted.height - height) // 2
    out[top : top + height] = small
    return out


NEAREST, BILINEAR, BICUBIC, LANCZOS, BOX = (
    *(Image.Resampling.NEAREST, Image.Resampling.BILINEAR, Image.Resampling.BICUBIC),
    *(Image.Resampling.LANCZOS, Image.Resampling.BOX),
)
TRAINED = "as trained: the picture itself, our resize"
OURS = "our resize of the 1280x720 frame"
PATHS: dict[str, Path_] = {
    TRAINED: lambda picture, _frame, wanted: wanted.apply(picture),
    OURS: lambda _picture, frame, wanted: wanted.apply(frame),
    "bilinear, averaging, to 300x300, ours to 299": averaging(BILINEAR, even=True),
    "box, averaging": averaging(BOX),
    "bicubic, averaging": averaging(BICUBIC),
    "Lanczos, averaging": averaging(LANCZOS),
    "halved by points, then ours": two_steps,
    "bilinear by points": sampling(BILINEAR),
    "bicubic by points": sampling(BICUBIC),
    "nearest point": sampling(NEAREST),
    "YUV 4:2:0 at 300x300, averaging": yuv420(averaging(BILINEAR)),
    "YUV 4:2:0 at 300x300, bilinear by points": yuv420(sampling(BILINEAR)),
    "the same, BT.709 read as BT.601": yuv420(sampling(BILINEAR), BT601),
    "red and blue exchanged": lambda _p, frame, wanted: wanted.apply(frame)[..., ::-1].copy(),
    "cropped to the middle square": lambda _picture, frame, wanted: Preprocess(
        wanted.width, wanted.height, "crop"
    ).apply(frame),
    "letterboxed on grey": _letterbox,
}


def _files(split: Path | None, pictures: Path, part: str) -> Iterator[tuple[Path, str]]:
    if split is None:
        for file in sorted(pictures.glob("*/*.jpg")):
            yield file, file.parent.name
        return
    with split.open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            if row["part"] == part:
                yield pictures / row["file"], row["label"]


def _figures(scores: np.ndarray, truth: np.ndarray, hazard: list[int]) -> dict[str, np.ndarray]:
    danger = scores[:, hazard].sum(axis=1)
    return {
        "danger": danger,
        "right": scores.argmax(axis=1) == truth,
        "seen": (danger >= 0.5) == np.isin(truth, hazard),
    }


def _row(figures: dict[str, np.ndarray], trained: dict[str, np.ndarray]) -> list[str]:
    moved = np.abs(figures["danger"] - trained["danger"])
    right, before = figures["right"], trained["right"]
    low, high = wilson(int(right.sum()), len(right))
    return [
        f"{100 * right.mean():.1f}% ({100 * low:.0f} to {100 * high:.0f})",
        f"{100 * figures['seen'].mean():.1f}%",
        f"{int((right & ~before).sum())} / {int((before & ~right).sum())}",
        f"{moved.mean():.3f}",
        f"{np.quantile(moved, 0.95):.3f}",
    ]


def wilson(hits: int, count: int) -> tuple[float, float]:
    """Return the 95% interval of a share (Wilson 1927)."""
    share, extra = hits / count, Z * Z / count
    middle = (share + extra / 2) / (1 + extra)
    half = Z / (1 + extra) * np.sqrt(share * (1 - share) / count + extra / count / 4)
    return float(middle - half), float(middle + half)


def _table(title: str) -> Table:
    table = Table(title=title, box=None, pad_edge=False)
    table.add_column("how the input is made")
    for column in ("right class", "hazard told", "won / lost", "moved, mean", "95%"):
        table.add_column(column, justify="right", no_wrap=True)
    return table


if __name__ == "__main__":
    main()
