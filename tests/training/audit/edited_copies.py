"""Edit real pictures in many ways and see how far their perceptual hashes move.

    python -m tests.training.audit.edited_copies DATASET [--pictures 200]

Prints, for each edit, the distances that half and 95% of the copies stay within, and the
share that the audit calls near duplicates.
"""

import argparse
import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance

from edge.contract.picture import read_picture
from training.audit.fact import SIDE
from training.audit.near import LIMITS
from training.audit.perceptual_hash import DHASH, MIRRORED_DHASH, MIRRORED_PHASH, PHASH, hashes
from training.dataset import scan


def compressed(picture: Image.Image, quality: int) -> Image.Image:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    with Image.open(out) as back:
        return back.convert("RGB")


def cropped(picture: Image.Image, share: float) -> Image.Image:
    width, height = picture.size
    x, y = round(width * share), round(height * share)
    return picture.crop((x, y, width - x, height - y))


def stamped(picture: Image.Image) -> Image.Image:
    copy = picture.copy()
    width, height = copy.size
    box = (width * 0.6, height * 0.9, width, height)
    ImageDraw.Draw(copy).rectangle(box, fill=(255, 255, 255))
    return copy


def letterboxed(picture: Image.Image) -> Image.Image:
    width, height = picture.size
    frame = Image.new("RGB", (width, round(1.12 * height)))
    frame.paste(picture, (0, round(0.06 * height)))
    return frame


EDITS = {
    "half the size": lambda p: p.resize((p.width // 2, p.height // 2)),
    "squashed to 299 x 299": lambda p: p.resize((299, 299)),
    "JPEG of quality 20": lambda p: compressed(p, 20),
    "160 x 120, quality 30": lambda p: compressed(p.resize((160, 120)), 30),
    "grey": lambda p: p.convert("L").convert("RGB"),
    "1.3 times as bright": lambda p: ImageEnhance.Brightness(p).enhance(1.3),
    "0.7 of the contrast": lambda p: ImageEnhance.Contrast(p).enhance(0.7),
    "mirrored": lambda p: p.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "2% cut off each side": lambda p: cropped(p, 0.02),
    "5% cut off each side": lambda p: cropped(p, 0.05),
    "black bars above and below": letterboxed,
    "a white stamp in a corner": stamped,
}


def hashed(picture: Image.Image):
    return hashes(picture.reduce(max(1, max(picture.size) // SIDE)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--pictures", type=int, default=200)
    given = parser.parse_args()
    found = scan(given.dataset)
    chosen = np.random.default_rng(0).permutation(len(found.samples))[: given.pictures]
    pictures = [Image.fromarray(read_picture(found.path_of(found.samples[i]))) for i in chosen]
    print(f"{'edit':28} {'phash 50% 95%':>15} {'dhash 50% 95%':>15} {'near':>6}")
    for name, edit in EDITS.items():
        columns = (MIRRORED_PHASH, MIRRORED_DHASH) if name == "mirrored" else (PHASH, DHASH)
        moved = []
        for picture in pictures:
            before, after = hashed(picture), hashed(edit(picture))
            if before is not None and after is not None:
                first = before[[PHASH, DHASH]] ^ after[list(columns)]
                moved.append(np.bitwise_count(first))
        far = np.array(moved)
        half, most = np.percentile(far, [50, 95], axis=0)
        rules = [(far[:, 0] <= a) & (far[:, 1] <= b) for a, b in LIMITS]
        near = np.logical_or.reduce(rules).mean()
        print(f"{name:28} {half[0]:9.0f} {most[0]:5.0f} {half[1]:9.0f} {most[1]:5.0f} {near:6.0%}")


if __name__ == "__main__":
    main()
