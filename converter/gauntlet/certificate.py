"""Certificate: what the gauntlet's conditions did to a model's alarms, as figures."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from converter.gauntlet.conditions import CONDITIONS, REVISION
from converter.packaging.checks import hold, percent
from converter.statistics import Difference, Proportion
from edge.contract import atomic
from edge.contract.approval import Check

CERTIFICATE_FILE = "gauntlet.json"
SCHEMA = 1
CHECK_PREFIX = "gauntlet_"
# How much worse a condition may make either rate; docs/decisions/the-gate.md has the reason.
DEFAULT_MAX_NUISANCE_POINTS = 25.0


@dataclass(frozen=True)
class Rate:
    """A share of pictures called a hazard, and what changed against the same ones plain.

    `appeared` were not called a hazard when plain, `vanished` were.
    """

    share: Proportion
    appeared: int = 0
    vanished: int = 0

    @property
    def plain(self) -> int:
        """Return how many of the same pictures were called a hazard when plain."""
        return self.share.count - self.appeared + self.vanished

    @property
    def rise(self) -> Difference:
        """Return how much larger the share is than that of the plain pictures, paired."""
        return Difference.of_counts(self.appeared, self.vanished, self.share.of)

    @property
    def loss(self) -> Difference:
        """Return how much smaller the share is than that of the plain pictures, paired."""
        return Difference.of_counts(self.vanished, self.appeared, self.share.of)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Rate":
        """Read the fields."""
        return cls(**data | {"share": Proportion(**data["share"])})


@dataclass(frozen=True)
class Tried:
    """One step of a condition, or the plain pictures, whose names are both empty.

    `false_alarms` is over pictures of the negative class. `recall` is over those of hazards,
    each class by itself; empty where the condition hides them or brings a flame of its own.
    A hazard called by another hazard's name is found: any of them raises the alarm.
    """

    condition: str
    step: str
    false_alarms: Rate
    recall: dict[str, Rate]

    @property
    def recall_of_all(self) -> Rate | None:
        """Return the recall of all hazards as one; None where it was not measured."""
        rates = self.recall.values()
        if not rates:
            return None
        count, of = (sum(getattr(rate.share, name) for rate in rates) for name in ("count", "of"))
        return Rate(
            Proportion.of_counts(count, of),
            sum(rate.appeared for rate in rates),
            sum(rate.vanished for rate in rates),
        )

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Tried":
        """Read the fields."""
        recall = {label: Rate.from_json(rate) for label, rate in data["recall"].items()}
        return cls(data["condition"], data["step"], Rate.from_json(data["false_alarms"]), recall)


@dataclass(frozen=True)
class Certificate:
    """A model's way through the gauntlet: no times and no paths, so the same run gives the same.

    Attributes:
        model_sha256: of the TFLite file.
        runtime: what ran it, such as `tflite-runtime 2.14.0`.
        revision: of the conditions' drawing code.
        seed: of what they draw by chance.
        negative: the class of normal pictures.
        pictures: how many of each class came from where, such as `test` or `site`.
        pictures_sha256: over the hashes of all pictures.
        plain: the pictures as they are.
        tried: each step of each condition.
    """

    model_sha256: str
    runtime: str
    revision: int
    seed: int
    negative: str
    pictures: dict[str, dict[str, int]]
    pictures_sha256: str
    plain: Tried
    tried: tuple[Tried, ...]

    def fits(self, model_sha256: str, runtime: str) -> bool:
        """Say whether this is of that very model, that runtime and today's conditions."""
        ours = (self.model_sha256, self.runtime, self.revision)
        return ours == (model_sha256, runtime, REVISION)

    def checks(
        self, *, advisory: bool, limit_points: float = DEFAULT_MAX_NUISANCE_POINTS
    ) -> Iterator[Check]:
        """Yield two checks for each judged condition, by the worst of its steps.

        The false alarms may rise, and the recall fall, by so many points against the very
        same pictures plain.
        """
        for condition in CONDITIONS:
            steps = [one for one in self.tried if one.condition == condition.name]
            if not steps or not condition.judged:
                continue
            name = f"{CHECK_PREFIX}false_alarm_rise_points[{condition.name}]"
            rises = [(one.false_alarms.rise, one.false_alarms, one.step) for one in steps]
            yield _worst(name, rises, limit_points, advisory)
            losses = [(rate.loss, rate, one.step) for one in steps if (rate := one.recall_of_all)]
            if losses:
                name = f"{CHECK_PREFIX}recall_loss_points[{condition.name}]"
                yield _worst(name, losses, limit_points, advisory)

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain JSON."""
        return asdict(self) | {"schema": SCHEMA}

    def to_text(self) -> str:
        """Return the certificate as a JSON file's text: sorted keys, a final line break."""
        text = json.dumps(self.to_json(), indent=2, sort_keys=True, ensure_ascii=False)
        return text + "\n"

    def write(self, folder: Path) -> Path:
        """Write FOLDER/gauntlet.json atomically and return its path.

        Raises:
            StorageError: the folder cannot be written or the disk is full.
        """
        path = folder / CERTIFICATE_FILE
        atomic.write_text(path, self.to_text())
        return path

    @classmethod
    def read(cls, folder: Path) -> "Certificate | None":
        """Return the certificate in a folder; None where there is none that can be read."""
        try:
            data = json.loads((folder / CERTIFICATE_FILE).read_text(encoding="utf-8"))
            if data.pop("schema") != SCHEMA:
                return None
            steps = tuple(map(Tried.from_json, data["tried"]))
            return cls(**data | {"plain": Tried.from_json(data["plain"]), "tried": steps})
        except (OSError, AttributeError, LookupError, TypeError, ValueError):
            return None


def _worst(
    name: str, found: list[tuple[Difference, Rate, str]], limit: float, advisory: bool
) -> Check:
    change, rate, step = max(found, key=lambda one: one[0].value or 0.0)
    return hold(
        name,
        100 * (change.value or 0.0),
        limit,
        low=percent(change.low),
        high=percent(change.high),
        advisory=advisory,
        note=f"{step}: {rate.share.count} of {rate.share.of} called a hazard, {rate.plain} plain",
    )
