"""ModelCard: a short account of a packaged model, for people."""

from collections import Counter
from typing import Any

from converter.benchmark.benchmark import Benchmark
from converter.benchmark.measured import Measured
from converter.recipes import RECIPES
from converter.statistics import Figures, Proportion
from converter.tflite_model import TfliteModel
from converter.trained_model import Part, TrainedModel
from edge.contract.approval import Approval

WARNING = (
    "Not a certified fire-detection or life-safety device; it never replaces approved detectors."
)
PARTS: tuple[Part, ...] = ("training", "validation", "testing")
FITTED = {"squash": "squashed", "crop": "cropped about its middle"}
HASH_SHOWN = 16


def write_card(
    name: str,
    trained: TrainedModel,
    model: TfliteModel,
    benchmark: Benchmark,
    approval: Approval,
) -> str:
    """Return the card in Markdown."""
    measured = benchmark.measured(model.recipe)
    sections = {
        "What it takes and gives": _form(trained, model),
        "How well": _figures(benchmark.reference, measured, model.recipe),
        "What it does not know": _limits(trained, measured),
        "How it was made": _making(trained, model),
        "What the gate checked": _gate(approval),
        "Where it came from": _provenance(trained, model),
    }
    lines = [f"# {name}", "", _purpose(trained), "", f"**{WARNING}**", ""]
    if approval.warning:
        lines += [f"**{approval.warning[0].upper()}{_cell(approval.warning[1:])}**", ""]
    for title, content in sections.items():
        lines += [f"## {title}", "", *content, ""]
    return "\n".join(lines)


def _purpose(trained: TrainedModel) -> str:
    *others, last = [f"**{_cell(label)}**" for label in trained.labels]
    classes = f"{', '.join(others)} or {last}" if others else last
    return (
        f"Says of a camera's picture whether it shows {classes}. Trained for pictures like those "
        f"of the dataset `{trained.dataset.name}`; for a camera's own view, retrain with frames "
        "of it."
    )


def _form(trained: TrainedModel, model: TfliteModel) -> list[str]:
    preprocess = trained.preprocess
    outputs = sorted(model.declared.outputs, key=lambda spec: len(spec.shape))
    scores, class_map = outputs[0], outputs[-1]
    order = ", ".join(f"{at} {_cell(label)}" for at, label in enumerate(trained.labels))
    return [
        f"- **in**: one RGB picture, {FITTED[preprocess.fit]} to {preprocess.width} x "
        f"{preprocess.height}, bytes 0 to 255 as they are; normalisation is inside the model",
        f"- **out**: `{scores.name}`, the probability of each class ({order})",
        f"- **out**: `{class_map.name}`, a logit for each class in each of "
        f"{class_map.shape[1]} x {class_map.shape[2]} cells: where in the picture it is",
        "- the file carries this description and its labels as standard TFLite metadata",
    ]


def _figures(reference: Figures, measured: Measured, recipe: str) -> list[str]:
    figures = measured.figures
    return [
        f"On {figures.accuracy.of} test pictures that it was not trained on, in "
        f"{measured.runtime}, the runtime of a camera:",
        "",
        "| | accuracy | 95% interval |",
        "|---|---|---|",
        _row("float, before quantising", reference.accuracy),
        _row(f"this model ({recipe})", figures.accuracy),
        "",
        f"It gives the float model's answer to {measured.agreement.percent()} of them. "
        + _loss(measured),
        "",
        "| class | recall | 95% interval | precision | 95% interval |",
        "|---|---|---|---|---|",
        *(
            f"| {_cell(label)} | {share.percent()} | {share.percent_interval()} | "
            f"{figures.precision[label].percent()} | "
            f"{figures.precision[label].percent_interval()} |"
            for label, share in figures.recall.items()
        ),
        "",
        "What the pictures show, and what it says of them:",
        "",
        *_confusion(figures),
        "",
        f"{measured.size_bytes / 1e6:.1f} MB; {measured.ms_text} ms a picture on "
        f"{measured.threads} thread(s) of the workstation. A Pi takes its own time: "
        "`emberwatch benchmark --device` measures it.",
    ]


def _loss(measured: Measured) -> str:
    loss = measured.difference
    if loss.p_value is None:
        return ""
    counts = (
        f"Quantising lost {loss.lost} that were right and won {loss.gained} that were wrong: "
        if loss.lost or loss.gained
        else "Quantising lost none: "
    )
    verdict = "more than chance" if loss.significant else "no more than chance may do"
    return f"{counts}{verdict} (McNemar's exact test, p = {loss.p_value:.2g})."


