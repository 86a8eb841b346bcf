"""Template: fills one of the pages that lie in this package's templates folder."""

from typing import Any


def fill(name: str, **values: Any) -> str:
    """Return a page; a value is text on it, whatever it says, unless it is marked safe.

    Raises:
        jinja2.UndefinedError: the page wants a value that was not given.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("training.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name).render(**values)
