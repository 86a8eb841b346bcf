"""Scene: the hazards of a frame's parts, under the zones that are in force."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge.alarm.areas import Areas, area_scores
from edge.alarm.plan import Plan
from edge.inference.prediction import Prediction
from edge.inference.tile import Box

Floats = npt.NDArray[np.float32]
# The whole frame's place; zones and tiles have names.
FRAME = ""
# What zones leave of a frame is not judged if it is less than a cell of the class map, and of a
# tile if it is less than a quarter: the mean over a few cells is noise.
LEAST_CELLS = 1.0
LEAST_SHARE_OF_TILE = 0.25
# Enough areas for each tile of a large sweep.
MOST_KEPT = 256
# For tiles whose map is not known, zones are drawn this fine.
COARSE = (8, 8)
NO_MAP = "the zones are not in force: the model has no class map"
NOTHING_WATCHED = "the zones leave nothing to be watched now"


@dataclass(frozen=True)
class Glance:
    """The hazard, in [0, 1], of one place, and by which thresholds it is judged.

    `quiet` says that it may well burn there: its hazard is worth showing only beyond raise_at.
    """

    place: str
    hazard: float
    raise_at: float
    clear_at: float
    quiet: bool = False


class Scene:
    """Reads frames and tiles part by part; it keeps how zones lie on the map."""

    def __init__(self) -> None:
        self.note: str | None = None
        self._areas: dict[object, Areas] = {}

    def glances(self, plan: Plan, prediction: Prediction) -> list[Glance]:
        """Return the hazard of each part of a frame; where no zone is, the model's own score.

        A model without a class map cannot say where, so that the whole frame counts; `note`
        says so.
        """
        self.note = None
        class_map = prediction.class_map
        whole = Glance(FRAME, plan.hazard(prediction.scores), plan.raise_at, plan.clear_at)
        if not plan.zones:
            return [whole]
        if class_map is None:
            self.note = NO_MAP
            return [whole]
        areas = self._laid(plan, class_map, prediction.seen)
        found = []
        if areas.rest.min() >= 1:
            found.append(whole)
        elif areas.rest.sum() >= LEAST_CELLS:
            rest = area_scores(class_map, areas.rest)
            found.append(Glance(FRAME, plan.hazard(rest), plan.raise_at, plan.clear_at))
        for zone in plan.zones:
            own = areas.zones.get(zone.name)
            if own is not None and own.any():
                raise_at = zone.raise_at or plan.raise_at
                clear_at = plan.clear_at * min(1.0, raise_at / plan.raise_at)
                hazard = plan.hazard(area_scores(class_map, own))
                quiet = zone.kind == "higher"
                found.append(Glance(f"zone {zone.name}", hazard, raise_at, clear_at, quiet))
        if not found:
            self.note = NOTHING_WATCHED
        return found

    def tile_hazard(
        self,
        plan: Plan,
        scores: Floats,
        class_map: Floats | None,
        box: Box,
        hazard_at: Sequence[int],
    ) -> float | None:
        """Return what counts of a tile's hazard, or None if zones take too much of it out.

        `hazard_at` are the places in the scores of the classes that count in tiles.
        Without a class map a tile counts only if no zone that ignores or needs more touches it.
        """
        if not any(zone.kind != "watch" for zone in plan.zones):
            return plan.hazard(scores, hazard_at)
        if class_map is None:
            clear = Areas.of(plan.zones, COARSE, box).rest.min() >= 1
            return plan.hazard(scores, hazard_at) if clear else None
        rest = self._laid(plan, class_map, box).rest
        if rest.min() >= 1:
            return plan.hazard(scores, hazard_at)
        if rest.mean() < LEAST_SHARE_OF_TILE:
            return None
        return plan.hazard(area_scores(class_map, rest), hazard_at)

    def _laid(self, plan: Plan, class_map: Floats, box: Box) -> Areas:
        shape = (class_map.shape[0], class_map.shape[1])
        key = (plan.zones, shape, box)
        if key not in self._areas:
            if len(self._areas) >= MOST_KEPT:
                self._areas.clear()
            self._areas[key] = Areas.of(plan.zones, shape, box)
        return self._areas[key]