def _confusion(figures: Figures) -> list[str]:
    labels = list(figures.recall)
    return [
        f"| shown | {' | '.join(f'said {_cell(label)}' for label in labels)} |",
        "|---" * (len(labels) + 1) + "|",
        *(
            f"| {_cell(label)} | {' | '.join(map(str, row))} |"
            for label, row in zip(labels, figures.confusion, strict=True)
        ),
    ]


def _limits(trained: TrainedModel, measured: Measured) -> list[str]:
    figures = measured.figures
    rare = [label for label, share in figures.recall.items() if share.of < 30]
    lines = [
        "- It knows these classes alone: whatever else a picture shows gets one of their names.",
        "- Pictures like the training ones do better than pictures from elsewhere"
        + _scenes(trained.metrics.get("folds")),
    ]
    if not trained.parameters.get("groups"):
        lines.append(
            "- The pictures were not grouped by scene, so frames of one scene may stand in "
            "training and in test: the figures flatter."
        )
    if rare:
        lines.append(
            f"- Few test pictures of {', '.join(map(_cell, rare))} (below 30): mind the intervals."
        )
    return lines


def _scenes(folds: Any) -> str:
    """Return the float model's accuracy in scenes that were left out, where it was measured."""
    try:
        share = Proportion(**folds["scenes"])
    except (KeyError, TypeError):
        return "."
    return (
        f": in scenes that were left out of training whole, the float model had "
        f"{share.percent()} of {share.of} pictures right ({share.percent_interval()})."
    )


def _making(trained: TrainedModel, model: TfliteModel) -> list[str]:
    known = RECIPES.get(model.recipe)
    counts = Counter((row.part, row.label) for row in trained.split)
    return [
        f"- **backbone**: {_backbone(trained)}",
        f"- **recipe**: {model.recipe}" + (f" ({known.summary})" if known else ""),
        f"- **calibration**: {_calibration(model.calibration)}",
        f"- **oldest runtime**: TensorFlow Lite {model.declared.min_runtime_version or 'not said'}",
        "",
        f"| pictures | {' | '.join(map(_cell, trained.labels))} | all |",
        "|---" * (len(trained.labels) + 2) + "|",
        *(
            f"| {part} | {' | '.join(str(counts[part, label]) for label in trained.labels)} "
            f"| {len(trained.pictures(part))} |"
            for part in PARTS
        ),
    ]


def _calibration(calibration: dict[str, Any] | None) -> str:
    if not calibration:
        return "none; activations stay in float"
    each = ", ".join(f"{count} {_cell(label)}" for label, count in calibration["per_class"].items())
    return (
        f"{calibration['pictures']} pictures of the training part ({each}), "
        f"seed {calibration['seed']}; none of validation or test"
    )


def _gate(approval: Approval) -> list[str]:
    """Return what was held against a limit before packaging, with every figure."""
    lines = ["| check | measured | counted | 95% interval | limit | verdict |"]
    lines += ["|---|---|---|---|---|---|"]
    for check in approval.checks:
        cells = check.name, f"{check.measured:.4g}", check.counted, check.interval, check.bound
        lines.append(f"| {' | '.join(map(_cell, cells))} | {check.verdict} |")
    notes = [
        f"- {_cell(check.name)}: {_cell(check.note)}" for check in approval.checks if check.note
    ]
    return [*lines, "", *notes] if notes else lines


def _provenance(trained: TrainedModel, model: TfliteModel) -> list[str]:
    made_by = trained.versions | model.versions
    versions = ", ".join(f"{name} {version}" for name, version in sorted(made_by.items()))
    return [
        f"- dataset `{trained.dataset.name}`; `manifest.json` has every parameter of the training "
        "and the hash of its split",
        f"- float model `{model.keras_sha256[:HASH_SHOWN]}`, this model "
        f"`{model.sha256[:HASH_SHOWN]}` (SHA-256, first {HASH_SHOWN} digits)",
        f"- made with {versions}",
        "- golden pictures in `golden/` prove on each camera that it gives these very scores",
    ]


def _row(name: str, share: Proportion) -> str:
    return f"| {name} | {share.percent()} | {share.percent_interval()} |"


def _cell(text: str) -> str:
    """Return a text that breaks no table."""
    return text.replace("|", "\\|")


def _backbone(trained: TrainedModel) -> str:
    return ", ".join(
        f"{key.replace('_', ' ')} {value}" if key != "name" else str(value)
        for key, value in trained.backbone.items()
        if isinstance(value, str | int | float) and "/" not in str(value)
    )
