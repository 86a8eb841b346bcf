"""Verdict: what a run is worth, in one paragraph of plain words, and what to do next."""

from dataclasses import dataclass

from converter.benchmark.benchmark import Benchmark
from converter.statistics import Figures, Proportion
from training.report.evidence import Evidence
from training.report.operating_point import OperatingPoint
from training.sweep import Probe

# Thresholds of wording, in points of accuracy and in score: where a person would act.
WEAKER_POINTS = 0.05
NEW_SCENES_LOSE = 0.10
FEW_TEST_PICTURES = 200
CALIBRATED = 0.05
# Of fewer pictures, ten bins give even perfect scores an error of 0.08 and more by chance (mean
# of 2,000 draws with scores even between 0.4 and 1).
FEW_TO_CALIBRATE = 100
RISES = 0.10


@dataclass(frozen=True)
class Verdict:
    """Sentences for one paragraph, and the next steps, the most useful first."""

    sentences: tuple[str, ...]
    next_steps: tuple[str, ...]


@dataclass(frozen=True)
class Rise:
    """By how much a hazard's mean score over normal pictures rises under a distortion."""

    label: str
    sweep: str
    amount: float
    by: float


def judge(evidence: Evidence, point: OperatingPoint | None, benchmark: Benchmark | None) -> Verdict:
    """Say what to expect, which class is weak, and what to do next."""
    rise = worst_rise(evidence.probe, evidence.hazard) if evidence.probe else None
    sentences = [
        _expected(evidence),
        _in_new_scenes(evidence),
        _weak(evidence),
        _alarms(point),
        _calibrated(evidence),
        _shaken(rise),
        _quantised(benchmark),
    ]
    return Verdict(
        tuple(sentence for sentence in sentences if sentence),
        tuple(_next_steps(evidence, point, benchmark, rise)),
    )


def familiar(evidence: Evidence) -> Proportion | None:
    """Return the accuracy on pictures like the training's own: the test's, else the folds'."""
    if evidence.test:
        return evidence.test.accuracy
    return evidence.folds.accuracy if evidence.folds else None


def broadest(evidence: Evidence) -> Figures | None:
    """Return the figures by class over the most pictures: the folds', else the test's."""
    if evidence.folds and evidence.folds.figures:
        return evidence.folds.figures
    return evidence.test


def weak_class(figures: Figures) -> str | None:
    """Return the class of least recall, if it is clearly below the next."""
    known = sorted((share.value, name) for name, share in figures.recall.items() if share.value)
    nothing = [name for name, share in figures.recall.items() if share.value == 0]
    if nothing:
        return nothing[0]
    if len(known) < 2 or (known[1][0] or 0) - (known[0][0] or 0) < WEAKER_POINTS:
        return None
    return known[0][1]


def worst_rise(probe: Probe, hazard: tuple[str, ...]) -> Rise | None:
    """Return the largest rise of a hazard's score on normal pictures over all distortions."""
    rises = [
        Rise(label, sweep.name, amount, score - scores[0])
        for sweep in probe.sweeps
        for label, scores in sweep.normal_score.items()
        if label in hazard and scores and scores[0] is not None
        for amount, score in zip(sweep.amounts, scores, strict=False)
        if score is not None and scores[0] is not None
    ]
    return max(rises, key=lambda rise: rise.by, default=None)


def of_hundred(share: Proportion) -> str:
    """Return such as `about 82 of 100`; near the ends the count says more than a rounding."""
    if share.count == share.of:
        return f"all {share.of}"
    if share.count == 0:
        return f"none of {share.of}"
    return f"about {100 * (share.value or 0):.0f} of 100"


def _expected(evidence: Evidence) -> str:
    share = familiar(evidence)
    if share is None:
        return "No pictures were held out for a test, so nothing is known of its accuracy."
    kind = "test" if evidence.test else "held-out"
    expected = of_hundred(share).capitalize()
    return (
        f"{expected} {kind} pictures were answered rightly (95% interval "
        f"{share.percent_interval()}): expect that of pictures taken as these were."
    )


def _in_new_scenes(evidence: Evidence) -> str:
    if evidence.left_out is None or evidence.left_out.pooled.value is None:
        return "How it does in a scene that it has never seen was not measured."
    share = evidence.left_out.pooled
    return (
        f"In a scene that it has never seen, expect {of_hundred(share)} "
        f"({share.percent_interval()})."
    )


