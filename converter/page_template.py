"""page_template: a page's template, which lies in the folder of the code that fills it."""

from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Template


def page_template(package: str, name: str) -> "Template":
    """Return the Jinja template `templates/NAME` of a package; a missing value is an error."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    text = resources.files(package).joinpath("templates", name).read_text(encoding="utf-8")
    return environment.from_string(text)
