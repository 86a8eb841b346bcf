"""Evidence: what a run says of itself in run.json, read for the report."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from converter.statistics import Figures, Proportion
from converter.trained_model import TrainedModel
from training.report.small_fires import SmallFires
from training.sweep import Probe, Sweep

Read = TypeVar("Read")
Shares = dict[str, Proportion]


@dataclass(frozen=True)
class CurvePoint:
    """A moment of training: accuracies in [0, 1], cross entropies in nats."""

    step: int
    train_accuracy: float
    validation_accuracy: float | None
    cross_entropy: float
    validation_cross_entropy: float | None


@dataclass(frozen=True)
class Folds:
    """Cross-validation in which the pictures of one family are never on both sides.

    `scenes` counts the pictures of named scenes alone; `curve` has (step, cross entropy).
    """

    count: int
    accuracy: Proportion
    figures: Figures | None
    cuts: Shares
    scenes: Proportion | None
    curve: tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class LeftOut:
    """Accuracy in scenes that training had not seen: pooled, and scene by scene."""

    pooled: Proportion
    by_group: Shares
    not_possible: tuple[str, ...]


@dataclass(frozen=True)
class Bin:
    """Pictures whose best score lies in (low, high]: mean score and share right."""

    low: float
    high: float
    count: int
    confidence: float | None
    accuracy: float | None


@dataclass(frozen=True)
class Reliability:
    """How far scores are probabilities: the expected calibration error and its bins."""

    ece: float
    bins: tuple[Bin, ...]


@dataclass(frozen=True)
class Calibration:
    """Reliability before and after the logits were divided by `temperature`."""

    temperature: float
    of: str
    before: Reliability
    after: Reliability


@dataclass(frozen=True)
class Evidence:
    """All figures of a run; None or empty where an older run, or its options, left one out.

    `negative` is the class of normal pictures, None where the labels have no such class.
    `grouped` says whether the run was told which pictures are of one scene.
    """

    labels: tuple[str, ...]
    negative: str | None
    grouped: bool
    test: Figures | None
    by_group: Shares
    train: Proportion | None
    validation: Proportion | None
    curve: tuple[CurvePoint, ...]
    best_step: int | None
    folds: Folds | None
    random_folds: Proportion | None
    left_out: LeftOut | None
    calibration: Calibration | None
    probe: Probe | None
    small_fires: SmallFires | None

    @classmethod
    def of(cls, trained: TrainedModel) -> "Evidence":
        """Read a run's metrics; what is missing or of another form is left out."""
        found, parameters = trained.metrics, trained.parameters
        negative = parameters.get("negative", "misc")
        test = _part(found, "test", Figures.from_json)
        return cls(
            labels=tuple(trained.labels),
            negative=negative if negative in trained.labels.names else None,
            grouped=bool(parameters.get("groups")),
            test=test if test and test.accuracy.of else None,
            by_group=_part(found, "by_group", _shares) or {},
            train=_counted(_part(found, "train_accuracy", _share)),
            validation=_counted(_part(found, "validation_accuracy", _share)),
            curve=_part(found, "curve", _curve) or (),
            best_step=_part(found, "best_step", int),
            folds=_part(found, "folds", _folds),
            random_folds=_random(found),
            left_out=_part(found, "leave_one_group_out", _left_out),
            calibration=_part(found, "calibration", _calibration),
            probe=_part(found, "probe", _probe),
            small_fires=_part(found, "small_fires", SmallFires.from_json)
            or _part(found, "small_fire", SmallFires.from_json),
        )

    @property
    def hazard(self) -> tuple[str, ...]:
        """Return the classes other than the negative one; none where there is no negative."""
        return tuple(name for name in self.labels if self.negative and name != self.negative)


def _part(found: dict[str, Any], name: str, read: Callable[[Any], Read]) -> Read | None:
    """Read one part of the metrics; None where it is missing or not as this version writes it."""
    if found.get(name) is None:
        return None
    try:
        return read(found[name])
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        return None


def _counted(share: Proportion | None) -> Proportion | None:
    return share if share and share.of else None


def _share(data: dict[str, Any]) -> Proportion:
    return Proportion(**data)


def _shares(data: dict[str, Any]) -> Shares:
    return {str(name): _share(share) for name, share in data.items()}


def _curve(data: list[dict[str, Any]]) -> tuple[CurvePoint, ...]:
    names = ("validation_accuracy", "validation_cross_entropy")
    return tuple(
        CurvePoint(
            step=int(point["step"]),
            train_accuracy=float(point["train_accuracy"]),
            cross_entropy=float(point["cross_entropy"]),
            **{name: None if point.get(name) is None else float(point[name]) for name in names},
        )
        for point in data
    )


def _folds(data: dict[str, Any]) -> Folds:
    return Folds(
        count=int(data["count"]),
        accuracy=_share(data["accuracy"]),
        figures=_part(data, "figures", Figures.from_json),
        cuts=_part(data, "cuts", _shares) or {},
        scenes=_counted(_part(data, "scenes", _share)),
        curve=_part(data, "curve", _steps) or (),
    )


def _steps(data: list[dict[str, Any]]) -> tuple[tuple[int, float], ...]:
    return tuple((int(point["step"]), float(point["cross_entropy"])) for point in data)


def _random(found: dict[str, Any]) -> Proportion | None:
    """Return the accuracy on pictures dealt at random, which stands at one of two places."""
    folds = found.get("folds")
    inside = _part(folds, "random", _share) if isinstance(folds, dict) else None
    return _counted(_part(found, "random_folds", _share)) or _counted(inside)


def _left_out(data: dict[str, Any]) -> LeftOut:
    return LeftOut(
        _share(data["pooled"]),
        _shares(data["by_group"]),
        tuple(map(str, data.get("left_out_a_whole_class") or ())),
    )


def _calibration(data: dict[str, Any]) -> Calibration:
    def read(side: dict[str, Any]) -> Reliability:
        return Reliability(float(side["ece"]), tuple(map(_bin, side["bins"])))

    before, after = read(data["before"]), read(data["after"])
    return Calibration(float(data["temperature"]), str(data.get("of", "testing")), before, after)


def _bin(data: dict[str, Any]) -> Bin:
    return Bin(
        float(data["low"]),
        float(data["high"]),
        int(data["count"]),
        data.get("confidence"),
        data.get("accuracy"),
    )


def _probe(data: dict[str, Any]) -> Probe:
    sweeps = tuple(
        Sweep(
            name=str(sweep["name"]),
            unit=str(sweep.get("unit", "")),
            amounts=tuple(map(float, sweep["amounts"])),
            recall=dict(sweep["recall"]),
            false_alarm=dict(sweep.get("false_alarm") or {}),
            normal_score=dict(sweep.get("normal_score") or {}),
        )
        for sweep in data["sweeps"]
    )
    return Probe(
        labels=tuple(map(str, data.get("labels") or ())),
        pictures={str(name): int(count) for name, count in (data.get("pictures") or {}).items()},
        sweeps=sweeps,
        lines=tuple(map(str, data.get("lines") or ())),
    )
