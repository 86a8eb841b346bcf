"""mistakes: everything that is wrong with a configuration, not the first thing alone."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, get_type_hints

from edge.config.config import Config, sections
from edge.config.section import lacking, read_section, read_value, unknown
from edge.contract.errors import ConfigError
from edge.contract.setting import example_of


def mistakes(text: str, folder: Path) -> list[ConfigError]:
    """Return every mistake in a configuration's text, in the file's order; none is empty.

    Sections are checked key by key, then in themselves, then against each other.
    """
    try:
        tables: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return [ConfigError(f"not TOML: {error}")]
    known = sections(Config)
    found: list[ConfigError] = []
    for name in [*tables, *(name for name in known if name not in tables)]:
        if name not in known:
            found.append(unknown(f"there is no section [{name}]", name, known, "sections"))
            continue
        settings, many = known[name]
        for title, table in _tables(name, tables.get(name, [] if many else {}), many, found):
            found += _in_section(title, table, settings, folder)
    if not found:
        try:
            Config.from_toml(text, folder)
        except ConfigError as error:
            found.append(error)
    return found


def _tables(
    name: str, given: object, many: bool, found: list[ConfigError]
) -> list[tuple[str, object]]:
    if not many:
        return [(name, given)]
    if not isinstance(given, list):
        found.append(
            ConfigError(f"{name} is not a list", found=repr(given), expected=f"[[{name}]]")
        )
        return []
    return [(f"{name} {number}", table) for number, table in enumerate(given, start=1)]


def _in_section(name: str, table: object, settings: type[Any], folder: Path) -> list[ConfigError]:
    if not isinstance(table, Mapping):
        return [ConfigError(f"{name} is not a section", found=repr(table), expected=f"[{name}]")]
    known = {key.name: key for key in fields(settings)}
    types = get_type_hints(settings)
    found, good = [], {}
    for key, value in table.items():
        if key not in known:
            found.append(unknown(f"[{name}] has no key {key!r}", key, known, "keys"))
            continue
        try:
            read_value(name, known[key], value, types[key], folder)
            good[key] = value
        except ConfigError as error:
            found.append(error)
    for key, field in known.items():
        if key not in table and field.default is MISSING and field.default_factory is MISSING:
            found.append(lacking(name, key, types[key]))
        if key not in good and field.default is MISSING:
            # Stands in for what is wrong or missing, so that the rest can be judged.
            example = example_of(field)[0]
            if example is not None:
                good[key] = _as_toml(example)
    return found + _in_itself(name, good, settings, folder)


def _in_itself(
    name: str, good: dict[str, Any], settings: type[Any], folder: Path
) -> list[ConfigError]:
    """Leave out what each complaint names, and look again, until there is none."""
    found: list[ConfigError] = []
    while True:
        try:
            read_section(name, good, settings, folder)
            return found
        except ConfigError as error:
            named = [key for key in good if re.search(rf"\b{re.escape(key)}\b", error.what)]
            if error.line() in [known.line() for known in found]:
                return found
            # What is missing because it was left out here was told already.
            if "lacks" not in error.what:
                found.append(error)
            if not named:
                return found
            del good[named[0]]


def _as_toml(value: Any) -> Any:
    return [_as_toml(item) for item in value] if isinstance(value, tuple) else value
