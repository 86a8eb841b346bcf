"""How well a bundle's depth tells strange pictures from those that a camera may see.

    python -m tests.benchmarks.depth BUNDLE RUN [--out FILE]

Takes the run's validation and test pictures as they are, and its test pictures spoiled in ways
that training did not show. Prints the share of each that is out of the model's depth.
"""

import argparse
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from converter.calibration import read_row
from converter.trained_model import TrainedModel
from edge.contract.bundle import ModelBundle
from edge.inference.classifier import Classifier
from edge.inference.depth import Depth

Pixels = np.ndarray
Spoil = Callable[[Pixels, np.random.Generator], Pixels]


def noise(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Return noise of the same size."""
    return rng.integers(0, 256, pixels.shape, dtype=np.uint8)


def night(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Return a dark grey picture with a sensor's noise."""
    grey = pixels.mean(axis=2, keepdims=True) * 0.25
    grey = grey + rng.normal(0, 12, grey.shape)
    return np.repeat(np.clip(grey, 0, 255), 3, axis=2).astype(np.uint8)


def text(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Return a page of letters."""
    page = Image.new("RGB", (pixels.shape[1], pixels.shape[0]), "white")
    draw = ImageDraw.Draw(page)
    for top in range(0, pixels.shape[0], 12):
        line = "".join(chr(rng.integers(97, 122)) for _ in range(48))
        draw.text((4, top), line, fill="black")
    return np.asarray(page)


def blurred(pixels: Pixels, _rng: np.random.Generator) -> Pixels:
    """Return the picture far out of focus."""
    return np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(8)))


def zoomed(pixels: Pixels, _rng: np.random.Generator) -> Pixels:
    """Return a twentieth of the picture, enlarged: something held before the lens."""
    image = Image.fromarray(pixels)
    width, height = image.size
    box = (0.43 * width, 0.43 * height, 0.57 * width, 0.57 * height)
    return np.asarray(image.resize(image.size, Image.Resampling.BILINEAR, box=box))


def crushed(pixels: Pixels, _rng: np.random.Generator) -> Pixels:
    """Return the picture after a JPEG of the lowest quality."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "jpeg", quality=4)
    return np.asarray(Image.open(file))


SPOILED: dict[str, Spoil] = {
    "a page of text": text,
    "noise": noise,
    "a twentieth, enlarged": zoomed,
    "blurred by 8 pixels": blurred,
    "dark, grey and noisy": night,
    "JPEG quality 4": crushed,
    "upside down": lambda pixels, _: pixels[::-1, ::-1].copy(),
    "red and blue swapped": lambda pixels, _: pixels[..., ::-1].copy(),
    "colours inverted": lambda pixels, _: 255 - pixels,
    "a twelfth of the light": lambda pixels, _: (pixels / 12).astype(np.uint8),
}


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("bundle", type=Path)
    asked.add_argument("run", type=Path)
    asked.add_argument("--out", type=Path)
    given = asked.parse_args()
    bundle, trained = ModelBundle.read(given.bundle), TrainedModel.read(given.run)
    depth = Depth.of_bundle(bundle)
    if depth is None:
        raise SystemExit("the bundle holds no depth: package it with this version")
    classifier = Classifier.from_bundle(bundle, threads=2)

    def of(pictures: Iterator[Pixels]) -> list[float]:
        predictions = (classifier.classify_tensor(each, features=True) for each in pictures)
        return [depth.of(each.features) for each in predictions]

    def pictures(part: str) -> Iterator[Pixels]:
        for row in trained.pictures(part):
            yield classifier.tensor(read_row(trained, row))

    found = {part: of(pictures(part)) for part in ("validation", "testing")}
    for name, spoil in SPOILED.items():
        rng = np.random.default_rng(0)
        found[name] = of(spoil(each, rng) for each in pictures("testing"))
    table = {
        name: {
            "pictures": len(values),
            "median": round(float(np.median(values)), 3),
            "out_of_depth": round(float(np.mean(np.array(values) > 1)), 3),
        }
        for name, values in found.items()
    }
    print(f"{'pictures':<24}{'N':>5}{'median':>9}{'out of depth':>15}")
    for name, row in table.items():
        print(f"{name:<24}{row['pictures']:>5}{row['median']:>9.2f}{row['out_of_depth']:>14.1%}")
    if given.out:
        given.out.write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
