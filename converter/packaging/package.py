"""Package: a converted, measured and approved model as one bundle that proves itself."""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from converter.benchmark.benchmark import Benchmark
from converter.benchmark.measure import run_benchmark
from converter.convert import Conversion
from converter.gauntlet.certificate import CERTIFICATE_FILE, Certificate
from converter.gauntlet.of_run import gauntlet_of_run
from converter.gauntlet.subject import negative_class
from converter.packaging.depth_of_run import depth_of_run
from converter.packaging.gate import Gate, grant
from converter.packaging.golden_pictures import GoldenPictures, choose_golden_pictures
from converter.packaging.model_card import write_card
from converter.predecessor import Predecessor
from converter.recipes import Recipe
from converter.tflite_model import TfliteModel
from converter.trained_model import TrainedModel
from edge.contract import atomic
from edge.contract.approval import Approval
from edge.contract.bundle import DEPTH_FILE, LABELS_FILE, MODEL_FILE, ModelBundle, sha256
from edge.contract.errors import ModelRefused
from edge.contract.manifest import Manifest
from edge.inference.depth import Depth

CARD_FILE = "card.md"


@dataclass(frozen=True)
class Judged:
    """A converted and measured model, and what the gate says of it, granted or not."""

    recipe: Recipe
    model: TfliteModel
    benchmark: Benchmark
    certificate: Certificate | None
    approval: Approval


class Packager:
    """Packs one run; `gate` decides what may be packed, `older` is what it shall be like.

    `negative` names the class of normal pictures; None is the one that the run was trained with.
    """

    def __init__(
        self,
        conversion: Conversion,
        gate: Gate,
        older: Predecessor | None = None,
        negative: str | None = None,
    ) -> None:
        self.negative = negative_class(conversion.trained, negative)
        self.older = older
        self.conversion = conversion
        self.trained = conversion.trained
        self.gate = gate

    def judge(self, recipe: Recipe) -> Judged:
        """Return a run's model by a recipe with every check of the gate.

        What is missing or stale is made first: the model, its benchmark; and for a strict gate
        the gauntlet's certificate.

        Raises:
            ModelRefused: the Pi's runtime refuses the model.
        """
        model = self.conversion.model(recipe)
        benchmark = self._benchmark(recipe, model)
        certificate = self._certificate(model)
        approval = self.gate.check(benchmark, recipe.name, self.negative, certificate)
        return Judged(recipe, model, benchmark, certificate, approval)

    def package(self, recipe: Recipe, out: Path, override: str | None = None) -> ModelBundle:
        """Judge a run's model by a recipe and pack it; as `judge` and `pack`."""
        return self.pack(self.judge(recipe), out, override)

    def pack(self, judged: Judged, out: Path, override: str | None = None) -> ModelBundle:
        """Write the bundle of a model that the gate lets pass; return it as read back.

        `override` is a person's reason to pack it though a check failed. The file appears only
        once the written bundle gave its golden vectors in the Pi environment.

        Raises:
            GateRefused: a check failed, and there is no override.
            GoldenMismatch: it does not give the same scores twice.
        """
        approval = grant(judged.approval, judged.recipe.name, override)
        model, benchmark = judged.model, judged.benchmark
        with self.conversion.progress.step("choose golden pictures"):
            golden = choose_golden_pictures(
                self.trained,
                model.path,
                self.conversion.environment,
                self.older.golden if self.older else {},
            )
        depth = depth_of_run(self.trained, model, self.conversion.progress)
        bundle = make_bundle(
            out.stem, self.trained, model, benchmark, approval, golden, judged.certificate, depth
        )
        with atomic.atomic_path(out) as temporary:
            bundle.write(temporary)
            read_back = ModelBundle.read(temporary)
            with self.conversion.progress.step("prove the bundle in the Pi environment"):
                self.conversion.environment.verify(temporary)
        return read_back

    def _benchmark(self, recipe: Recipe, model: TfliteModel) -> Benchmark:
        """Return the run's benchmark of this very model in this very runtime."""
        found = Benchmark.read(self.trained)
        runtime = self.conversion.environment.runtime
        if found and found.covers(recipe.name, model.sha256, runtime):
            # It may have been measured in other runtimes too, and before this one.
            return found.led_by(runtime)
        made = run_benchmark(self.conversion, [recipe])
        refused = [result.refused for result in made.results if result.measured is None]
        if refused:
            raise ModelRefused(refused[0])
        made.merged(found).write(self.trained.folder)
        return made

    def _certificate(self, model: TfliteModel) -> Certificate | None:
        """Return the gauntlet's certificate of this very model in this very runtime.

        A strict gate needs one; else there is one only where the gauntlet was run before.
        """
        if self.gate.gauntlet == "off":
            return None
        found = Certificate.read(self.trained.folder)
        if found and found.fits(model.sha256, self.conversion.environment.runtime):
            return found
        if self.gate.gauntlet == "warn":
            return None
        made = gauntlet_of_run(self.conversion, model, self.negative).certificate
        made.write(self.trained.folder)
        return made


