"""What Home Assistant is told fits what Home Assistant documents.

The options of each platform are those listed in its documentation of the MQTT integration
(https://www.home-assistant.io/integrations/mqtt/ and the page of each platform), and the
rules those of its "device discovery payload".
"""

import json
import re

import pytest

from edge.config.mqtt import MqttSettings
from edge.config.webhook import WebhookSettings
from edge.contract.errors import ConfigError
from edge.house.device import Device, device_id
from edge.house.discovery import Topics, discovery_message, discovery_topic
from edge.house.message import LONGEST_STATE, state_message
from edge.link.snapshot import Notice, Snapshot

DEVICE = Device("yard", "Yard camera")
TOPICS = Topics("emberwatch/yard")
HAZARD = ("fire", "smoke")

COMMON = {
    "platform", "unique_id", "name", "icon", "entity_category", "enabled_by_default", "qos",
    "availability", "availability_mode", "encoding", "json_attributes_topic",
    "json_attributes_template",
}  # fmt: skip
OPTIONS = {
    "binary_sensor": {
        "state_topic", "device_class", "value_template", "payload_on", "payload_off",
        "expire_after", "off_delay", "force_update",
    },
    "sensor": {
        "state_topic", "device_class", "value_template", "unit_of_measurement", "state_class",
        "suggested_display_precision", "options", "expire_after", "force_update",
    },
    "event": {"state_topic", "event_types", "device_class", "value_template"},
    "button": {"command_topic", "payload_press", "device_class", "retain", "command_template"},
    "camera": {"topic", "image_encoding"},
}  # fmt: skip
NEEDED = {
    "event": {"event_types"},
    "button": {"command_topic"},
    "camera": {"topic"},
    "binary_sensor": set(),
    "sensor": set(),
}
CLASSES = {
    "binary_sensor": {"smoke", "safety", "problem", "sound"},
    "sensor": {"enum", "temperature", None},
}


def payload(**options):
    made = {"commands": True, "pictures": True} | options
    return json.loads(discovery_message(DEVICE, TOPICS, HAZARD, **made))


def test_the_topic_is_one_that_home_assistant_listens_to():
    # homeassistant/components/mqtt/discovery.py: TOPIC_MATCHER
    assert re.fullmatch(
        r"homeassistant/(\w+)/[a-zA-Z0-9_-]+/config", discovery_topic("homeassistant", DEVICE)
    )


def test_the_payload_has_what_a_device_needs():
    told = payload()
    assert set(told) == {"device", "origin", "state_topic", "availability", "components"}
    assert told["device"]["identifiers"] == ["emberwatch-yard"]
    assert told["origin"]["name"]
    assert told["availability"] == [{"topic": "emberwatch/yard/availability"}]


@pytest.mark.parametrize("commands", [True, False])
@pytest.mark.parametrize("pictures", [True, False])
def test_each_entity_has_the_options_of_its_platform_and_no_other(commands, pictures):
    told = payload(commands=commands, pictures=pictures)
    ids = []
    for name, entity in told["components"].items():
        platform = entity["platform"]
        if set(entity) == {"platform"}:  # as documented, this removes it
            assert (name == "picture" and not pictures) or (platform == "button" and not commands)
            continue
        assert set(entity) <= COMMON | OPTIONS[platform], name
        assert set(entity) >= NEEDED[platform] | {"unique_id", "name"}, name
        assert entity.get("device_class") in CLASSES.get(platform, {None}), name
        assert entity.get("entity_category") in (None, "diagnostic")
        ids.append(entity["unique_id"])
    assert len(ids) == len(set(ids))
    assert all(number.startswith("emberwatch-yard-") for number in ids)


def test_an_enum_lists_every_state_that_is_ever_sent():
    options = payload()["components"]["state"]["options"]
    sent = {"clear", "pre-alarm", "alarm", "trouble", "starting"}
    assert set(options) == sent | {json.loads(state_message(None))["state"]}


def test_whether_there_is_an_alarm_is_not_available_while_the_watch_does_not_answer():
    told = payload()["components"]["alarm"]
    assert told["availability_mode"] == "all"
    assert [item["topic"] for item in told["availability"]] == [
        "emberwatch/yard/availability",
        "emberwatch/yard/state",
    ]


