"""What a tile sweep finds and what it gets wrong: docs/decisions/tile-sweep.md.

python -m tests.benchmarks.tile_sweep [FOLDER]

It needs the real pictures (EMBERWATCH_DATA). A model is trained without a third of the web
pictures; fires of that third are pasted, small, into scenes of that third. Pictures that any
model was tested on are not used. FOLDER keeps model and looks, so that a second run is quick.
"""

import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from edge.alarm.policy import AlarmPolicy
from edge.alarm.rules import AlarmRules
from edge.alarm.state import Level
from edge.alarm.sweep_rules import SweepRules
from edge.contract.bundle import ModelBundle
from edge.contract.labels import Labels
from edge.eye.sweep import TileSweep, crop, grid
from edge.inference.classifier import Classifier
from edge.inference.prediction import Frame, Prediction
from edge.inference.tile import Tile
from edge.replay.intervals import wilson
from tests.benchmarks import material
from tests.benchmarks.material import emberwatch

WIDTH, HEIGHT = 1280, 720
LOOKS = 3
FPS, SECONDS = 5, 60
# A pasted fire is so wide and high, as a share of the picture's height.
SIZES = (0.08, 0.12, 0.18, 0.27)
GRIDS = ((2, 2), (2, 3), (3, 4))
THRESHOLDS = (0.8, 0.9, 0.95)
CLASSES = (("fire", "smoke"), ("fire",))
SCENES, FIRES = 150, 40


@dataclass(frozen=True)
class Looks:
    """The scores of one scene: of the whole frame, and of each tile of each grid.

    Each is a list of `LOOKS` rows; `size` is the pasted fire's, None where nothing burns.
    """

    scene: str
    size: float | None
    whole: list[list[float]]
    tiles: dict[str, list[list[list[float]]]]


def main(arguments: list[str]) -> None:
    """Train, look, judge, and print the tables."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(arguments[0] if arguments else temporary)
        data = material.data_folder()
        bundle = folder / "sweep.ember"
        if not bundle.is_file():
            train(data, folder, bundle)
        looks = folder / "looks.json"
        labels = ModelBundle.read(bundle).manifest.labels
        if not looks.is_file():
            found = [vars(one) for one in look_at_all(data, bundle)]
            looks.write_text(json.dumps(found))
        scenes = [Looks(**one) for one in json.loads(looks.read_text())]
        report(scenes, labels)


def held_out(data: Path) -> dict[str, list[Path]]:
    """Return a third of the web's pictures by class, chosen by their content."""
    found: dict[str, list[Path]] = {}
    rows = (data / "fire" / "SOURCES.tsv").read_text(encoding="utf-8").splitlines()[1:]
    for row in rows:
        file, label, group, *_ = row.split("\t")
        path = data / "fire" / file
        if group == "web" and hashlib.sha256(path.read_bytes()).digest()[0] % 3 == 0:
            found.setdefault(label, []).append(path)
    return found


def train(data: Path, folder: Path, bundle: Path) -> None:
    """Train on the rest and package."""
    out = {path for paths in held_out(data).values() for path in paths}
    pictures = folder / "pictures"
    shutil.rmtree(pictures, ignore_errors=True)
    for path in (data / "fire").glob("*/*"):
        if path.is_file() and path not in out:
            target = pictures / path.relative_to(data / "fire")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    emberwatch(
        *("retrain", pictures, "--groups", data / "fire" / "SOURCES.tsv"),
        *("--weights", data / material.REAL_WEIGHTS, "--out", folder / "run"),
        *("--bottleneck-dir", folder / "bottlenecks"),
    )
    emberwatch("convert", folder / "run")
    emberwatch("benchmark", folder / "run", "--recipes", "int8")
    emberwatch("package", folder / "run", "--out", bundle, "--max-drop", 100)


