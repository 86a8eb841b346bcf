"""SweepRules: how tiles of the full picture are looked at, and when one of them is an alarm."""

from dataclasses import dataclass

from edge.contract.errors import ConfigError
from edge.contract.setting import setting

MOST_TILES = 64
MOST_LOOKS = 100


@dataclass(frozen=True)
class SweepRules:
    """Small fires: one tile of the full picture in turn, between whole frames.

    Raises:
        ConfigError: a value that is out of range or contradicts another.
    """

    on: bool = setting(False, "look at tiles too; see docs/decisions/tile-sweep.md")
    hazard: tuple[str, ...] = setting(
        ("fire",), "the scores of these classes are added up; smoke in a tile is often a wall"
    )
    rows: int = setting(3, "of tiles")
    columns: int = setting(4, "of tiles")
    overlap: float = setting(0.2, "share of a tile that its neighbour sees too, 0 to 0.5")
    whole_every: int = setting(
        2, "every so many-th turn is the whole frame's, the others are tiles': at least 2"
    )
    raise_at: float = setting(0.95, "a look at a tile counts at this hazard and above")
    clear_at: float = setting(0.5, "and is quiet below this one")
    k: int = setting(2, "this many ...")
    n: int = setting(3, "... of the last so many looks at the same tile raise the alarm")

    @property
    def tiles(self) -> int:
        """Return how many tiles there are."""
        return self.rows * self.columns

    def __post_init__(self) -> None:
        tiles = self.tiles
        ranges = (
            ("hazard", list(self.hazard), bool(self.hazard), "at least one class"),
            ("rows", self.rows, self.rows >= 1 and tiles <= MOST_TILES, f"{MOST_TILES} tiles"),
            ("columns", self.columns, self.columns >= 1 and tiles > 1, "2 tiles at least"),
            ("overlap", self.overlap, 0 <= self.overlap <= 0.5, "0 to 0.5"),
            ("whole_every", self.whole_every, 2 <= self.whole_every <= 1000, "2 to 1000"),
            ("raise_at", self.raise_at, 0 < self.raise_at <= 1, "above 0 and at most 1"),
            ("clear_at", self.clear_at, 0 < self.clear_at <= self.raise_at, "0 to raise_at"),
            ("n", self.n, 1 <= self.n <= MOST_LOOKS, f"1 to {MOST_LOOKS} looks"),
            ("k", self.k, 1 <= self.k <= self.n, f"1 to n, {self.n}"),
        )
        for name, found, holds, expected in ranges:
            if not holds:
                raise ConfigError(f"{name} is out of range", found=found, expected=expected)
