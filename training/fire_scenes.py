"""FireScenes: which hazards are pasted into which normal frames, and the views that shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from converter.trained_model import SplitRow
from training.bottlenecks import Wanted
from training.composition import Cell, Pasted, place_of
from training.probe import sample
from training.view import WHOLE

# Shares of the frame's area: a sixth of its width and height is the smallest.
SIZES = (1 / 2, 1 / 4, 1 / 9, 1 / 16, 1 / 36)
GRIDS = (2, 3)
CELLS = tuple(Cell(n, row, column) for n in GRIDS for row in range(n) for column in range(n))
FRAME = Cell(1)
MOST_OF_A_HAZARD = 20
MOST_FRAMES = 30


@dataclass(frozen=True)
class Scene:
    """A hazard picture and the normal frame that it is pasted into."""

    hazard: SplitRow
    frame: SplitRow

    def touches(self, size: float, cell: Cell) -> bool:
        """Say whether the hazard reaches into a cell; if not, the cell is the frame's own."""
        place = place_of(self.frame.sha256, self.hazard.sha256, size)
        return cell.box.meets(place)


@dataclass(frozen=True)
class FireScenes:
    """Scenes and normal frames; the pictures lie under `root`."""

    root: Path
    scenes: tuple[Scene, ...]
    frames: tuple[SplitRow, ...]

    @classmethod
    def plan(cls, rows: Sequence[SplitRow], root: Path, negative: str) -> "FireScenes | None":
        """Give each hazard a frame, a bounded number of both, in the order of their hashes.

        None where the rows hold no hazard or no normal picture.
        """
        frames = sample([row for row in rows if row.label == negative], MOST_FRAMES)
        hazards = sample([row for row in rows if row.label != negative], MOST_OF_A_HAZARD)
        if not frames or not hazards:
            return None
        pairs = (Scene(row, frames[at % len(frames)]) for at, row in enumerate(hazards))
        return cls(root, tuple(pairs), tuple(frames))

    def views(self) -> list[Wanted]:
        """Return every view that is looked at: each frame plain, then each scene's own."""
        views = [self.plain(frame, cell) for frame in self.frames for cell in (FRAME, *CELLS)]
        for scene in self.scenes:
            for size in SIZES:
                cells = [c for c in (FRAME, *CELLS) if scene.touches(size, c)]
                views += [self.cell(scene, size, cell) for cell in cells]
        return views

    def plain(self, frame: SplitRow, cell: Cell) -> Wanted:
        """Return a cell of a normal frame as it is."""
        view = WHOLE if cell == FRAME else cell
        return Wanted(frame.sha256, self.root / frame.file, view)

    def cell(self, scene: Scene, size: float, cell: Cell) -> Wanted:
        """Return a cell of a scene with its hazard at a size."""
        if not scene.touches(size, cell):
            return self.plain(scene.frame, cell)
        hazard = scene.hazard
        view = Pasted(self.root / hazard.file, hazard.sha256, size, cell)
        return Wanted(scene.frame.sha256, self.root / scene.frame.file, view)