@pytest.mark.parametrize(
    ("state", "read"),
    [
        (
            Snapshot("t", state="alarm", level="alarm", hazard=0.5, celsius=40.04, sounding=True),
            {"alarm": "ON", "trouble": "OFF", "hazard": "50.0", "temperature": "40.0",
             "state": "alarm", "siren": "ON", "troubles": "nothing"},
        ),
        (
            Snapshot("t", state="trouble", notices=(Notice("trouble", "s", "it is black", "t"),)),
            {"alarm": "OFF", "trouble": "ON", "hazard": "None", "temperature": "None",
             "state": "trouble", "troubles": "it is black"},
        ),
        (None, {"trouble": "ON", "state": "silent", "troubles": "no watch answers"}),
    ],
)  # fmt: skip
def test_the_templates_read_the_state_that_is_sent(state, read):
    """Jinja is what Home Assistant renders them with."""
    jinja2 = pytest.importorskip("jinja2")
    value = json.loads(state_message(state))
    for name, wanted in read.items():
        template = payload()["components"][name]["value_template"]
        assert jinja2.Template(template).render(value_json=value) == wanted, name
    watching = payload()["components"]["alarm"]["availability"][1]["value_template"]
    expected = "offline" if state is None else "online"
    assert jinja2.Template(watching).render(value_json=value) == expected


def test_words_fit_into_a_state_of_home_assistant():
    notices = tuple(Notice("trouble", f"s{n}", "x" * 100, "t") for n in range(9))
    told = json.loads(state_message(Snapshot("t", notices=notices)))
    assert len(told["troubles"]) == LONGEST_STATE


def test_an_id_stays_the_same_and_differs_between_two_watches_of_a_machine(tmp_path):
    machine = tmp_path / "machine-id"
    machine.write_text("0123456789abcdef0123456789abcdef\n")
    one = device_id(None, tmp_path / "one", machine)
    assert one == device_id(None, tmp_path / "one", machine)
    assert one != device_id(None, tmp_path / "two", machine)
    assert device_id("yard", tmp_path, machine) == "yard"
    # The machine's own id is not to be told to anybody.
    assert "0123456789" not in one


def test_a_machine_without_an_id_needs_one_in_the_configuration(tmp_path):
    with pytest.raises(ConfigError, match=r"\[mqtt\] id"):
        device_id(None, tmp_path, tmp_path / "none")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"broker": "10.0.0.2", "user": "u", "password": "p"}, "unencrypted.*tls = true"),
        ({"broker": "nas", "user": "u", "password": "p"}, "unencrypted"),
        ({"broker": "b", "password": "p", "tls": True}, "without a user"),
        ({"broker": "b", "ca": "x"}, "nothing is encrypted"),
        ({"broker": "b", "tls": True, "key": "x"}, "belong together"),
        ({"broker": "mqtt://b"}, "no name of a machine"),
        ({"broker": ""}, "no name of a machine"),
        ({"broker": "b", "id": "a/b"}, "not usable in a topic"),
        ({"broker": "b", "topic": "a/#"}, "no topic"),
        ({"broker": "b", "every_seconds": 0.1}, "every_seconds is out of range"),
        ({"broker": "b", "keep": 0}, "keep is out of range"),
    ],
)
def test_what_would_not_be_safe_or_not_work_is_refused(given, says):
    with pytest.raises(ConfigError) as caught:
        MqttSettings(**given)
    assert re.search(says, caught.value.line()), caught.value.line()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "ftp://example.org",
        "http://",
        "http://u:p@h/",
        "http://h:0/",
        "http://a b/",
    ],
)
def test_what_is_no_address_for_a_webhook_is_refused_and_not_repeated(url):
    with pytest.raises(ConfigError, match="no web address") as caught:
        WebhookSettings(url=url)
    assert "u:p" not in caught.value.line()


def test_a_password_may_stay_on_the_machine_or_travel_encrypted_or_by_leave():
    for more in ({"broker": "127.0.0.1"}, {"broker": "b", "tls": True}, {"insecure": True}):
        assert MqttSettings(**{"broker": "b", "user": "u", "password": "p", **more}).wanted
