"""A real bundle around the tiny colour model, made without TensorFlow."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from edge.contract.approval import Approval, Check
from edge.contract.bundle import DEPTH_FILE, LABELS_FILE, MODEL_FILE, ModelBundle, sha256
from edge.contract.golden import GoldenVector
from edge.contract.labels import Labels
from edge.contract.manifest import Manifest
from edge.contract.picture import decode_picture
from edge.contract.preprocess import Preprocess, tensor_sha256
from edge.inference.classifier import Classifier
from edge.inference.depth import Depth
from edge.inference.interpreter import Interpreter
from edge.inference.pixel_range import PixelRange

MODEL = Path(__file__).with_name("tiny_colour.tflite")
LABELS = Labels(("fire", "smoke", "misc"))
SIZE = 32

FIRE = (220, 60, 20)
SMOKE = (150, 150, 150)
MISC = (30, 90, 40)
GOLDEN_COLOURS = (FIRE, SMOKE, MISC, (255, 120, 40), (110, 110, 118), (20, 40, 160))


def tiny_classifier(runtime: str | None = None) -> Classifier:
    """Return the classifier, by itself."""
    interpreter = Interpreter(MODEL.read_bytes(), 1, runtime)
    return Classifier(interpreter, LABELS, Preprocess(SIZE, SIZE), PixelRange(0.0, 1.0))


def tiny_bundle(*, depth: bool = False) -> ModelBundle:
    """Return the bundle, with golden pictures that this machine scored.

    With `depth`, these pictures are what it was trained on.
    """
    classifier = tiny_classifier()
    files = {MODEL_FILE: MODEL.read_bytes(), LABELS_FILE: LABELS.to_text().encode()}
    golden, features = [], []
    for number, colour in enumerate(GOLDEN_COLOURS):
        name = f"golden/{number}.png"
        files[name] = png(plain(colour, 48, 40))
        tensor = classifier.tensor(decode_picture(files[name], name))
        prediction = classifier.classify_tensor(tensor, features=True)
        features.append(prediction.features)
        scores = tuple(map(float, prediction.scores))
        golden.append(GoldenVector(name, tensor_sha256(tensor), scores))
    if depth:
        files[DEPTH_FILE] = Depth.of_pictures(np.stack(features), 0.99).to_bytes()
    manifest = Manifest(
        name="tiny-colour",
        labels=LABELS,
        preprocess=classifier.preprocess,
        input=classifier.interpreter.input,
        outputs=classifier.interpreter.outputs,
        recipe="int8",
        files={name: sha256(content) for name, content in files.items()},
        golden=tuple(golden),
        approval=Approval((Check("accuracy_drop_points", 0.0, 1.0, passed=True),)),
    )
    return ModelBundle(manifest, files)


def plain(colour: tuple[int, int, int], width: int = 64, height: int = 48) -> np.ndarray:
    """Return a picture of one colour, uint8 [height, width, 3]."""
    return np.full((height, width, 3), colour, np.uint8)


def png(rgb: np.ndarray) -> bytes:
    """Return a picture as a PNG file."""
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "png")
    return buffer.getvalue()
