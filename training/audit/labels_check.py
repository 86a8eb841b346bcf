"""LabelsCheck: bottlenecks of a dataset for the audit of its labels, through the cache."""

from dataclasses import dataclass
from pathlib import Path

from converter.trained_model import SplitRow
from edge.contract.preprocess import Preprocess
from training.audit.step import Checked
from training.narrator import Narrator
from training.precision import Precision


@dataclass(frozen=True)
class LabelsCheck:
    """By which backbone's features labels are judged; as for `emberwatch retrain`."""

    weights: str | None
    cut: str | None
    precision: Precision
    bottleneck_dir: Path

    def run(self, checked: Checked, narrator: Narrator) -> Checked:
        """Return the audit with doubted labels. What retraining cached is not computed again.

        Raises:
            WeightsError: the weights do not fit.
            StorageError: a cache cannot be written; whole batches are kept.
        """
        from training import bottlenecks, weights
        from training.bottleneck_cache import BottleneckCache
        from training.features import TensorflowFeatures
        from training.head import class_indexes

        found = checked.found
        backbone = weights.choose_backbone(self.weights, self.cut)
        narrator.say(f"Features by {backbone.name} cut at {backbone.cut}: {backbone.quality}")
        preprocess = Preprocess(backbone.input_size, backbone.input_size, "squash")
        source = TensorflowFeatures(backbone, self.precision)
        wanted = [bottlenecks.Wanted(s.sha256, found.path_of(s)) for s in found.samples]
        with BottleneckCache(self.bottleneck_dir, preprocess.digest, source.digest) as cache:
            with narrator.bar(f"Bottlenecks ({source.words})") as progress:
                bottlenecks.compute(wanted, source, preprocess, cache, progress)
            readable = [s for s in found.samples if cache.problem(s.sha256) is None]
            features = cache.features([sample.sha256 for sample in readable])
        rows = [SplitRow(s.file, s.label, s.group, s.sha256, "training") for s in readable]
        classes = class_indexes([row.label for row in rows], found.labels.names)
        return checked.with_labels(rows, features, classes)
