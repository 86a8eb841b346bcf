"""part: one section of a configuration file, whatever is wrong with the others."""

import tomllib
from pathlib import Path
from typing import TypeVar

from edge.config.section import read_section
from edge.contract.errors import ConfigError

Settings = TypeVar("Settings")


def read_part(path: Path, name: str, settings: type[Settings]) -> Settings:
    """Read the section `name` alone; relative paths in it are relative to the file's folder.

    Raises:
        ConfigError: the file cannot be read, is no TOML, or the section is wrong.
    """
    try:
        tables = tomllib.loads(file_text(path))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not TOML: {error}") from error
    return read_section(name, tables.get(name, {}), settings, path.absolute().parent)


def file_text(path: Path) -> str:
    """Return a configuration file's text.

    Raises:
        ConfigError: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"cannot read the configuration {path}: {getattr(error, 'strerror', None) or error}",
            next_step="emberwatch-edge config example > emberwatch.toml, and edit it",
        ) from error
