"""ProgressFiles: what a user wants written while the head is trained."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.contract.preprocess import Preprocess
from training.backbone import Backbone
from training.frozen_graph import FINAL_TENSOR, write_frozen_graph
from training.head import Floats, Head, Ints, Progress
from training.intermediates import Intermediates, write_checkpoint
from training.summaries import Summaries


@dataclass(frozen=True)
class ProgressFiles:
    """Where they go; by default nowhere.

    `summaries` is TensorBoard's folder; `graphs` that of the intermediate graphs, one every
    `graph_steps` steps (0: none); `checkpoint` the file that the head is written to with each
    of them and at the end.
    """

    summaries: Path | None = None
    graphs: Path | None = None
    graph_steps: int = 0
    checkpoint: Path | None = None
    final_tensor: str = FINAL_TENSOR

    def open(self, backbone: Backbone, preprocess: Preprocess) -> "OpenProgressFiles":
        """Return what takes the progress of one training."""
        return OpenProgressFiles(self, backbone, preprocess)


class OpenProgressFiles:
    """Takes the progress of one training and writes what was asked for."""

    def __init__(self, files: ProgressFiles, backbone: Backbone, preprocess: Preprocess) -> None:
        self._files = files
        self._backbone = backbone
        self._preprocess = preprocess
        self._summaries = Summaries(files.summaries) if files.summaries else None
        self._intermediates = (
            Intermediates(files.graphs, files.graph_steps, self._write_graph, files.checkpoint)
            if files.graphs and files.graph_steps
            else None
        )

    def record(
        self,
        progress: Progress,
        head: Head,
        training: tuple[Floats, Ints],
        validation: tuple[Floats, Ints] | None = None,
    ) -> None:
        """Write what is due after a step; see `Summaries.record` and `Intermediates.record`.

        Raises:
            StorageError: a file cannot be written.
        """
        if self._summaries:
            self._summaries.record(progress, head, training, validation)
        if self._intermediates:
            self._intermediates.record(progress, head)

    def finish(self, head: Head, step: int) -> None:
        """Write the checkpoint of the finished head.

        Raises:
            StorageError: the file cannot be written.
        """
        if self._files.checkpoint:
            write_checkpoint(self._files.checkpoint, head, step)

    def _write_graph(self, path: Path, head: Head) -> None:
        write_frozen_graph(path, self._classifier(head), self._preprocess, self._files.final_tensor)

    def _classifier(self, head: Head) -> Any:
        from training.classifier_model import build_classifier

        return build_classifier(self._backbone, head)
