"""SmallFires: how small a fire in the frame may be and still be found, whole and by tiles."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from converter.statistics import Proportion
from converter.trained_model import SplitRow
from edge.contract.labels import Labels
from edge.contract.preprocess import Preprocess
from training import bottlenecks
from training.bottleneck_cache import BottleneckCache
from training.bottlenecks import Wanted
from training.composition import Cell
from training.features import FeatureSource, Floats
from training.fire_scenes import CELLS, FRAME, SIZES, FireScenes, Scene
from training.narrator import Narrator
from training.probe import Scores
from training.texture import TextureSource

# Of the cells of 3 x 3 of the normal frames, the share with the least texture.
TEXTURELESS_SHARE = 0.25
# The ways of looking: by the whole frame, or by the best of a grid's cells.
WAYS: dict[str, tuple[Cell, ...]] = {
    "whole_frame": (FRAME,),
    "tiles_2x2": tuple(cell for cell in CELLS if cell.cells == 2),
    "tiles_3x3": tuple(cell for cell in CELLS if cell.cells == 3),
}

Bools = npt.NDArray[np.bool_]
# Whether the best class of a view is a hazard.
Calls = Callable[[Wanted], bool]
Recalls = dict[str, tuple[Proportion, ...]]


@dataclass(frozen=True)
class Textureless:
    """The cells of normal frames in which least happens, and how many are called a hazard.

    `texture_below` is the most texture among them, in grey levels; see `TextureSource`.
    """

    false_alarms: Proportion
    texture_below: float


@dataclass(frozen=True)
class SmallFires:
    """Recall by the size of the fire in the frame, and what looking at tiles costs.

    A hazard is any class but the normal one; it is found where the best class of the frame, or
    of a tile that it reaches into, is a hazard. `recall` has, for each way of looking, a share
    for each of `sizes` (shares of the frame's area); `by_class` the same for each hazard.
    `normal_frames` is the share of frames without a hazard where one is found all the same:
    read it beside `recall`, for tiles that call everything a hazard find every fire.
    `normal_tiles` is the share of their 3 x 3 cells rightly called normal.
    """

    sizes: tuple[float, ...]
    pictures: dict[str, int]
    recall: Recalls
    by_class: dict[str, Recalls]
    normal_frames: dict[str, Proportion]
    normal_tiles: Proportion
    textureless: Textureless

    def lines(self) -> list[str]:
        """Return what to say of it at the end of a run."""
        sizes = ", ".join(f"1/{1 / size:.0f}" for size in self.sizes)
        said = [f"Recall of hazards pasted into normal frames, at {sizes} of the frame's area:"]
        for way, shares in self.recall.items():
            recalls = " ".join(f"{share.percent():>6}" for share in shares)
            wrong = self.normal_frames[way].percent()
            said.append(f"  {way.replace('_', ' '):12} {recalls}   normal frames alarming {wrong}")
        plain = self.textureless.false_alarms
        said.append(f"  textureless tiles called a hazard: {plain.percent()} (N={plain.of})")
        return said

    def to_json(self) -> dict[str, Any]:
        """Return the fields for a run file, the recalls at the top."""
        fields = asdict(self)
        recall = fields.pop("recall")
        plain: dict[str, Any] = _listed(recall | fields)
        return plain


def small_fires(
    rows: Sequence[SplitRow],
    root: Path,
    labels: Labels,
    negative: str | None,
    source: FeatureSource,
    preprocess: Preprocess,
    cache: BottleneckCache,
    scores: Scores,
    narrator: Narrator,
) -> SmallFires | None:
    """Paste hazards of the test part into normal pictures of it, and look for them.

    None where the rows have no hazard or no normal picture. A bounded number of pictures is
    used, in the order of their hashes; features go through the cache, and the texture of cells
    through a cache of its own beside it. Arguments as of `probe.probe`.

    Raises:
        PictureError: a picture went away; the batches before are kept.
        StorageError: the cache cannot be written; the batches before are kept.
    """
    plan = FireScenes.plan(rows, root, negative) if negative in labels.names else None
    if plan is None or negative is None:
        return None
    wanted = plan.views()
    with narrator.bar("Looking for small fires") as progress:
        bottlenecks.compute(wanted, source, preprocess, cache, progress)
    answers = scores(cache.features([view.key for view in wanted])).argmax(axis=1)
    hazardous = answers != labels.index(negative)
    called = {view.key: bool(one) for view, one in zip(wanted, hazardous, strict=True)}
    texture = _texture(plan, preprocess, cache.path.parent)
    return count(plan, labels, lambda view: called[view.key], texture)


def count(plan: FireScenes, labels: Labels, calls: Calls, texture: Floats) -> SmallFires:
    """Count what is found; pure.

    `texture` is float32 [cells], of the 3 x 3 cells of the frames, frame by frame.
    """
    present = {name: [s for s in plan.scenes if s.hazard.label == name] for name in labels.names}
    tiles = [plan.plain(frame, cell) for frame in plan.frames for cell in WAYS["tiles_3x3"]]
    alarms = np.array([calls(tile) for tile in tiles], dtype=np.bool_)
    return SmallFires(
        sizes=SIZES,
        pictures={name: len(scenes) for name, scenes in present.items() if scenes}
        | {plan.frames[0].label: len(plan.frames)},
        recall=_recalls(plan, plan.scenes, calls),
        by_class={
            name: _recalls(plan, scenes, calls) for name, scenes in present.items() if scenes
        },
        normal_frames={
            way: _share(any(calls(plan.plain(f, c)) for c in cells) for f in plan.frames)
            for way, cells in WAYS.items()
        },
        normal_tiles=_share(~alarms),
        textureless=textureless(alarms, texture),
    )


def textureless(alarms: Bools, texture: Floats) -> Textureless:
    """Count the alarms among the TEXTURELESS_SHARE of cells with the least texture."""
    few = max(1, round(TEXTURELESS_SHARE * len(texture)))
    # In a stable order, so that among equal cells the same are chosen in every run.
    least = np.argsort(texture, kind="stable")[:few]
    return Textureless(_share(alarms[least]), round(float(texture[least].max()), 2))


def _recalls(plan: FireScenes, scenes: Sequence[Scene], calls: Calls) -> Recalls:
    return {
        way: tuple(
            _share(
                any(calls(plan.cell(s, size, c)) for c in cells if s.touches(size, c))
                for s in scenes
            )
            for size in SIZES
        )
        for way, cells in WAYS.items()
    }


def _share(found: Any) -> Proportion:
    answers = list(found)
    return Proportion.of_counts(sum(map(bool, answers)), len(answers))


def _texture(plan: FireScenes, preprocess: Preprocess, folder: Path) -> Floats:
    tiles = [plan.plain(frame, cell) for frame in plan.frames for cell in WAYS["tiles_3x3"]]
    source = TextureSource()
    with BottleneckCache(folder, preprocess.digest, source.digest) as cache:
        bottlenecks.compute(tiles, source, preprocess, cache, lambda _done, _of: None)
        return cache.features([tile.key for tile in tiles])[:, 0]


def _listed(value: Any) -> Any:
    """Return a value with its tuples as lists, as JSON has them."""
    if isinstance(value, dict):
        return {key: _listed(item) for key, item in value.items()}
    return [_listed(item) for item in value] if isinstance(value, list | tuple) else value
