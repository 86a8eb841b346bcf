"""RetrainOptions: what a user may choose about a training run."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from edge.contract.preprocess import Fit
from training.head import HeadOptions
from training.precision import Precision


@dataclass(frozen=True)
class RetrainOptions:
    """What a user may choose; see `emberwatch retrain --help`."""

    dataset: Path
    out: Path
    bottleneck_dir: Path
    groups: Path | None = None
    site_frames: Path | None = None
    negative: str = "misc"
    weights: str | None = None
    cut: str | None = None
    precision: Precision = "auto"
    fit: Fit = "squash"
    testing_percentage: float = 10.0
    validation_percentage: float = 10.0
    head: HeadOptions = field(default_factory=HeadOptions)
    leave_one_group_out: bool = False

    def describe(self) -> dict[str, Any]:
        """Return the fields for a run file."""
        plain = asdict(self)
        return {k: str(v) if isinstance(v, Path) else v for k, v in plain.items()}
