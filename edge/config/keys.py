"""Key: one key of the configuration, as it can be explained."""

import difflib
import math
from collections.abc import Iterator
from dataclasses import MISSING, Field, dataclass, fields
from pathlib import Path
from typing import Any, get_type_hints

from edge.config.config import Config, sections
from edge.config.example import toml_value
from edge.config.section import type_words
from edge.contract.errors import ConfigError, InputError
from edge.contract.setting import example_of, help_of, is_secret

NOT_SHOWN = "(a secret; never shown)"
# No key takes any of these, so the complaint says what it does take.
ABSURD: tuple[Any, ...] = (-1e15, 1e15, math.nan, -(10**15), 10**15, "", "\x00", ())


@dataclass(frozen=True)
class Key:
    """One key: its section's name and dataclass, and its field."""

    section: str
    many: bool
    settings: type[Any]
    field: Field[Any]

    @property
    def name(self) -> str:
        """Return `section.key`."""
        return f"{self.section}.{self.field.name}"

    @property
    def section_words(self) -> str:
        """Return what its section is about."""
        return (self.settings.__doc__ or "").strip().splitlines()[0]

    @property
    def words(self) -> str:
        """Return what it does."""
        return help_of(self.field)

    @property
    def secret(self) -> bool:
        """Say whether its value is never shown."""
        return is_secret(self.field)

    @property
    def kind(self) -> str:
        """Return what a value looks like, in words."""
        return type_words(get_type_hints(self.settings)[self.field.name])

    @property
    def default(self) -> str:
        """Return the default as TOML writes it, or that there is none."""
        if self.field.default is MISSING:
            return "none; it must be given"
        return "not set" if self.field.default is None else toml_value(self.field.default)

    @property
    def example(self) -> str | None:
        """Return an example where the default shows nothing."""
        value, optional = example_of(self.field)
        wanted = (optional or self.field.default is MISSING) and value not in (None, ())
        return toml_value(value) if wanted else None

    @property
    def range(self) -> str | None:
        """Return which values are taken, in the words of the check itself; None for any."""
        if self.secret:
            return None
        required = {
            key.name: _placeholder(key)
            for key in fields(self.settings)
            if key.default is MISSING and key.name != self.field.name
        }
        for value in ABSURD:
            if not self._like_default(value):
                continue
            try:
                self.settings(**required, **{self.field.name: value})
            except ConfigError as error:
                if error.what.startswith(f"{self.field.name} ") and error.expected is not None:
                    return str(error.expected)
            except Exception:  # noqa: BLE001, S112 - an absurd value may fail in any way
                continue
        return None

    def value(self, config: Config) -> str:
        """Return its value in a configuration; of several tables, each."""
        held = getattr(config, self.section)
        return ", ".join(map(self._shown, held if self.many else (held,))) or "no such table"

    def _shown(self, settings: Any) -> str:
        value = getattr(settings, self.field.name)
        if value is None:
            return "not set"
        return NOT_SHOWN if self.secret else toml_value(value)

    def _like_default(self, value: Any) -> bool:
        wanted = get_type_hints(self.settings)[self.field.name]
        kinds = getattr(wanted, "__args__", None) or (wanted,)
        return type(value) in kinds or (
            isinstance(value, tuple) and getattr(wanted, "__origin__", None) is tuple
        )


def every_key() -> Iterator[Key]:
    """Give each key of each section."""
    for section, (settings, many) in sections(Config).items():
        for field in fields(settings):
            yield Key(section, many, settings, field)


def find_keys(wanted: str) -> list[Key]:
    """Return the keys that a name means: a section's, `section.key`, or a key's in any section.

    Raises:
        InputError: there is none.
    """
    keys = list(every_key())
    name = wanted.strip("[]").replace("] ", ".").replace(" ", ".")
    found = [key for key in keys if key.section == name or name in (key.name, key.field.name)]
    if not found:
        names = [key.name for key in keys] + [key.field.name for key in keys]
        near = difflib.get_close_matches(name, [*names, *sections(Config)], n=3, cutoff=0.5)
        raise InputError(
            f"there is no key {wanted!r}",
            next_step=f"did you mean {' or '.join(dict.fromkeys(near))}?"
            if near
            else "`emberwatch-edge config explain` lists all",
        )
    return found


def _placeholder(field: Field[Any]) -> Any:
    value = example_of(field)[0]
    return Path("x") if value is None else value
