"""Subject: the model that goes through the gauntlet, of a run or of a bundle."""

from dataclasses import dataclass
from pathlib import Path

from converter.tflite_model import TfliteModel
from converter.trained_model import TrainedModel
from edge.contract.bundle import ModelBundle, sha256
from edge.contract.errors import InputError
from edge.contract.labels import Labels
from edge.contract.preprocess import Preprocess

NEGATIVE = "misc"


@dataclass(frozen=True)
class Subject:
    """A quantised model with what is needed to run it.

    `path` is a TFLite file, or a bundle, which brings its own labels (`in_bundle`). `seen` has
    the hashes of the pictures that it was trained or chosen by; a bundle does not tell them.
    """

    name: str
    path: Path
    in_bundle: bool
    sha256: str
    labels: Labels
    preprocess: Preprocess
    negative: str
    seen: frozenset[str] = frozenset()

    @property
    def hazards(self) -> tuple[str, ...]:
        """Return the classes that raise an alarm: all but the negative one."""
        return tuple(label for label in self.labels if label != self.negative)

    @classmethod
    def of_run(
        cls, trained: TrainedModel, model: TfliteModel, negative: str | None = None
    ) -> "Subject":
        """Return a run's converted model.

        Raises:
            InputError: the run has no such negative class.
        """
        parts = [row for row in trained.split if row.part != "testing"]
        return cls(
            name=trained.folder.resolve().name,
            path=model.path,
            in_bundle=False,
            sha256=model.sha256,
            labels=trained.labels,
            preprocess=trained.preprocess,
            negative=_required(negative_class(trained, negative), trained.labels),
            seen=frozenset(row.sha256 for row in parts),
        )

    @classmethod
    def of_bundle(cls, path: Path, negative: str | None = None) -> "Subject":
        """Return a bundle's model.

        Raises:
            BundleError: no such bundle, or a damaged one.
            InputError: it has no such negative class.
        """
        bundle = ModelBundle.read(path)
        manifest = bundle.manifest
        parameters = manifest.provenance.get("parameters")
        known = parameters.get("negative") if isinstance(parameters, dict) else None
        wanted = negative or known or NEGATIVE
        return cls(
            name=manifest.name,
            path=path,
            in_bundle=True,
            sha256=sha256(bundle.model),
            labels=manifest.labels,
            preprocess=manifest.preprocess,
            negative=_required(_among(wanted, manifest.labels), manifest.labels),
        )


def negative_class(trained: TrainedModel, given: str | None = None) -> str | None:
    """Return the run's class of normal pictures: as given, else as trained with, else misc.

    None where the labels have no such class.

    Raises:
        InputError: the class that was given is none of the run's.
    """
    if given is not None:
        return _required(_among(given, trained.labels), trained.labels)
    return _among(trained.parameters.get("negative") or NEGATIVE, trained.labels)


def _among(name: object, labels: Labels) -> str | None:
    return str(name) if name in labels.names else None


def _required(negative: str | None, labels: Labels) -> str:
    if negative is None:
        raise InputError(
            "the model has no such class of normal pictures",
            expected="one of " + ", ".join(labels),
            next_step="name the class in which nothing burns with --negative",
        )
    return negative
