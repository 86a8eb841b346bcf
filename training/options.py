"""RetrainOptions: what a user may choose about a training run."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from edge.contract.preprocess import Fit
from training.cluster import Cluster
from training.feature_source import FeatureKind
from training.head import HeadOptions
from training.precision import Precision
from training.view import View
from training.views import training_views

AUTO = "auto"
CROPS, PATCHES = 4, 3


@dataclass(frozen=True)
class RetrainOptions:
    """What a user may choose; see `emberwatch retrain --help`.

    `views` replaces the `crops`, `patches` and `weathers` of each training picture. `mixes` is
    how many times each hazard is mixed into a site frame.
    `test_batch_size` and `validation_batch_size` are how many pictures of the part are used,
    -1 for all.
    """

    dataset: Path
    out: Path
    bottleneck_dir: Path
    groups: Path | None = None
    site_frames: Path | None = None
    negative: str = "misc"
    backbone: str = "inception_v3"
    weights: str | None = None
    cut: str | None = None
    precision: Precision = "auto"
    features: FeatureKind = "float"
    cluster: Cluster | None = None
    fit: Fit = "squash"
    testing_percentage: float = 10.0
    validation_percentage: float = 10.0
    test_batch_size: int = -1
    validation_batch_size: int = -1
    crops: int = CROPS
    patches: int = PATCHES
    weathers: int = 0
    mixes: int = 0
    views: tuple[View, ...] | None = None
    head: HeadOptions = field(default_factory=HeadOptions)
    early_stop: bool = True
    fine_tune: int = 0
    leave_one_group_out: bool = False
    labels_check: bool = True
    probe: bool = True

    @property
    def training_views(self) -> tuple[View, ...]:
        """Return the views of each training picture besides the whole of it."""
        return (
            self.views
            if self.views is not None
            else training_views(self.crops, self.patches, self.weathers)
        )

    def describe(self) -> dict[str, Any]:
        """Return the fields for a run file."""
        plain = asdict(self) | {"views": [view.key for view in self.training_views]}
        return {k: str(v) if isinstance(v, Path) else v for k, v in plain.items()}
