"""What MediaPipe Tasks makes of a model and of pictures, as JSON. Runs in .venv/readers.

    python mediapipe_reader.py MODEL PICTURES.npy [DENIED_CLASS]

PICTURES is uint8 RGB [n, height, width, 3].
"""

import json
import sys

import mediapipe
import numpy as np
from mediapipe.tasks.metadata import metadata_schema_py_generated as metadata
from mediapipe.tasks.metadata import schema_py_generated as schema
from mediapipe.tasks.python import vision
from mediapipe.tasks.python.core.base_options import BaseOptions


def read_metadata(path: str) -> dict:
    """Return the description, read by the classes that MediaPipe ships."""
    with open(path, "rb") as file:
        model = schema.Model.GetRootAs(bytearray(file.read()), 0)
    entries = {model.Metadata(i).Name(): model.Metadata(i) for i in range(model.MetadataLength())}
    content = model.Buffers(entries[b"TFLITE_METADATA"].Buffer()).DataAsNumpy().tobytes()
    if not metadata.ModelMetadata.ModelMetadataBufferHasIdentifier(content, 0):
        raise ValueError("not of the metadata schema")
    root = metadata.ModelMetadata.GetRootAs(content)
    return plain(metadata.ModelMetadataT.InitFromObj(root))


def plain(value):
    """Return a generated object as what JSON knows."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, list):
        return [plain(item) for item in value]
    if hasattr(value, "__dict__"):
        return {name: plain(item) for name, item in vars(value).items()}
    return value


def classify(path: str, pictures: np.ndarray, denied: list[str]) -> list[list[dict]]:
    """Return, for each picture, each head's name and its scores by class."""
    options = vision.ImageClassifierOptions(
        base_options=BaseOptions(model_asset_path=path), category_denylist=denied or None
    )
    answers = []
    with vision.ImageClassifier.create_from_options(options) as classifier:
        for picture in pictures:
            image = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=picture)
            heads = classifier.classify(image).classifications
            answers.append([as_json(head) for head in heads])
    return answers


def as_json(head) -> dict:
    """Return a head's name, its named scores, and how many values it has."""
    named = {c.category_name: c.score for c in head.categories if c.category_name}
    return {"name": head.head_name, "scores": named, "values": len(head.categories)}


if __name__ == "__main__":
    model, pictures, *denied = sys.argv[1:]
    told = {"metadata": read_metadata(model)}
    told["answers"] = classify(model, np.load(pictures), denied)
    print(json.dumps(told))
