"""example: a commented configuration, which is also the reference of all keys."""

import textwrap
from dataclasses import fields
from pathlib import Path
from typing import Any

from edge.config.config import Config, sections
from edge.contract.setting import example_of, help_of

HEAD = """\
# Emberwatch on the camera. Relative paths are relative to this file.
# It is no certified fire-detection or life-safety device and never replaces approved detectors.
"""
WIDTH = 99
VALUE_WIDTH = 30


def example_config() -> str:
    """Return the example: every key with its default, or commented out where it has none."""
    parts = [HEAD]
    for name, (settings, many) in sections(Config).items():
        head = _comment(_first_line(settings))
        if many:
            body = "".join(f"# {line}" for line in _keys(settings))
            parts.append(f"{head}# [[{name}]]\n{body}")
        else:
            parts.append(f"{head}[{name}]\n{''.join(_keys(settings))}")
    return "\n".join(parts)


def toml_value(value: Any) -> str:
    """Return a setting's value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | Path):
        escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    if isinstance(value, tuple | list):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    return str(value)


def _keys(settings: type[Any]) -> list[str]:
    lines = []
    for key in fields(settings):
        value, optional = example_of(key)
        line = f"{'# ' if optional else ''}{key.name} = {toml_value(value)}"
        words = textwrap.wrap(help_of(key), WIDTH - VALUE_WIDTH - 2)
        rest = [f"{'':{VALUE_WIDTH}}# {more}\n" for more in words[1:]]
        lines.append(f"{line:{VALUE_WIDTH - 1}} # {words[0]}\n" if words else line + "\n")
        lines += rest
    return lines


def _first_line(settings: type[Any]) -> str:
    return (settings.__doc__ or "").strip().splitlines()[0]


def _comment(text: str) -> str:
    return "".join(f"# {line}\n" for line in textwrap.wrap(text, WIDTH - 2))
