"""shown: a whole configuration as TOML, defaults and all, without its secrets."""

import tomllib
from dataclasses import MISSING, fields
from typing import Any

from edge.config.config import Config, sections
from edge.config.example import toml_value
from edge.contract.setting import is_secret

COLUMN = 44


def shown(config: Config, text: str) -> str:
    """Return what is in force; `text` is the file, to tell what was left to its default."""
    tables = tomllib.loads(text)
    parts = []
    for name, (_, many) in sections(Config).items():
        held = getattr(config, name)
        if not many:
            parts.append(f"[{name}]\n{_keys(held, tables.get(name, {}))}")
            continue
        for settings, table in zip(held, tables.get(name, []), strict=True):
            parts.append(f"[[{name}]]\n{_keys(settings, table)}")
    return "\n".join(parts)


def _keys(settings: Any, table: dict[str, Any]) -> str:
    lines = []
    for key in fields(settings):
        value = getattr(settings, key.name)
        if value is None:
            lines.append(f"# {key.name} is not set")
        elif is_secret(key) and value != key.default:
            lines.append(f"# {key.name} is set, and never shown")
        else:
            line = f"{key.name} = {toml_value(value)}"
            default = key.name not in table and key.default is not MISSING
            lines.append(f"{line:{COLUMN}}  # default" if default else line)
    return "".join(f"{line}\n" for line in lines)
