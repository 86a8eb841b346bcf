"""ReplaySession: the configuration, the model and the clips of one replay or tuning."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

from edge.camera.settings import CameraSettings
from edge.config.config import Config
from edge.config.model import ModelSettings
from edge.contract.bundle import ModelBundle
from edge.contract.errors import InputError
from edge.hand.judge import Judge
from edge.inference.classifier import Classifier
from edge.link.report import FrameReport
from edge.replay.recording import Recorder, Recording, recorded
from edge.replay.thinning import may_thin

Each = Callable[[FrameReport], object]


@dataclass(frozen=True)
class ReplaySession:
    """What every clip is looked at and judged by."""

    config: Config
    bundle: ModelBundle
    classifier: Classifier
    recorder: Recorder

    @classmethod
    def open(
        cls,
        clip: Path,
        bundle: Path | None,
        config: Path | None,
        fps: float | None,
        cache: Path | None,
        *,
        lean: bool = False,
    ) -> "ReplaySession":
        """Read what is given; a bundle wins over the one that the configuration names.

        With `lean`, recordings hold no more than alarms are decided by, where that is enough.

        Raises:
            InputError: neither a bundle nor a configuration is given.
            ConfigError: the configuration is wrong.
            BundleError: the bundle cannot be used.
        """
        if config is not None:
            read = Config.read(config)
            if bundle is not None:
                read = replace(read, model=replace(read.model, bundle=bundle))
        elif bundle is not None:
            camera: CameraSettings = recorded(clip, None)
            read = Config(ModelSettings(bundle), camera)
        else:
            raise InputError("no model is given", next_step="add --bundle FILE or --config FILE")
        loaded = ModelBundle.read(read.model.bundle)
        classifier = Classifier.from_bundle(loaded, read.model.threads)
        recorder = Recorder(read, loaded, classifier, fps, cache, lean=lean and may_thin(read))
        return cls(read, loaded, classifier, recorder)

    def judge(self) -> Judge:
        """Return a judge that has seen nothing yet.

        Raises:
            ConfigError: the rules do not fit the model.
        """
        return Judge(self.config, self.classifier.labels, False)

    def record(self, clip: Path, each: Each) -> tuple[Recording, float]:
        """Look at a clip; return what was seen and the seconds that it took.

        Raises:
            InputError: there is no such clip.
            CameraError: nothing of it can be read.
        """
        started = perf_counter()
        recording = self.recorder.record(clip, each)
        return recording, perf_counter() - started
