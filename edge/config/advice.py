"""advice: what is allowed in a configuration, but will not do what its writer hopes."""

import os
from dataclasses import dataclass

from edge.alarm.header import PHYSICAL, TAKEN, pulled_up_at_reset
from edge.alarm.output_lines import OutputLines
from edge.config.config import Config
from edge.contract.errors import ConfigError, EmberwatchError

# Two frames must come in the time after which a silent camera is a trouble, and a little more.
FRAMES_TO_BLIND = 2.5


@dataclass(frozen=True)
class Advice:
    """What was found: `refused` keeps the watch from starting, `warnings` do not."""

    refused: tuple[str, ...]
    warnings: tuple[str, ...]


def advise(config: Config) -> Advice:
    """Look at what a configuration names: files, classes of the model, pins. Opens no device."""
    refused = _model(config) + _recording(config)
    return Advice(tuple(refused), tuple(_camera(config) + _pins(config) + _store(config)))


def _model(config: Config) -> list[str]:
    from edge.alarm.policy import AlarmPolicy
    from edge.contract.bundle import ModelBundle

    try:
        labels = ModelBundle.read(config.model.bundle).manifest.labels
        AlarmPolicy(config.alarm, labels, config.zones, config.sweep, schedules=config.schedules)
    except ConfigError as error:
        return [f"[alarm] {error.line()}"]
    except (EmberwatchError, OSError) as error:
        line = error.line() if isinstance(error, EmberwatchError) else str(error)
        return [f"[model] bundle: {line}"]
    return []


def _recording(config: Config) -> list[str]:
    path = config.camera.path
    if path is not None and not path.exists():
        return [f"[camera] path: there is no {path}"]
    return []


def _camera(config: Config) -> list[str]:
    if config.camera.path is not None:
        return ["[camera] is a recording: nothing live is watched"]
    slowest = min(rate for rate in (config.camera.max_fps, config.board.hot_fps) if rate)
    needed = FRAMES_TO_BLIND / config.health.blind_after_seconds
    if slowest < needed:
        return [
            f"so few frames a second ([camera] max_fps, [board] hot_fps) as {slowest:g} look like "
            f"a camera that stalls: blind_after_seconds asks for {needed:g} or more"
        ]
    return []


def _pins(config: Config) -> list[str]:
    lines = config.outputs
    found = [_while_starting(lines, name, bcm) for name, bcm in lines.numbers().items()]
    used = {f"[outputs] {name}": bcm for name, bcm in lines.numbers().items()}
    used |= {f"[buttons] {name}": bcm for name, bcm in config.buttons.numbers().items()}
    found += [
        f"{name} is on GPIO {bcm}, which may be another's: {TAKEN[bcm]}"
        for name, bcm in used.items()
        if bcm in TAKEN
    ]
    if lines.heartbeat is None:
        found.append(
            "[outputs] heartbeat is not there: a kernel that hangs keeps the trouble relay "
            "energised until the hardware watchdog acts (docs/wiring.md)"
        )
    return [line for line in found if line]


def _while_starting(lines: OutputLines, name: str, bcm: int) -> str:
    """Say what a line's pull does from reset until the watch opens it."""
    if pulled_up_at_reset(bcm) is not lines.is_active_high(name):
        return ""
    where = f"[outputs] {name}: GPIO {bcm} (pin {PHYSICAL[bcm]})"
    level, better = ("high", "9 to 27") if lines.is_active_high(name) else ("low", "4 to 8")
    what = {
        "siren": "the siren may sound",
        "beacon": "the beacon may light",
        "trouble": "the relay may say that all is well",
    }.get(name)
    if what is None:
        return ""
    return f"{where} is pulled {level} until the watch starts, so {what}; choose one of {better}"


def _store(config: Config) -> list[str]:
    folder = config.store.folder
    nearest = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not nearest.is_dir():
        return [f"[store] folder: {nearest} is no folder, so no event could be kept"]
    if not os.access(nearest, os.W_OK):
        return [f"[store] folder: {folder} cannot be written by {_user()}; no event could be kept"]
    return []


def _user() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"user {os.getuid()}"
