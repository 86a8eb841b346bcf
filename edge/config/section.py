"""Section: one table of a TOML file, read into a frozen dataclass."""

import difflib
from collections.abc import Collection, Mapping
from dataclasses import MISSING, Field, fields
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from edge.contract.errors import ConfigError
from edge.contract.setting import is_secret

Settings = TypeVar("Settings")
TOML_NAMES = {
    str: "a string in quotes",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    Path: "a path in quotes",
}


def read_section(name: str, table: object, settings: type[Settings], folder: Path) -> Settings:
    """Make `settings`, a dataclass, of a TOML table; relative paths are under `folder`.

    Raises:
        ConfigError: an unknown or missing key, or a value of the wrong type or range.
    """
    if not isinstance(table, Mapping):
        raise ConfigError(f"{name} is not a section", found=repr(table), expected=f"[{name}]")
    known = {field.name: field for field in fields(settings)}  # type: ignore[arg-type]
    for key in table:
        if key not in known:
            raise unknown(f"[{name}] has no key {key!r}", key, known, "keys")
    types = get_type_hints(settings)
    values = {
        key: read_value(name, field, table[key], types[key], folder)
        for key, field in known.items()
        if key in table
    }
    for key, field in known.items():
        # A path that is left out is under the folder as well.
        if key not in values and isinstance(field.default, Path):
            values[key] = folder / field.default
    missing = [key for key, field in known.items() if key not in values and _required(field)]
    if missing:
        raise lacking(name, missing[0], types[missing[0]])
    try:
        return settings(**values)
    except ConfigError as error:
        raise ConfigError(
            f"[{name}] {error.what}",
            found=error.found,
            expected=error.expected,
            next_step=error.next_step,
        ) from error


def read_tables(
    name: str, tables: object, settings: type[Settings], folder: Path
) -> tuple[Settings, ...]:
    """Make one `settings` of each table of an array (`[[name]]`).

    Raises:
        ConfigError: as `read_section`, naming which of them.
    """
    if not isinstance(tables, list):
        raise ConfigError(f"{name} is not a list", found=repr(tables), expected=f"[[{name}]]")
    return tuple(
        read_section(f"{name} {number}", table, settings, folder)
        for number, table in enumerate(tables, start=1)
    )


def unknown(what: str, key: str, known: Collection[str], plural: str) -> ConfigError:
    """Return the error for a name that does not exist, with the nearest one that does."""
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    return ConfigError(
        what + (f"; did you mean {near[0]!r}?" if near else ""),
        expected=f"one of the {plural} " + ", ".join(known),
    )


def lacking(name: str, key: str, wanted: Any) -> ConfigError:
    """Return the error for a key that must be given."""
    return ConfigError(f"[{name}] lacks {key!r}", expected=type_words(wanted))


def read_value(name: str, key: Field[Any], value: object, wanted: Any, folder: Path) -> Any:
    """Return a key's value as its type; relative paths are under `folder`.

    Raises:
        ConfigError: it is of another type. A secret's value is not told.
    """
    try:
        return _value(f"[{name}] {key.name}", value, wanted, folder)
    except ConfigError as error:
        if is_secret(key):
            raise ConfigError(error.what, expected=error.expected) from None
        raise


def _value(where: str, value: object, wanted: Any, folder: Path) -> Any:
    if get_origin(wanted) is UnionType:
        wanted = next(kind for kind in get_args(wanted) if kind is not NoneType)
    if get_origin(wanted) is Literal and value in get_args(wanted):
        return value
    if get_origin(wanted) is tuple and isinstance(value, list):
        return tuple(_value(where, item, get_args(wanted)[0], folder) for item in value)
    if wanted is Path and isinstance(value, str) and value:
        return folder / Path(value).expanduser()
    if wanted is float and type(value) in (int, float):
        return float(value)  # type: ignore[arg-type]
    if wanted in (str, int, bool) and type(value) is wanted:
        return value
    raise ConfigError(
        f"{where} is of the wrong type", found=repr(value), expected=type_words(wanted)
    )


def type_words(wanted: Any) -> str:
    """Return what a value of a type looks like in TOML, in words."""
    if get_origin(wanted) is Literal:
        choices = get_args(wanted)
        return " or ".join(f'"{c}"' if isinstance(c, str) else str(c) for c in choices)
    if get_origin(wanted) is tuple:
        inner = get_args(wanted)[0]
        return "a list of " + ("lists" if get_origin(inner) is tuple else _plural(inner))
    if get_origin(wanted) is UnionType:
        return type_words(get_args(wanted)[0])
    return TOML_NAMES[wanted]


def _plural(wanted: Any) -> str:
    return {str: "strings", float: "numbers", int: "whole numbers", Path: "paths"}.get(
        wanted, "values"
    ) + " in brackets"


def _required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING
