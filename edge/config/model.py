"""ModelSettings: which model to run."""

from dataclasses import dataclass
from pathlib import Path

from edge.contract.errors import ConfigError
from edge.contract.setting import setting

MOST_THREADS = 64


@dataclass(frozen=True)
class ModelSettings:
    """The model.

    Raises:
        ConfigError: a number of threads that is out of range.
    """

    bundle: Path = setting(words="made by `emberwatch package`", example="fire.ember")
    previous: Path | None = setting(
        None, "runs instead when the eye dies again and again with this one", example="old.ember"
    )
    threads: int = setting(2, "for the interpreter; a Pi has four cores")

    def __post_init__(self) -> None:
        if not 1 <= self.threads <= MOST_THREADS:
            raise ConfigError(
                "threads is out of range", found=self.threads, expected=f"1 to {MOST_THREADS}"
            )
