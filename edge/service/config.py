"""Config: what `emberwatch-edge run` is told by its TOML file."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edge.alarm.outputs import OutputLines
from edge.alarm.rules import AlarmRules
from edge.camera.settings import CameraSettings
from edge.contract.errors import ConfigError
from edge.service.section import read_section, unknown

MOST_THREADS = 64


@dataclass(frozen=True)
class ModelSettings:
    """Which model to run, and on how many threads.

    Raises:
        ConfigError: a number of threads that is out of range.
    """

    bundle: Path
    threads: int = 2

    def __post_init__(self) -> None:
        if not 1 <= self.threads <= MOST_THREADS:
            raise ConfigError(
                "threads is out of range", found=self.threads, expected=f"1 to {MOST_THREADS}"
            )


@dataclass(frozen=True)
class StoreSettings:
    """Where the event log is kept."""

    events: Path = Path("events.sqlite")


@dataclass(frozen=True)
class Config:
    """Everything that the watch is told."""

    model: ModelSettings
    camera: CameraSettings
    alarm: AlarmRules = field(default_factory=AlarmRules)
    outputs: OutputLines = field(default_factory=OutputLines)
    store: StoreSettings = field(default_factory=StoreSettings)

    @classmethod
    def from_toml(cls, text: str, folder: Path) -> "Config":
        """Read a configuration; relative paths are under `folder`.

        Raises:
            ConfigError: no TOML, an unknown or missing name, a wrong type or range.
        """
        try:
            tables: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"not TOML: {error}") from error
        sections: dict[str, type[Any]] = {
            "model": ModelSettings,
            "camera": CameraSettings,
            "alarm": AlarmRules,
            "outputs": OutputLines,
            "store": StoreSettings,
        }
        for name in tables:
            if name not in sections:
                raise unknown(f"there is no section [{name}]", name, sections, "sections")
        read = {
            name: read_section(name, tables.get(name, {}), settings, folder)
            for name, settings in sections.items()
        }
        return cls(**read)

    @classmethod
    def read(cls, path: Path) -> "Config":
        """Read a configuration file; relative paths in it are relative to its folder.

        Raises:
            ConfigError: it cannot be read, or what is in it is wrong.
        """
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"cannot read the configuration {path}: {getattr(error, 'strerror', error)}",
                next_step="emberwatch-edge run --example-config > emberwatch.toml, and edit it",
            ) from error
        try:
            return cls.from_toml(text, path.absolute().parent)
        except ConfigError as error:
            raise ConfigError(
                f"{path}: {error.what}",
                found=error.found,
                expected=error.expected,
                next_step=error.next_step,
            ) from error
