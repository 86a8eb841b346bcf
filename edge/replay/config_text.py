"""Config text: a configuration file with other rules in its [alarm], all else left as it is."""

import re
from pathlib import Path

from edge.alarm.rules import AlarmRules
from edge.config.config import Config
from edge.config.example import example_config, toml_value

TUNED = ("raise_at", "clear_at", "k", "n", "smoothing")
SECTION = re.compile(r"^\s*\[")
ALARM = re.compile(r"^\s*\[\s*alarm\s*\]")


def tuned_config(given: Path | None, config: Config, rules: AlarmRules, why: str) -> str:
    """Return the configuration that was given, or the example with its model, with `rules`.

    Raises:
        ConfigError: what comes out cannot be read again, so that it must not be written.
    """
    if given is not None:
        text, folder = given.read_text(encoding="utf-8"), given.absolute().parent
    else:
        folder = Path.cwd()
        bundle = toml_value(config.model.bundle)
        text = re.sub(r'(?m)^bundle = "[^"]*"', lambda _: f"bundle = {bundle}", example_config())
    tuned = with_rules(text, rules, why)
    Config.from_toml(tuned, folder)
    return tuned


def with_rules(text: str, rules: AlarmRules, why: str) -> str:
    """Return a TOML text whose [alarm] says the tuned keys of `rules`; `why` is a comment."""
    lines = text.splitlines()
    heads = [at for at, line in enumerate(lines) if ALARM.match(line)]
    if not heads:
        lines += ["", "[alarm]"]
        heads = [len(lines) - 1]
    start = heads[0] + 1
    end = next((at for at in range(start, len(lines)) if SECTION.match(lines[at])), len(lines))
    body = lines[start:end]
    for key in TUNED:
        body = _said(body, key, toml_value(getattr(rules, key)))
    comment = [f"# {line}" for line in why.splitlines()]
    return "\n".join([*lines[:start], *comment, *body, *lines[end:]]) + "\n"


def _said(body: list[str], key: str, value: str) -> list[str]:
    """Return a section's lines with a key set where it stands, or before the rest."""
    pattern = re.compile(rf"^(\s*{key}\s*=\s*)([^#]*?)(\s*)(#.*)?$")
    for at, line in enumerate(body):
        match = pattern.match(line)
        if match:
            written = f"{match[1]}{value}"
            if match[4]:
                written = f"{written:<{len(line) - len(match[4]) - 1}} {match[4]}"
            return [*body[:at], written, *body[at + 1 :]]
    return [f"{key} = {value}", *body]