def _weak(evidence: Evidence) -> str:
    figures = broadest(evidence)
    if figures is None:
        return ""
    name = weak_class(figures)
    if name is None:
        return "No class is clearly weaker than the others."
    share = figures.recall[name]
    row = figures.confusion[evidence.labels.index(name)]
    others = [(count, label) for count, label in zip(row, evidence.labels, strict=True)]
    most, taken_for = max((pair for pair in others if pair[1] != name), default=(0, ""))
    where = "folds" if figures is not evidence.test else "test"
    words = f"The weak class is {name}: the {where} found {share.count} of its {share.of} pictures"
    return words + (f", and took most of the others for {taken_for}." if most else ".")


def _alarms(point: OperatingPoint | None) -> str:
    reached = point and (point.test or point.chosen)
    if not point or not reached or reached.recall.value is None:
        return ""
    where = "test" if point.test else "held-out"
    found, false = reached.recall, reached.false_alarms
    return (
        f"An alarm at {threshold_text(point.threshold)} for {' + '.join(point.hazard)}, set for "
        f"{rate_text(point.wanted)} normal pictures, finds {found.count} of {found.of} {where} "
        f"pictures of a hazard and is false for {false.count} of {false.of} normal ones."
    )


def _calibrated(evidence: Evidence) -> str:
    if evidence.calibration is None:
        return ""
    ece = evidence.calibration.after.ece
    if ece <= CALIBRATED:
        return f"A score may be read as a probability (calibration error {ece:.3f})."
    count = sum(part.count for part in evidence.calibration.after.bins)
    if count < FEW_TO_CALIBRATE:
        return (
            f"Whether a score is a probability cannot be told from {count} pictures "
            f"(calibration error {ece:.3f})."
        )
    return f"A score is no probability yet: the calibration error is {ece:.3f}."


def _shaken(rise: Rise | None) -> str:
    if rise is None:
        return ""
    if rise.by <= RISES:
        return (
            f"No distortion tried raises a hazard's score on normal pictures by more than {RISES}."
        )
    return (
        f"{rise.sweep.capitalize()} fools it: on normal pictures it raises {rise.label} "
        f"by {rise.by:.2f}."
    )


def _quantised(benchmark: Benchmark | None) -> str:
    for result in benchmark.results if benchmark else ():
        if benchmark and result.recipe == "int8" and result.measured:
            drop = benchmark.drop_points("int8")
            more = "less" if drop > 0 else "more"
            change = f"{abs(drop):.1f} points {more}" if abs(drop) >= 0.05 else "as"
            return (
                f"In 8 bits, as a camera runs it, it is {change} accurate and gives the same "
                f"answer to {result.measured.agreement.percent()} of the pictures."
            )
    return ""


def _next_steps(
    evidence: Evidence,
    point: OperatingPoint | None,
    benchmark: Benchmark | None,
    rise: Rise | None,
) -> list[str]:
    steps: list[str] = []
    if not evidence.grouped:
        steps.append(
            "Say which pictures show one scene (--groups FILE): without it frames of one scene "
            "may stand on both sides, and every figure here flatters."
        )
    share, figures = familiar(evidence), broadest(evidence)
    left_out = evidence.left_out.pooled.value if evidence.left_out else None
    name = weak_class(figures) if figures else None
    if evidence.left_out is None and evidence.grouped:
        steps.append("Retrain with --leave-one-group-out to learn what new scenes cost.")
    if share and left_out is not None and (share.value or 0) - left_out > NEW_SCENES_LOSE:
        more = f", of {name} above all" if name else ""
        steps.append(
            f"Add pictures from more scenes{more}: another scene helps more than more frames of "
            "one. For a fixed camera, give its own empty frames (--site-frames)."
        )
    elif name:
        steps.append(f"Add pictures of {name}, from as many scenes as you can.")
    if rise and rise.by > RISES:
        steps.append(
            f"Add normal pictures of that kind ({rise.sweep}), which are now taken for "
            f"{rise.label}: from your own camera above all."
        )
    if share and share.of < FEW_TEST_PICTURES:
        steps.append(
            f"Hold more pictures out (--testing): {share.of} leave an interval of "
            f"{100 * ((share.high or 0) - (share.low or 0)):.0f} points."
        )
    if point and point.test and (point.test.false_alarms.low or 0) > point.wanted:
        steps.append("Set the alarm higher than the threshold above: the test had more of them.")
    if benchmark is None:
        steps.append("Convert and benchmark it: what counts is the 8-bit model on the camera.")
    return steps


def threshold_text(threshold: float) -> str:
    """Return a threshold with as many digits as tell it from 1."""
    return f"{threshold:.2f}" if threshold < 0.995 else f"{threshold:.4f}"


def rate_text(rate: float) -> str:
    """Return a rate such as 0.01 as `1 in 100`."""
    return f"1 in {round(1 / rate)}" if rate > 0 else "no"
