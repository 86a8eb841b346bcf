"""ModelCard: a short account of a packaged model, for people."""

from converter.benchmark.benchmark import Benchmark
from converter.statistics import Proportion
from converter.tflite_model import TfliteModel
from converter.trained_model import Part, TrainedModel
from edge.contract.approval import Approval

WARNING = (
    "Not a certified fire-detection or life-safety device; it never replaces approved detectors."
)


def write_card(
    name: str,
    trained: TrainedModel,
    model: TfliteModel,
    benchmark: Benchmark,
    approval: Approval,
) -> str:
    """Return the card in Markdown."""
    lines = [
        f"# {name}",
        "",
        f"Classifies pictures as {', '.join(trained.labels)}. {WARNING}",
        "",
        "## How well",
        "",
        *_figures(benchmark, model.recipe),
        "",
        "## How made",
        "",
        *_making(trained, model, benchmark),
        "",
        "## What the gate checked",
        "",
        *_gate(approval),
        "",
    ]
    return "\n".join(lines)


def _figures(benchmark: Benchmark, recipe: str) -> list[str]:
    measured = benchmark.measured(recipe)
    figures = measured.figures
    return [
        f"On {figures.accuracy.of} test pictures that it was not trained on:",
        "",
        "| | accuracy | 95% interval |",
        "|---|---|---|",
        _row("float", benchmark.reference.accuracy),
        _row(f"this model ({recipe})", figures.accuracy),
        "",
        "| class | recall | 95% interval | precision |",
        "|---|---|---|---|",
        *(
            f"| {label} | {share.percent()} | {share.percent_interval()} "
            f"| {figures.precision[label].percent()} |"
            for label, share in figures.recall.items()
        ),
        "",
        f"It gives the float model's answer to {measured.agreement.percent()} of them. "
        "Pictures like the training ones do better than pictures from elsewhere.",
    ]


def _making(trained: TrainedModel, model: TfliteModel, benchmark: Benchmark) -> list[str]:
    measured = benchmark.measured(model.recipe)
    parts: tuple[Part, ...] = ("training", "validation", "testing")
    counts = ", ".join(f"{len(trained.pictures(part))} {part}" for part in parts)
    recipe = model.recipe
    if model.calibration:
        recipe += f", {model.calibration['pictures']} calibration pictures"
    return [
        f"- backbone: {_backbone(trained)}",
        f"- pictures: {counts}",
        f"- recipe: {recipe}",
        f"- size: {model.size_bytes / 1e6:.1f} MB; {measured.median_ms:.1f} ms a picture in "
        f"{measured.runtime} on the workstation, {measured.threads} thread(s)",
    ]


def _gate(approval: Approval) -> list[str]:
    """Return what was held against a limit before packaging, with every figure."""
    lines = [f"**{approval.warning}**", ""] if approval.warning else []
    lines += ["| check | measured | counted | 95% interval | limit | verdict |"]
    lines += ["|---|---|---|---|---|---|"]
    for check in approval.checks:
        cells = check.name, f"{check.measured:.4g}", check.counted, check.interval, check.bound
        lines.append(f"| {' | '.join(cells)} | {check.verdict} |")
    return lines


def _row(name: str, share: Proportion) -> str:
    return f"| {name} | {share.percent()} | {share.percent_interval()} |"


def _backbone(trained: TrainedModel) -> str:
    return ", ".join(
        f"{key} {value}"
        for key, value in trained.backbone.items()
        if isinstance(value, str | int | float) and "/" not in str(value)
    )
