"""setting: one key of the configuration, with the words that explain it."""

from dataclasses import MISSING, Field, field
from typing import Any

HELP, EXAMPLE, SECRET = "help", "example", "secret"


def setting(
    default: Any = MISSING, words: str = "", *, example: Any = MISSING, secret: bool = False
) -> Any:
    """Return a dataclass field that is a key of the configuration.

    `words` say in one line what it does, with its unit; `example` is the value shown where
    there is no default; a `secret` is never shown to anybody. A mutable default is made anew.
    """
    metadata = {HELP: words, EXAMPLE: example, SECRET: secret}
    return field(default=default, metadata=metadata, repr=not secret)


def help_of(key: Field[Any]) -> str:
    """Return the words that explain a key."""
    return str(key.metadata.get(HELP, ""))


def is_secret(key: Field[Any]) -> bool:
    """Say whether a key's value is never shown."""
    return bool(key.metadata.get(SECRET, False))


def example_of(key: Field[Any]) -> tuple[Any, bool]:
    """Return the value to show for a key, and whether it is only an example of one.

    A key without a default must be given; one whose default is None may be.
    """
    example = key.metadata.get(EXAMPLE, MISSING)
    if key.default is MISSING:
        return (None if example is MISSING else example), False
    if key.default is None or key.default == ():
        return (key.default if example is MISSING else example), True
    return key.default, False
