"""Settings page: what the watch was told, without what is secret."""

import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from edge.config.config import Config
from edge.config.example import toml_value
from edge.contract.setting import help_of, is_secret
from edge.web.site import Site

# A camera's address may hold a name and a password, whatever key it stands in.
CREDENTIALS = re.compile(r"(?<=://)[^/@\s\"]*@")
HIDDEN = "\N{BULLET}" * 6


@dataclass(frozen=True)
class Row:
    """A key, its value as the file would have it, and the words that explain it."""

    key: str
    value: str
    words: str
    changed: bool


@dataclass(frozen=True)
class Table:
    """A section of the configuration, with the words that explain it."""

    name: str
    words: str
    rows: tuple[Row, ...]

    @property
    def changed(self) -> bool:
        """Say whether something in it is not as delivered."""
        return any(row.changed for row in self.rows)


class SettingsPages:
    """The one page."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        """Return what is served here."""
        return [Route("/settings", self.page, methods=["GET"])]

    async def page(self, request: Request) -> Response:
        """Show the settings that were in the file when the page was started."""
        return self._site.page(request, "settings.html", {"tables": tables_of(self._site.config)})


def tables_of(config: Config) -> list[Table]:
    """Return each section with its rows; a secret's value never leaves this function."""
    tables = []
    for section in fields(config):
        value = getattr(config, section.name)
        many = value if isinstance(value, tuple) else (value,)
        for number, settings in enumerate(many, start=1):
            name = f"{section.name} {number}" if isinstance(value, tuple) else section.name
            words = (type(settings).__doc__ or "").strip().partition("\n")[0]
            tables.append(Table(name, words, _rows(settings)))
    return tables


def _rows(settings: Any) -> tuple[Row, ...]:
    rows = []
    for key in fields(settings):
        if not key.init:
            continue
        value = getattr(settings, key.name)
        if value is None or value == ():
            shown = "not set"
        elif is_secret(key):
            shown = HIDDEN
        else:
            shown = CREDENTIALS.sub(f"{HIDDEN}@", toml_value(value))
        # A path that is left out stands under the configuration's folder.
        default = key.default.name if isinstance(key.default, Path) else key.default
        found = value.name if isinstance(value, Path) else value
        rows.append(Row(key.name, shown, help_of(key), found != default))
    return tuple(rows)
