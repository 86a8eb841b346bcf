"""Autopsy: a quantised model's loss taken apart: its stages, its layers, and a verdict."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from converter.autopsy.camera_tensors import TensorSource, environment_tensors
from converter.autopsy.float_twin import FloatTwin
from converter.autopsy.kernels import KernelCheck, check_kernels
from converter.autopsy.layer_noise import LayerNoise, noise_of
from converter.autopsy.pixel_fault import PixelFault, find_fault
from converter.autopsy.sections import Sections, find_sections
from converter.autopsy.specimen import Specimen
from converter.autopsy.stages import (
    TWIN_SLACK,
    Skipped,
    Stage,
    StageScores,
    measure_stages,
    run_stages,
)
from converter.autopsy.suspects import Suspect, try_suspects
from converter.autopsy.verdict import Verdict, judge
from converter.benchmark.pictures import TestPicture
from converter.pi_environment import PiEnvironment
from converter.progress import Progress
from edge.contract import atomic
from edge.contract.bundle import sha256
from edge.contract.errors import InputError, ModelError, PictureError
from edge.contract.picture import Rgb

FILE = "autopsy.json"
SCHEMA = 1
# Pictures by which a mistake of the camera's is recognised.
FAULT_PICTURES = 8


@dataclass(frozen=True)
class Autopsy:
    """What was found of one quantised model.

    `stages` are in order, the float model first; `noise` is empty where the model has no
    quantised activations; `notes` say what was left out and why.
    """

    name: str
    sha256: str
    source: str
    runtime: str
    layer_pictures: int
    stages: tuple[Stage, ...]
    skipped: tuple[Skipped, ...]
    kernels: tuple[KernelCheck, ...]
    fault: PixelFault | None
    noise: tuple[LayerNoise, ...]
    suspects: tuple[Suspect, ...]
    sections: Sections | None
    verdict: Verdict
    notes: tuple[str, ...]

    @property
    def worst_layers(self) -> list[LayerNoise]:
        """Return the layers, the one with the lowest signal-to-noise ratio first."""
        return sorted(self.noise, key=lambda layer: layer.snr_db)

    @property
    def noisiest_layers(self) -> list[LayerNoise]:
        """Return the layers, the one that adds the most noise by itself first."""
        return sorted(self.noise, key=lambda layer: layer.own_snr_db)

    def write(self, folder: Path) -> Path:
        """Write FOLDER/autopsy.json atomically and return its path.

        Raises:
            StorageError: the folder cannot be written or the disk is full.
        """
        path = folder / FILE
        text = json.dumps(self.to_json(), indent=2, ensure_ascii=False, allow_nan=False)
        atomic.write_text(path, text + "\n")
        return path

    def to_json(self) -> dict[str, Any]:
        """Return the whole as plain JSON."""
        return {
            "schema": SCHEMA,
            "model": self.name,
            "sha256": self.sha256,
            "pictures": self.stages[0].accuracy.of,
            "source": self.source,
            "runtime": self.runtime,
            "verdict": self.verdict.to_json(),
            "stages": [stage.to_json() for stage in self.stages],
            "skipped": [vars(skipped) for skipped in self.skipped],
            "kernels": [check.to_json() for check in self.kernels],
            "pixel_fault": vars(self.fault) if self.fault else None,
            "layer_pictures": self.layer_pictures,
            "suspects": [suspect.to_json() for suspect in self.suspects],
            "sections": self.sections.to_json() if self.sections else None,
            "layers": [layer.to_json() for layer in self.noise],
            "notes": list(self.notes),
        }


def run_autopsy(
    specimen: Specimen,
    environment: PiEnvironment | None,
    progress: Progress,
    camera: TensorSource | None = None,
) -> Autopsy:
    """Take a quantised model's loss apart.

    `environment` is the camera's; without one its stages fall away. `camera` gives the
    camera's input tensors where they are to come from elsewhere.

    Raises:
        InputError: no picture can be read.
        ModelError, ModelRefused: one of the models cannot be used.
    """
    notes: list[str] = []
    originals, ours, theirs, pictures = _tensors(specimen, environment, progress, camera, notes)
    truth = [picture.truth for picture in pictures]
    twin = FloatTwin(specimen.quantised, specimen.reference)
    scores = StageScores(specimen, twin, ours, theirs)
    notes += _twin_notes(scores)
    found, skipped = run_stages(scores, environment, progress)
    noise = _noise(specimen, twin, progress, notes)
    suspects = try_suspects(scores, noise, found, truth, progress)
    sections = find_sections(scores, progress)
    fault = None if camera is None and environment is None else _fault(originals, theirs, specimen)
    stages = measure_stages(found, truth)
    return Autopsy(
        name=specimen.name,
        sha256=sha256(specimen.quantised),
        source=specimen.source,
        runtime=environment.runtime if environment else "",
        layer_pictures=len(specimen.calibration),
        stages=stages,
        skipped=tuple(skipped),
        kernels=check_kernels(scores, found, progress),
        fault=fault,
        noise=tuple(noise),
        suspects=suspects,
        sections=sections,
        verdict=judge(stages, noise, suspects, fault, sections),
        notes=tuple(notes),
    )


def _tensors(
    specimen: Specimen,
    environment: PiEnvironment | None,
    progress: Progress,
    camera: TensorSource | None,
    notes: list[str],
) -> tuple[list[Rgb], list[Rgb], list[Rgb], list[TestPicture]]:
    """Return the first originals, both sides' tensors and their pictures: what both can read."""
    source = camera
    if source is None and environment is not None:
        source = environment_tensors(environment, specimen.preprocess)
    made: list[Rgb | None] = [None] * len(specimen.pictures)
    if source is not None:
        with progress.step("the camera's tensors"):
            made = source(specimen.pictures)
    originals: list[Rgb] = []
    ours: list[Rgb] = []
    theirs: list[Rgb] = []
    pictures = []
    left_out = []
    for picture, tensor in zip(specimen.pictures, made, strict=True):
        try:
            rgb = picture.read()
        except PictureError as error:
            left_out.append(error.line())
            continue
        if tensor is None and source is not None:
            left_out.append(f"{picture.file}: the camera gave no tensor of it")
            continue
        if len(originals) < FAULT_PICTURES:
            originals.append(rgb)
        ours.append(specimen.preprocess.apply(rgb))
        theirs.append(ours[-1] if tensor is None else tensor)
        pictures.append(picture)
    if not ours:
        raise InputError("none of the pictures can be used", found=left_out[0])
    if left_out:
        notes.append(f"{len(left_out)} pictures left out, the first: {left_out[0]}")
    return originals, ours, theirs, pictures