def make_bundle(
    name: str,
    trained: TrainedModel,
    model: TfliteModel,
    benchmark: Benchmark,
    approval: Approval,
    golden: GoldenPictures,
    certificate: Certificate | None = None,
    depth: Depth | None = None,
) -> ModelBundle:
    """Return the bundle; the same run folder always gives the same bytes.

    Raises:
        GateRefused: the approval was not granted.
    """
    proof = {CERTIFICATE_FILE: certificate.to_text().encode()} if certificate else {}
    files = {
        MODEL_FILE: model.path.read_bytes(),
        LABELS_FILE: trained.labels.to_text().encode(),
        CARD_FILE: write_card(name, trained, model, benchmark, approval).encode(),
        **golden.files,
        **proof,
        **({DEPTH_FILE: depth.to_bytes()} if depth else {}),
    }
    quantum = next(spec.quantum for spec in model.declared.outputs if len(spec.shape) == 2)
    manifest = Manifest(
        name=name,
        labels=trained.labels,
        preprocess=trained.preprocess,
        input=model.declared.inputs[0],
        outputs=model.declared.outputs,
        recipe=model.recipe,
        files={file: sha256(content) for file, content in files.items()},
        golden=golden.vectors,
        golden_tolerance_quanta=golden.tolerance_quanta(quantum),
        golden_tolerance=golden.tolerance(rounds=model.calibration is not None),
        approval=approval,
        accuracy=_accuracy(benchmark, model.recipe),
        provenance=_provenance(trained, model) | {"golden_sources": golden.sources},
    )
    return ModelBundle(manifest, files)


def _accuracy(benchmark: Benchmark, recipe: str) -> dict[str, Any]:
    measured = benchmark.measured(recipe)
    figures, reference = measured.figures, benchmark.reference.accuracy
    return {
        "accuracy": figures.accuracy.value,
        "accuracy_interval": [figures.accuracy.low, figures.accuracy.high],
        "balanced_accuracy": figures.balanced_accuracy,
        "float_accuracy": reference.value,
        "float_accuracy_interval": [reference.low, reference.high],
        "agreement": measured.agreement.value,
        "pictures": figures.accuracy.of,
        "recall": {label: share.value for label, share in figures.recall.items()},
        "precision": {label: share.value for label, share in figures.precision.items()},
        "confusion": [list(row) for row in figures.confusion],
        "runtime": measured.runtime,
    }


def _provenance(trained: TrainedModel, model: TfliteModel) -> dict[str, Any]:
    """Return where a model came from: names and hashes, and no path of this machine."""
    rows = sorted(f"{row.sha256} {row.label} {row.part}" for row in trained.split)
    counts = Counter((row.part, row.label) for row in trained.split)
    return {
        "dataset": trained.dataset.name,
        "split_sha256": hashlib.sha256("\n".join(rows).encode()).hexdigest(),
        "pictures": {
            part: {label: counts[part, label] for label in trained.labels}
            for part in ("training", "validation", "testing")
        },
        "backbone": _without_paths(trained.backbone),
        "parameters": _without_paths(trained.parameters),
        "keras_sha256": model.keras_sha256,
        "calibration": model.calibration,
        "min_runtime_version": model.declared.min_runtime_version,
        "versions": {**trained.versions, **model.versions},
    }


def _without_paths(values: dict[str, Any]) -> dict[str, Any]:
    """Return plain JSON values; of an absolute path only its last part."""
    return {
        key: Path(value).name if isinstance(value, str) and value.startswith("/") else value
        for key, value in json.loads(json.dumps(values, default=str)).items()
    }
