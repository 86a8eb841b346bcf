"""Gate: holds what was measured of a model against named limits before it may be packaged."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from converter.benchmark.benchmark import Benchmark, Measured
from converter.gauntlet.certificate import DEFAULT_MAX_NUISANCE_POINTS, Certificate
from converter.packaging.checks import hold, hold_share, percent
from converter.statistics import SIGNIFICANT, Difference, Proportion
from edge.contract.approval import Approval, Check, is_one_line
from edge.contract.errors import GateRefused, InputError

__all__ = ["DEFAULT_MAX_NUISANCE_POINTS", "Gate", "grant"]

Strictness = Literal["off", "warn", "strict"]

# What each limit is unless a person says otherwise; docs/decisions/the-gate.md has the reasons.
DEFAULT_MAX_DROP_POINTS = 1.0
DEFAULT_MIN_RECALL = 0.5
DEFAULT_MAX_RECALL_DROP_POINTS = 5.0
DEFAULT_MAX_FALSE_ALARMS = 0.25


@dataclass(frozen=True)
class Gate:
    """The limits of a model's figures; on the limit a figure passes.

    A hazard is every class but the negative one; without such a class, every class.

    Attributes:
        max_drop_points: test accuracy that the float model may be ahead, percentage points.
        min_recall: least recall by class, in [0, 1]; hazards not named here must reach
            `DEFAULT_MIN_RECALL`.
        max_recall_drop_points: recall that a hazard class may lose against float, percentage
            points. None is 5 points, or one picture of the class where that is more.
        max_false_alarms: share of the negative class's pictures that may be called a hazard.
        max_ms: median milliseconds a picture in the Pi environment; None sets no limit.
        gauntlet: what a failed check of the gauntlet's certificate does: nothing, since none
            is asked for (`off`), a warning, or a refusal (`strict`).
        max_nuisance_points: by how much a condition of the gauntlet may raise false alarms or
            lower recall.
    """

    max_drop_points: float = DEFAULT_MAX_DROP_POINTS
    min_recall: Mapping[str, float] = field(default_factory=dict)
    max_recall_drop_points: float | None = None
    max_false_alarms: float = DEFAULT_MAX_FALSE_ALARMS
    max_ms: float | None = None
    gauntlet: Strictness = "warn"
    max_nuisance_points: float = DEFAULT_MAX_NUISANCE_POINTS

    def check(
        self,
        benchmark: Benchmark,
        recipe: str,
        negative: str | None = None,
        certificate: Certificate | None = None,
    ) -> Approval:
        """Return every check of a measured recipe, passed or not.

        `negative` is the class of normal pictures, None where the labels have none;
        `certificate` the gauntlet's, None where it was not run.

        Raises:
            InputError: the recipe was not measured, or a limit names no class of the model.
        """
        measured = benchmark.measured(recipe)
        checks = [
            *self._accuracy(benchmark, measured, recipe),
            *self._recalls(benchmark, measured, negative),
            *self._false_alarms(measured, negative),
            *self._latency(measured),
        ]
        if certificate is not None and self.gauntlet != "off":
            checks += certificate.checks(
                advisory=self.gauntlet != "strict", limit_points=self.max_nuisance_points
            )
        return Approval(tuple(checks))

    def _accuracy(self, benchmark: Benchmark, measured: Measured, recipe: str) -> Iterator[Check]:
        pictures = measured.figures.accuracy.of
        drop = Difference.of_counts(measured.lost, measured.gained, pictures)
        counts = f"{measured.lost} pictures lost, {measured.gained} gained of {pictures}"
        accuracies = f"{benchmark.reference.accuracy.percent()} float"
        yield hold(
            "accuracy_drop_points",
            benchmark.drop_points(recipe),
            self.max_drop_points,
            low=percent(drop.low),
            high=percent(drop.high),
            note=f"{accuracies}, {measured.figures.accuracy.percent()} now; {counts}",
        )
        p_value = drop.p_value if measured.lost > measured.gained else None
        yield hold(
            "loss_p_value",
            1.0 if p_value is None else p_value,
            SIGNIFICANT,
            at_least=True,
            advisory=True,
            note="McNemar's exact test: below the limit the loss is no accident",
        )

    def _recalls(
        self, benchmark: Benchmark, measured: Measured, negative: str | None
    ) -> Iterator[Check]:
        names = benchmark.labels.names
        for label in self.min_recall:
            if label not in names:
                raise InputError(
                    f"the model has no class {label}", expected="one of " + ", ".join(names)
                )
        hazards = [label for label in names if label != negative]
        for label in names:
            ours, theirs = measured.figures.recall[label], benchmark.reference.recall[label]
            if label in hazards or label in self.min_recall:
                least = self.min_recall.get(label, DEFAULT_MIN_RECALL)
                # A class that was never tested is not known to be found: 0% of none.
                note = "" if ours.of else "there are no test pictures of it"
                name = f"recall_percent[{label}]"
                yield hold_share(name, ours, least, at_least=True, note=note)
            if label in hazards and ours.of:
                lost = theirs.count - ours.count
                yield hold(
                    f"recall_drop_points[{label}]",
                    100 * lost / ours.of,
                    self._recall_drop(ours.of),
                    note=f"{theirs.count} float, {ours.count} now of {ours.of}",
                )

    def _recall_drop(self, pictures: int) -> float:
        if self.max_recall_drop_points is not None:
            return self.max_recall_drop_points
        # One picture of a small class may be more than that, and is no evidence of anything.
        return max(DEFAULT_MAX_RECALL_DROP_POINTS, round(100 / pictures, 6))

    def _false_alarms(self, measured: Measured, negative: str | None) -> Iterator[Check]:
        if negative is None:
            return
        quiet = measured.figures.recall[negative]
        if quiet.value is not None:
            alarms = Proportion.of_counts(quiet.of - quiet.count, quiet.of)
            yield hold_share("false_alarm_percent", alarms, self.max_false_alarms)

    def _latency(self, measured: Measured) -> Iterator[Check]:
        if self.max_ms is not None:
            if measured.throttled:
                raise InputError(
                    "there is no latency to hold against --max-ms",
                    found="a machine that throttled",
                    next_step="let it cool down and run emberwatch benchmark again",
                )
            where = f"{measured.runtime}, {measured.threads} thread(s), on this workstation"
            note = f"{where}: a Pi's figure is another"
            yield hold("latency_median_ms", measured.median_ms, self.max_ms, note=note)


def grant(approval: Approval, recipe: str, override: str | None = None) -> Approval:
    """Return an approval by which a model may be packaged.

    `override` is a person's reason to package it though a check failed; it is kept in what is
    returned, and left out where nothing failed.

    Raises:
        GateRefused: a check failed and there is no override; every one is named.
        InputError: the override gives no reason in one printable line.
    """
    if override is not None:
        check_reason(override)
        return Approval(approval.checks, override) if approval.failed else approval
    if approval.passed:
        return approval
    failed = approval.failed
    raise GateRefused(
        f"the gate refuses {recipe}: {len(failed)} of {len(approval.checks)} checks failed: "
        + "; ".join(f"{check.name} {check.measured:.4g}, {check.bound}" for check in failed),
        next_step="convert with more --calibration pictures or another recipe, set another "
        "limit, or give --override REASON, which the bundle will show",
    )


def check_reason(override: str) -> None:
    """Make sure that an override has a reason.

    Raises:
        InputError: it is empty, or not one line of printable text.
    """
    if not is_one_line(override):
        raise InputError(
            "--override needs a reason",
            found=repr(override),
            expected="one line that says why, such as 'bench test, no relay connected'",
        )
