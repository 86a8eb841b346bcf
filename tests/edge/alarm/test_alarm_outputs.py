"""The lines, on gpiozero's own mock pins."""

import math

import gpiozero
import pytest
from gpiozero.pins.mock import MockFactory

from edge.alarm.outputs import AlarmOutputs, OutputLines
from edge.alarm.pins import Pins, real_pins, simulated_pins
from edge.alarm.state import AlarmState, Level
from edge.contract.errors import ConfigError, GpioError, MachineError

SIREN, BEACON, TROUBLE = 17, 27, 22


@pytest.fixture
def factory():
    factory = MockFactory()
    yield factory
    factory.close()


def state(level: Level = Level.CLEAR, trouble: str | None = None) -> AlarmState:
    return AlarmState(level, 0.0, 0, 0.0, trouble, sounding=level is Level.ALARM)


def levels(factory: MockFactory) -> tuple[bool, bool, bool]:
    return tuple(bool(factory.pin(bcm).state) for bcm in (SIREN, BEACON, TROUBLE))


def outputs(factory: MockFactory, **lines: object) -> AlarmOutputs:
    return AlarmOutputs(OutputLines(**lines), Pins(factory, simulated=True))


def test_nothing_is_energised_before_the_first_state(factory):
    outputs(factory)
    assert levels(factory) == (False, False, False)


def test_the_trouble_line_is_held_while_all_is_well(factory):
    lines = outputs(factory)
    assert lines.show(state()) == [("trouble", True)]
    assert levels(factory) == (False, False, True)
    assert lines.show(state()) == []


def test_a_pre_alarm_sounds_nothing(factory):
    lines = outputs(factory)
    lines.show(state(Level.PRE_ALARM))
    assert levels(factory) == (False, False, True)


def test_an_alarm_energises_siren_and_beacon(factory):
    lines = outputs(factory)
    lines.show(state())
    assert lines.show(state(Level.ALARM)) == [("siren", True), ("beacon", True)]
    assert levels(factory) == (True, True, True)


def test_a_trouble_drops_its_line_and_leaves_the_siren_on(factory):
    lines = outputs(factory)
    lines.show(state(Level.ALARM))
    assert lines.show(state(Level.ALARM, "no frame")) == [("trouble", False)]
    assert levels(factory) == (True, True, False)


def test_dropping_de_energises_every_line(factory):
    lines = outputs(factory)
    lines.show(state(Level.ALARM))
    assert lines.drop() == [("siren", False), ("beacon", False), ("trouble", False)]
    assert levels(factory) == (False, False, False)


def test_closing_gives_the_pins_back_dropped_and_may_come_twice(factory):
    lines = outputs(factory)
    lines.show(state(Level.ALARM))
    lines.close()
    lines.close()
    assert [bool(s.state) for s in factory.pin(SIREN).states][-2:] == [True, False]
    outputs(factory).close()


def test_a_board_that_is_active_low_is_driven_the_other_way_round(factory):
    lines = outputs(factory, active_high=False)
    assert levels(factory) == (True, True, True)
    lines.show(state())
    assert levels(factory) == (True, True, False)


def test_a_line_in_use_is_an_error_and_frees_the_others(factory):
    with gpiozero.LED(TROUBLE, pin_factory=factory), pytest.raises(GpioError, match="GPIO 22"):
        outputs(factory)
    outputs(factory).close()


def test_a_pin_that_does_not_obey_holds_up_no_other(factory):
    lines = outputs(factory)
    factory.pin(SIREN).function = "input"
    with pytest.raises(GpioError, match="GPIO 17"):
        lines.show(state(Level.ALARM))
    assert levels(factory)[1:] == (True, True)


def test_closing_with_a_pin_that_does_not_obey_drops_the_others(factory):
    lines = outputs(factory)
    lines.show(state(Level.ALARM))
    factory.pin(SIREN).function = "input"
    with pytest.raises(GpioError, match="GPIO 17"):
        lines.close()
    assert levels(factory)[1:] == (False, False)
    outputs(factory).close()


def test_gpiozeros_global_factory_is_left_alone(factory):
    before = gpiozero.Device.pin_factory
    lines = outputs(factory)
    lines.show(state(Level.ALARM))
    lines.close()
    assert gpiozero.Device.pin_factory is before


def test_simulated_pins_say_that_they_are(factory):
    pins = simulated_pins()
    assert AlarmOutputs(OutputLines(), pins).simulated
    pins.close()


def test_without_gpio_there_is_an_error_and_no_stand_in(tmp_path):
    with pytest.raises(GpioError, match="no siren could sound") as caught:
        real_pins(tmp_path)
    assert caught.value.exit_code == 5
    assert "--simulate-gpio" in caught.value.line()


def test_a_gpio_that_does_not_open_is_an_error_and_no_stand_in(tmp_path):
    # A machine with a GPIO device that lgpio, where it is installed, cannot use.
    (tmp_path / "gpiochip0").touch()
    with pytest.raises(MachineError) as caught:
        real_pins(tmp_path)
    assert caught.value.next_step


@pytest.mark.parametrize("wrong", [{"siren": 28}, {"siren": -1}, {"beacon": 17}])
def test_lines_that_cannot_be_are_refused(wrong):
    with pytest.raises(ConfigError):
        OutputLines(**wrong)


def test_an_unknown_hazard_is_no_obstacle(factory):
    lines = outputs(factory)
    lines.show(AlarmState(Level.ALARM, math.nan, 3, 0.0, "scores", sounding=True))
    assert levels(factory) == (True, True, False)