def look_at_all(data: Path, bundle: Path) -> Iterator[Looks]:
    """Look at scenes with nothing in them, and at scenes with a small fire in each size."""
    classifier = Classifier.from_bundle(ModelBundle.read(bundle), threads=2)
    pictures = held_out(data)
    rng = np.random.default_rng(5)
    misc = [pictures["misc"][i] for i in rng.permutation(len(pictures["misc"]))]
    fires = [cut_out(path) for path in pictures["fire"][:FIRES]]
    for number, path in enumerate(misc[:SCENES]):
        scene = view(path)
        yield looks_at(classifier, path.name, scene, None, rng)
        if number < 2 * FIRES:
            size = SIZES[number % len(SIZES)]
            burning = paste(scene, fires[number % len(fires)], size, rng)
            yield looks_at(classifier, path.name, burning, size, rng)
        print(f"\r{number + 1} of {len(misc[:SCENES])} scenes", end="", file=sys.stderr)
    print(file=sys.stderr)


def looks_at(
    classifier: Classifier, name: str, rgb: np.ndarray, size: float | None, rng: np.random.Generator
) -> Looks:
    """Take looks at a scene, each with a camera's noise and a shift of some pixels."""
    whole: list[list[float]] = []
    tiles: dict[str, list[list[list[float]]]] = {}
    for _ in range(LOOKS):
        frame = shaken(rgb, rng)
        whole.append(scores(classifier, frame))
        for rows, columns in GRIDS:
            rules = SweepRules(rows=rows, columns=columns)
            seen = [scores(classifier, crop(frame, tile)) for tile in grid(rules)]
            tiles.setdefault(f"{rows}x{columns}", []).append(seen)
    return Looks(name, size, whole, tiles)


def scores(classifier: Classifier, rgb: np.ndarray) -> list[float]:
    """Return the scores of a frame or a tile."""
    prediction = classifier.classify(Frame(np.ascontiguousarray(rgb), 0.0, 0))
    return [float(score) for score in prediction.scores]


def view(path: Path) -> np.ndarray:
    """Return a photograph as a 16:9 camera would have seen it, cropped about its middle."""
    with Image.open(path) as opened:
        image = opened.convert("RGB")
    scale = max(WIDTH / image.width, HEIGHT / image.height)
    image = image.resize((round(image.width * scale), round(image.height * scale)))
    left, top = (image.width - WIDTH) // 2, (image.height - HEIGHT) // 2
    return np.asarray(image.crop((left, top, left + WIDTH, top + HEIGHT)))


