"""Metadata: a converted model's own account of itself, in the file, for readers not ours.

TFLite metadata in the standard form: a description in a buffer of the model, and the labels
as a ZIP archive behind it. MediaPipe Tasks, the Android generator and model viewers read it.
"""

import io
import zipfile

from converter.keras_model import FEATURES
from converter.metadata_schema import ModelMetadata, Output, PictureInput
from converter.model_head import put_in_front
from converter.preflight.flatbuffer import Declaration, declaration
from converter.trained_model import TrainedModel
from edge.contract.bundle import LABELS_FILE, sha256
from edge.contract.labels import Labels
from edge.contract.tensors import TensorSpec

BUFFER_NAME = "TFLITE_METADATA"
AUTHOR = "emberwatch"
# The first moment that a ZIP archive can name: the same model gives the same bytes.
TIMESTAMP = (1980, 1, 1, 0, 0, 0)
UNIX = 3
READABLE = 0o644
FITTED = {
    "squash": "The whole of it is squashed into the square.",
    "crop": "Its middle is cropped to the square.",
}


def with_metadata(model: bytes, trained: TrainedModel, recipe: str) -> bytes:
    """Return a run's converted model with its metadata.

    `model` is a TFLite file as a converter wrote it; its own bytes stay as they were. The
    version is the beginning of their hash: it says which training a file came of, and is the
    same wherever the same model is made.

    Raises:
        ModelError: not a TFLite file.
    """
    metadata = describe(trained, recipe, declaration(model), version=sha256(model)[:16])
    return add_metadata(model, metadata, trained.labels)


def add_metadata(model: bytes, metadata: ModelMetadata, labels: Labels) -> bytes:
    """Return a TFLite file with its metadata: the same arguments always give the same bytes."""
    whole = put_in_front(model, BUFFER_NAME, metadata.to_bytes()) + model
    file = io.BytesIO(whole)
    file.seek(0, io.SEEK_END)
    # Stored, not deflated: readers in C++ take the labels from the file as they lie there.
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        member = zipfile.ZipInfo(LABELS_FILE, TIMESTAMP)
        member.create_system = UNIX
        member.external_attr = READABLE << 16
        archive.writestr(member, labels.to_text().encode())
    return file.getvalue()


def describe(
    trained: TrainedModel, recipe: str, declared: Declaration, version: str
) -> ModelMetadata:
    """Return what a run's model says of itself."""
    network = trained.backbone.get("name", "network")
    return ModelMetadata(
        name=f"{trained.dataset.name} classifier",
        description=(
            f"Classifies a picture as one of: {', '.join(trained.labels)}. Retrained {network}, "
            f"{recipe}. Not a certified fire-detection or life-safety device."
        ),
        version=version,
        author=AUTHOR,
        picture=PictureInput(
            name=declared.inputs[0].name,
            description="One RGB picture, bytes 0 to 255 as they are; normalisation is inside "
            f"the model. {FITTED[trained.preprocess.fit]}",
            width=trained.preprocess.width,
            height=trained.preprocess.height,
            mean=0.0,
            std=1.0,
        ),
        outputs=tuple(map(_output, declared.outputs)),
    )


def _output(spec: TensorSpec) -> Output:
    if len(spec.shape) == 2:
        return Output(
            spec.name,
            "The probability of each class; they add up to 1.",
            ("batch", "class"),
            labels_file=LABELS_FILE,
            span=(0.0, 1.0),
        )
    if spec.name == FEATURES:
        return Output(
            spec.name,
            "What the class map is made of, in each cell: their mean tells how far a picture "
            "lies from those that the model was trained on.",
            ("batch", "row", "column", "channel"),
        )
    # No labels: MediaPipe wants as many as a tensor has values, and here are rows x columns
    # times as many.
    return Output(
        spec.name,
        "The logit of each class in each cell of the picture; the probabilities are the "
        "softmax of their mean over the cells.",
        ("batch", "row", "column", "class"),
    )
