"""Reproduction: the command that makes a run again, from what the run remembers."""

import shlex
from collections.abc import Mapping
from typing import Any

import click

from converter.trained_model import TrainedModel

# Where an option of the command is remembered by another name.
REMEMBERED = {
    "testing": "testing_percentage",
    "validation": "validation_percentage",
    "cluster": "address",
    "cluster_workers": "workers",
}
# Said though it is the default: the figures depend on it.
ALWAYS = ("seed",)


def command_of(trained: TrainedModel) -> str:
    """Return the `emberwatch retrain` command of a run, ready for a shell.

    Options at their default are left out. Paths are as they were given: relative ones count
    from the folder where the run was started.
    """
    from training.cli import retrain_command

    remembered = leaves(trained.parameters)
    words = ["emberwatch", "retrain", str(remembered.get("dataset") or trained.dataset)]
    words += ["--out", str(remembered.get("out") or trained.folder)]
    for option in retrain_command.params:
        if isinstance(option, click.Option) and option.name not in (None, "out", "help"):
            words += option_words(option, remembered)
    return shlex.join(words)


def leaves(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of nested settings by their last names; the outer ones come first."""
    found: dict[str, Any] = {}
    for name, value in parameters.items():
        if isinstance(value, Mapping):
            found = leaves(value) | found
        else:
            found[name] = value
    return found


def option_words(option: click.Option, remembered: Mapping[str, Any]) -> list[str]:
    """Return an option as typed; nothing if it is at its default or not remembered."""
    name = str(option.name)
    value = remembered.get(name, remembered.get(REMEMBERED.get(name, name)))
    # click marks a flag without a default by an object of its own.
    default = bool(option.default is True) if option.is_flag else option.default
    if value is None or (value == default and name not in ALWAYS):
        return []
    flag = max(option.opts, key=len)
    if option.is_flag:
        return (
            [max(option.secondary_opts, key=len)] if option.secondary_opts and not value else [flag]
        )
    values = value if isinstance(value, list | tuple) else [value]
    if not option.multiple and isinstance(value, list | tuple) and option.nargs == 1:
        values = [",".join(map(str, value))] if value else []
    return [word for one in values for word in (flag, _text(one))]


def _text(value: Any) -> str:
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if whole else str(value)
