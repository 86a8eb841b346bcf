"""discovery: what Home Assistant is told there is, as one device with its entities.

The format is "device discovery payload" and the entities' options at
https://www.home-assistant.io/integrations/mqtt/ ; it needs Home Assistant 2024.12 or later.
"""

import json
from dataclasses import dataclass
from typing import Any

import edge
from edge.house.device import Device
from edge.house.newsdesk import SIGNALS

STATES = ("clear", "pre-alarm", "alarm", "trouble", "starting", "silent")
EVENTS = (
    "alarm",
    "cleared",
    "pre-alarm",
    "pre-alarm-cleared",
    *(f"{signal}{end}" for signal in SIGNALS for end in ("", "-cleared")),
    "test",
)
COMMANDS = {"silence": "mdi:volume-off", "reset": "mdi:restart", "test": "mdi:bell-ring"}
SMOKE = ("fire", "smoke", "flame")


@dataclass(frozen=True)
class Topics:
    """The topics of one camera, under `base`."""

    base: str

    @property
    def availability(self) -> str:
        """Return where `online` and `offline` are kept."""
        return f"{self.base}/availability"

    @property
    def state(self) -> str:
        """Return where the state is kept."""
        return f"{self.base}/state"

    @property
    def event(self) -> str:
        """Return where each piece of news is sent."""
        return f"{self.base}/event"

    @property
    def command(self) -> str:
        """Return where commands are listened for."""
        return f"{self.base}/command"

    @property
    def answer(self) -> str:
        """Return where it is said what came of a command."""
        return f"{self.base}/answer"

    @property
    def picture(self) -> str:
        """Return where an alarm's pictures are sent."""
        return f"{self.base}/picture"


def discovery_topic(prefix: str, device: Device) -> str:
    """Return where Home Assistant looks for `discovery_message`."""
    return f"{prefix}/device/emberwatch-{device.id}/config"


def discovery_message(
    device: Device, topics: Topics, hazard: tuple[str, ...], *, commands: bool, pictures: bool
) -> bytes:
    """Return the payload, JSON: the device, where it comes from, and each entity.

    `hazard` names the classes of an alarm. What is not offered (`commands`, `pictures`) is
    there with its platform alone, which removes it where it had been offered before.
    """
    smoke = any(name in SMOKE for name in hazard)
    entities = {
        **_binary_sensors(topics, smoke),
        **_sensors(),
        "event": {
            "platform": "event",
            "name": "Event",
            "icon": "mdi:message-alert",
            "state_topic": topics.event,
            "event_types": list(EVENTS),
        },
        **_buttons(topics, commands),
        "picture": {"platform": "camera"}
        | ({"name": "Alarm picture", "topic": topics.picture} if pictures else {}),
    }
    payload = {
        "device": {
            "identifiers": [f"emberwatch-{device.id}"],
            "name": device.name,
            "manufacturer": "Emberwatch",
            "model": "Camera watch (no certified fire detector)",
            "sw_version": edge.__version__,
        },
        "origin": {"name": "emberwatch-edge", "sw_version": edge.__version__},
        "state_topic": topics.state,
        "availability": [{"topic": topics.availability}],
        "components": {name: _whole(device, name, entity) for name, entity in entities.items()},
    }
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


def _whole(device: Device, name: str, entity: dict[str, Any]) -> dict[str, Any]:
    if len(entity) == 1:
        return entity
    return {**entity, "qos": 1, "unique_id": f"emberwatch-{device.id}-{name}"}


def _binary_sensors(topics: Topics, smoke: bool) -> dict[str, dict[str, Any]]:
    def sensor(name: str, device_class: str, key: str, **more: Any) -> dict[str, Any]:
        return {
            "platform": "binary_sensor",
            "name": name,
            "device_class": device_class,
            "value_template": _choose(key, "ON", "OFF"),
            **more,
        }

    # Whether there is an alarm is not known while the watch does not answer: not "off".
    known = _only_while_answering(topics)
    return {
        "alarm": sensor("Alarm", "smoke" if smoke else "safety", "alarm", **known),
        "trouble": sensor("Trouble", "problem", "trouble"),
        "supervisory": sensor(
            "Supervisory", "problem", "supervisory", entity_category="diagnostic"
        ),
        "siren": sensor("Siren", "sound", "sounding", **known),
    }


def _sensors() -> dict[str, dict[str, Any]]:
    return {
        "state": {
            "platform": "sensor",
            "name": "State",
            "device_class": "enum",
            "options": list(STATES),
            "icon": "mdi:fire-alert",
            "value_template": "{{ value_json.state }}",
        },
        "hazard": {
            "platform": "sensor",
            "name": "Hazard",
            "unit_of_measurement": "%",
            "state_class": "measurement",
            "suggested_display_precision": 0,
            "icon": "mdi:fire",
            "value_template": _number("hazard", " * 100"),
        },
        "temperature": {
            "platform": "sensor",
            "name": "Board temperature",
            "device_class": "temperature",
            "unit_of_measurement": "°C",
            "state_class": "measurement",
            "entity_category": "diagnostic",
            "value_template": _number("celsius"),
        },
        "troubles": {
            "platform": "sensor",
            "name": "What is wrong",
            "icon": "mdi:alert-circle",
            "entity_category": "diagnostic",
            "value_template": "{{ value_json.troubles or value_json.supervisories or 'nothing' }}",
        },
    }


def _buttons(topics: Topics, commands: bool) -> dict[str, dict[str, Any]]:
    buttons: dict[str, dict[str, Any]] = {}
    for name, icon in COMMANDS.items():
        buttons[name] = {"platform": "button"}
        if commands:
            buttons[name] |= {
                "name": name.capitalize(),
                "icon": icon,
                "command_topic": topics.command,
                "payload_press": name,
            }
    return buttons


def _only_while_answering(topics: Topics) -> dict[str, Any]:
    return {
        "availability": [
            {"topic": topics.availability},
            {
                "topic": topics.state,
                "value_template": _choose("answering", "online", "offline"),
            },
        ],
        "availability_mode": "all",
    }


def _choose(key: str, yes: str, no: str) -> str:
    return f"{{{{ '{yes}' if value_json.{key} else '{no}' }}}}"


def _number(key: str, times: str = "") -> str:
    # Home Assistant reads the word None as "not known".
    return f"{{{{ 'None' if value_json.{key} is none else value_json.{key}{times} }}}}"
