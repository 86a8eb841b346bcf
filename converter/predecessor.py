"""Predecessor: the older model of the same cameras, from which a new one shall differ little."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from converter.calibration import CalibrationSet
from converter.tflite_model import FOLDER
from converter.trained_model import TrainedModel
from edge.contract.bundle import ModelBundle
from edge.contract.errors import InputError

PREFERRED = "int8.json"


@dataclass(frozen=True)
class Predecessor:
    """What a new model may take over from an older one.

    `calibration` are the hashes of its calibration pictures in order (as `CalibrationSet`
    writes them), `backbone` the digest of its frozen network. A bundle also has golden
    pictures: `golden` maps the hash of each one's source (empty for the chart) to its bytes.
    """

    path: Path
    calibration: tuple[str, ...]
    backbone: str
    golden: Mapping[str, bytes] = field(default_factory=dict)
    bundle: ModelBundle | None = None

    @classmethod
    def read(cls, path: Path) -> "Predecessor":
        """Read an older run folder, or a bundle that was packaged of it.

        Raises:
            InputError: no run, no converted model in it, or one of a version that did not
                write its calibration pictures down.
            BundleError: a damaged bundle.
        """
        return cls._of_run(path) if path.is_dir() else cls._of_bundle(path)

    def model(self, recipe: str) -> bytes:
        """Return the older model by a recipe; empty where there is none."""
        if self.bundle is not None:
            return self.bundle.model if self.bundle.manifest.recipe == recipe else b""
        path = self.path / FOLDER / f"{recipe}.tflite"
        return path.read_bytes() if path.is_file() else b""

    def calibration_set(
        self, trained: TrainedModel, pictures: int | None, seed: int
    ) -> CalibrationSet:
        """Draw a calibration set with the older one's pictures, as far as they may be used.

        `pictures` is their number; None takes the older set's.
        """
        number = pictures or len(self.calibration)
        if not number:
            return CalibrationSet.draw(trained, seed=seed)
        return CalibrationSet.draw(trained, number, seed, self.calibration)

    def account(self, drawn: CalibrationSet) -> str:
        """Return in words what was taken over, in one or two lines."""
        name, old = self.path.name, len(self.calibration)
        lines = []
        if old and drawn.kept == old == len(drawn.rows):
            lines.append(f"calibrating with the {old} pictures of {name}")
        elif old:
            lines.append(
                f"calibrating with {drawn.kept} of the {old} pictures of {name} and "
                f"{len(drawn.rows) - drawn.kept} new ones"
            )
            lines[0] += "" if drawn.kept == old else " (the others are held out now, or gone)"
        digest = str(drawn.trained.backbone.get("digest", ""))
        if digest != self.backbone:
            lines.append(f"{name} has another backbone: an update from it is the whole model")
        return "\n".join(lines)

    @classmethod
    def _of_run(cls, folder: Path) -> "Predecessor":
        trained = TrainedModel.read(folder)
        records = sorted((folder / FOLDER).glob("*.json"), key=lambda p: (p.name != PREFERRED, p))
        for record in records:
            hashes = _hashes(_calibration(record))
            if hashes:
                return cls(folder, hashes, str(trained.backbone.get("digest", "")))
        raise _silent(folder)

    @classmethod
    def _of_bundle(cls, path: Path) -> "Predecessor":
        bundle = ModelBundle.read(path)
        provenance = bundle.manifest.provenance
        calibration = provenance.get("calibration")
        hashes = _hashes(calibration)
        # A float model was calibrated with none.
        if calibration is not None and not hashes:
            raise _silent(path)
        sources = provenance.get("golden_sources")
        golden = {
            source: bundle.files[name]
            for name, source in (sources if isinstance(sources, dict) else {}).items()
            if name in bundle.files
        }
        backbone = provenance.get("backbone")
        digest = backbone.get("digest", "") if isinstance(backbone, dict) else ""
        return cls(path, hashes, str(digest), golden, bundle)


def _calibration(record: Path) -> Any:
    try:
        return json.loads(record.read_text(encoding="utf-8"))["calibration"]
    except (OSError, KeyError, TypeError, ValueError):
        return None


def _hashes(calibration: Any) -> tuple[str, ...]:
    hashes = calibration.get("hashes") if isinstance(calibration, dict) else None
    return tuple(map(str, hashes)) if isinstance(hashes, list) else ()


def _silent(path: Path) -> InputError:
    return InputError(
        f"{path} does not say which pictures it was calibrated with",
        expected="a run whose int8 model this version converted, or a bundle of one",
        next_step="convert the older run again, or leave --like out",
    )
