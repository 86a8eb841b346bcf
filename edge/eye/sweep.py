"""TileSweep: which part of the picture is looked at next, between whole frames."""

from collections import deque
from collections.abc import Sequence

from edge.alarm.sweep_rules import SweepRules
from edge.contract.picture import Rgb
from edge.inference.tile import Tile


class TileSweep:
    """Gives the turns: the whole frame's, then tiles' one after the other.

    A tile that was at or above `raise_at` is looked at again in every other turn of a tile,
    until it has had the `n` looks that decide, or is quiet. `hazard_at` are the hazard's
    classes' places in the scores.
    """

    def __init__(self, rules: SweepRules, hazard_at: Sequence[int] = ()) -> None:
        self.tiles = grid(rules) if rules.on else ()
        self._rules = rules
        self._hazard_at = tuple(hazard_at)
        self._turn = 0
        self._next = 0
        self._again: deque[int] = deque()
        self._looks_left: dict[int, int] = {}
        self._was_again = False

    def next_tile(self, now: float) -> Tile | None:
        """Return the tile whose turn it is, or None for the whole frame's turn."""
        turn, self._turn = self._turn, self._turn + 1
        if not self.tiles or turn % self._rules.whole_every == 0:
            return None
        if self._again and not self._was_again:
            self._was_again = True
            return self.tiles[self._again.popleft()]
        self._was_again = False
        tile = self.tiles[self._next]
        self._next = (self._next + 1) % len(self.tiles)
        return tile

    def saw(self, tile: Tile, scores: Sequence[float]) -> None:
        """Note the scores of a tile that was looked at; a hot one comes again soon."""
        number = tile.number
        hot = sum(scores[at] for at in self._hazard_at) >= self._rules.raise_at
        left = self._looks_left.get(number, self._rules.n if hot else 0) - 1
        if left > 0:
            self._looks_left[number] = left
            if number not in self._again:
                self._again.append(number)
        else:
            self._looks_left.pop(number, None)


def grid(rules: SweepRules) -> tuple[Tile, ...]:
    """Return the tiles, row by row, all of a size; neighbours share `overlap` of it."""
    tiles = []
    for row, (top, bottom) in enumerate(_spans(rules.rows, rules.overlap)):
        for column, (left, right) in enumerate(_spans(rules.columns, rules.overlap)):
            tiles.append(Tile(row * rules.columns + column, (left, top, right, bottom)))
    return tuple(tiles)


def crop(rgb: Rgb, tile: Tile) -> Rgb:
    """Return a tile's part of a frame, uint8 [height, width, 3], without copying it."""
    height, width = rgb.shape[:2]
    left, top, right, bottom = tile.box
    x, y = round(left * width), round(top * height)
    x, y = min(x, width - 1), min(y, height - 1)
    return rgb[y : max(y + 1, round(bottom * height)), x : max(x + 1, round(right * width))]


def _spans(count: int, overlap: float) -> list[tuple[float, float]]:
    # count tiles of a length, each but the first beginning (1 - overlap) of it after the last.
    length = 1 / (1 + (count - 1) * (1 - overlap))
    starts = [number * length * (1 - overlap) for number in range(count)]
    return [(start, min(1.0, start + length)) for start in starts]
