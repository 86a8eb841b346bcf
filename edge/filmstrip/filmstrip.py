"""Filmstrip: the decisive moments of a recording on one sheet."""

from dataclasses import dataclass
from pathlib import Path

from edge.alarm.policy import AlarmPolicy
from edge.alarm.rules import AlarmRules
from edge.camera.camera import LostFrame
from edge.camera.opening import open_camera
from edge.camera.settings import CameraSettings
from edge.config.config import Config
from edge.contract import atomic
from edge.contract.bundle import ModelBundle
from edge.contract.errors import InputError
from edge.filmstrip.sheet import Sheet, Tile, tile_picture
from edge.filmstrip.track import Point, Track
from edge.inference.classifier import Classifier
from edge.inference.heatmap import HeatMap


@dataclass(frozen=True)
class Filmstrip:
    """A recording, the model that looks at it, and the track it left.

    `rules_known` is false where the track was made elsewhere, by rules that are not at hand.
    """

    camera: CameraSettings
    classifier: Classifier
    model_name: str
    rules: AlarmRules
    rules_known: bool
    track: Track

    @classmethod
    def of(
        cls, bundle: Path, clip: Path, timeline: Path | None, config: Path | None
    ) -> "Filmstrip":
        """Load the model, and read the timeline or watch the clip by the rules.

        Raises:
            InputError: a file that is not there or is not what it should be.
            BundleError: a damaged bundle.
            CameraError: a damaged clip.
        """
        camera = CameraSettings(clip, kind="folder" if clip.is_dir() else "clip", pace="fast")
        rules = AlarmRules() if config is None else Config.read(config).alarm
        model = ModelBundle.read(bundle)
        classifier = Classifier.from_bundle(model)
        policy = AlarmPolicy(rules, classifier.labels)
        if timeline is None:
            source = open_camera(camera)
            try:
                track = Track.watched(source.frames(), classifier, policy)
            finally:
                source.close()
        else:
            track = Track.read(timeline)
        known = timeline is None or config is not None
        return cls(camera, classifier, model.manifest.name, rules, known, track)

    def write(self, out: Path, count: int, title: str) -> list[float]:
        """Draw the sheet to a PNG, atomically; return the times of its moments in seconds.

        Raises:
            InputError: the timeline is of another recording.
            StorageError: the file cannot be written.
        """
        chosen = self.track.decisive(count)
        tiles = self._tiles(chosen)
        rules = self.rules if self.rules_known else None
        heat = any(tile.prediction.class_map is not None for tile in tiles)
        sheet = Sheet(title, self.model_name, self.rules.hazard, rules, heat)
        picture = sheet.draw(tiles, self.track)
        with atomic.atomic_path(out) as temporary:
            picture.save(temporary, "png")
        return [point.time_s for point in chosen]

    def _tiles(self, chosen: list[Point]) -> list[Tile]:
        wanted = {point.number: point for point in chosen}
        first_alarm = self.track.first("alarm")
        tiles = []
        source = open_camera(self.camera)
        try:
            for shot in source.frames():
                point = wanted.pop(shot.number, None)
                if point is not None and not isinstance(shot, LostFrame):
                    prediction = self.classifier.classify(shot)
                    picture = tile_picture(shot.rgb)
                    if prediction.class_map is not None:
                        hazard = sum(prediction.score(name) for name in self.rules.hazard)
                        heat = HeatMap.of(prediction, self.rules.hazard, self.classifier.preprocess)
                        picture = heat.weighed(min(hazard, 1.0)).over(picture)
                    tiles.append(Tile(point, picture, prediction, point == first_alarm))
                if not wanted:
                    break
        finally:
            source.close()
        if wanted or not tiles:
            raise InputError(
                "the timeline is not of this recording",
                found=f"frame {max(wanted, default=0)} in the timeline, none such in the recording",
                next_step="give the clip that was watched",
            )
        return tiles