def _twin_notes(scores: StageScores) -> list[str]:
    """Make sure that the twin with float weights is the float model; say so where it is not."""
    notes = []
    names = scores.twin.unmatched
    if names:
        more = " and others" if len(names) > 3 else ""
        notes.append(
            f"no float weights were found for {', '.join(names[:3])}{more}: the file's own "
            "stand in for them, so what they cost shows in the stage of the input"
        )
    if scores.twin_error > TWIN_SLACK:
        notes.append(
            f"the two files differ by {scores.twin_error:.3f} in score before anything is "
            "quantised: another network or form, or another input range; the input's stage "
            "holds that"
        )
    return notes


def _noise(
    specimen: Specimen, twin: FloatTwin, progress: Progress, notes: list[str]
) -> Sequence[LayerNoise]:
    if not specimen.calibrated:
        notes.append("the layers were measured on the labelled pictures, for want of others")
    try:
        with progress.step("noise of the layers", len(specimen.calibration)) as tick:
            return noise_of(
                twin, specimen.quantised, specimen.calibration, specimen.quantised_range, tick
            )
    except ModelError as error:
        notes.append(f"the layers were not measured: {error.line()}")
        return []


def _fault(originals: list[Rgb], theirs: list[Rgb], specimen: Specimen) -> PixelFault:
    return find_fault(originals, theirs[: len(originals)], specimen.preprocess)