def cut_out(path: Path) -> Image.Image:
    """Return the brightest red square of a fire's picture, 256 x 256: the flames."""
    with Image.open(path) as opened:
        image = opened.convert("RGB")
    side = min(image.size)
    rgb = np.asarray(image, dtype=np.float32)
    flame = Image.fromarray(np.clip(rgb[..., 0] - rgb[..., 2], 0, 255).astype(np.uint8))
    half = max(side // 2, 32)
    near = np.asarray(flame.filter(ImageFilter.BoxBlur(half / 2)), dtype=np.float32)
    y, x = np.unravel_index(int(near.argmax()), near.shape)
    left = min(max(0, int(x) - half // 2), image.width - half)
    top = min(max(0, int(y) - half // 2), image.height - half)
    return image.crop((left, top, left + half, top + half)).resize((256, 256))


def paste(
    scene: np.ndarray, fire: Image.Image, size: float, rng: np.random.Generator
) -> np.ndarray:
    """Lay a fire into a scene, its border soft, its place chosen by chance."""
    side = round(size * HEIGHT)
    mask = Image.new("L", (256, 256))
    ImageDraw.Draw(mask).ellipse((28, 20, 228, 236), fill=255)
    mask = mask.filter(ImageFilter.GaussianBlur(14)).resize((side, side))
    image = Image.fromarray(scene)
    place = (int(rng.integers(0, WIDTH - side)), int(rng.integers(HEIGHT // 4, HEIGHT - side)))
    image.paste(fire.resize((side, side)), place, mask)
    return np.asarray(image)


def shaken(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a frame with noise of 3 grey levels, shifted by up to 4 pixels."""
    dy, dx = rng.integers(-4, 5, 2)
    moved = np.roll(rgb, (int(dy), int(dx)), axis=(0, 1)).astype(np.float32)
    noise = rng.normal(0, 3, moved.shape).astype(np.float32)
    return np.clip(moved + noise, 0, 255).astype(np.uint8)


def alarm_after(looks: Looks, labels: Labels, sweep: SweepRules) -> float | None:
    """Return the seconds to an alarm at FPS frames a second, None if none comes in SECONDS."""
    policy = AlarmPolicy(AlarmRules(), labels, sweep=sweep)
    turns = TileSweep(sweep, [labels.index(name) for name in sweep.hazard])
    seen: dict[int | None, int] = {}
    for number in range(FPS * SECONDS):
        now = number / FPS
        tile: Tile | None = turns.next_tile(now)
        at = None if tile is None else tile.number
        nth = seen.get(at, 0)
        seen[at] = nth + 1
        if tile is None:
            row = np.array(looks.whole[nth % LOOKS], np.float32)
            state = policy.update(Prediction(labels, row, None, now), now)
        else:
            row = looks.tiles[f"{sweep.rows}x{sweep.columns}"][nth % LOOKS][tile.number]
            turns.saw(tile, row)
            state = policy.update_tile(tile, row, now)
        if state.level is Level.ALARM:
            return now
    return None


def report(scenes: list[Looks], labels: Labels) -> None:
    """Print how many small fires and how many quiet scenes raise an alarm, by the rules."""
    quiet = [one for one in scenes if one.size is None]
    burning = {size: [one for one in scenes if one.size == size] for size in SIZES}
    print(f"{len(quiet)} quiet scenes, {sum(map(len, burning.values()))} with a small fire")
    print("| tiles | classes | raise_at | false alarms | " + _heads() + " median s |")
    print("|---|---|---|---|" + "---|" * (len(SIZES) + 2))
    off = SweepRules(on=False)
    print(_row("none", "", "", quiet, burning, labels, off))
    for rows, columns in GRIDS:
        for classes in CLASSES:
            for raise_at in THRESHOLDS:
                sweep = SweepRules(
                    on=True, rows=rows, columns=columns, hazard=classes, raise_at=raise_at
                )
                name = (f"{rows} x {columns}", " + ".join(classes), f"{raise_at:g}")
                print(_row(*name, quiet, burning, labels, sweep), flush=True)


def _heads() -> str:
    return "".join(f"fire {size:.0%} | " for size in SIZES) + "all fires |"


def _row(
    name: str,
    classes: str,
    raise_at: str,
    quiet: list[Looks],
    burning: dict[float, list[Looks]],
    labels: Labels,
    sweep: SweepRules,
) -> str:
    alarmed = {one.scene for one in quiet if alarm_after(one, labels, sweep) is not None}
    wrong = len(alarmed)
    cells, times, tries = [], [], 0
    for all_fires in burning.values():
        # A scene that raises an alarm by itself says nothing of the fire in it.
        fires = [one for one in all_fires if one.scene not in alarmed]
        after = [alarm_after(one, labels, sweep) for one in fires]
        hits = [seconds for seconds in after if seconds is not None]
        times += hits
        tries += len(fires)
        cells.append(f"{len(hits)}/{len(fires)}")
    cells.append(_share(len(times), tries))
    median = f"{np.median(times):.1f}" if times else "-"
    first = (name, classes, raise_at, _share(wrong, len(quiet)))
    return "| " + " | ".join([*first, *cells, median]) + " |"


def _share(hits: int, tries: int) -> str:
    low, high = wilson(hits, tries)
    return f"{hits}/{tries} ({low:.0%} to {high:.0%})"


if __name__ == "__main__":
    main(sys.argv[1:])
