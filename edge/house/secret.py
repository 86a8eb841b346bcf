"""secret: a password or a key from the configuration, or from a file of its own."""

from pathlib import Path

from edge.contract.errors import ConfigError

MOST_BYTES = 4096


def secret_of(given: str | None, file: Path | None, where: str) -> str | None:
    """Return a secret; in a file its first line counts, without the newline.

    Raises:
        ConfigError: the file cannot be read or is empty; what is in it is never told.
    """
    if file is None:
        return given
    try:
        with file.open("rb") as opened:
            first = opened.read(MOST_BYTES).decode().partition("\n")[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{where} cannot be read: {getattr(error, 'strerror', None) or 'not text'}",
            found=file,
        ) from error
    if not first:
        raise ConfigError(f"{where} is empty", found=file, expected="one line")
    return first
