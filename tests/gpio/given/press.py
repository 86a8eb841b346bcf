"""A button that the machine's keeper presses: it wakes whoever selects, and is told once."""

import json
import select
import time

from edge.alarm.button_settings import ButtonSettings
from edge.alarm.buttons import Buttons
from edge.alarm.pins import real_pins

LINE = 3

pins = real_pins()
# A Pi's GPIO 3 has a resistor on the board, which gpiozero knows of; this line has none.
pin = pins._factory.pin(LINE)
pin._info = pin._info._replace(pull="")
buttons = Buttons(ButtonSettings(silence=LINE, to_ground=False, bounce_seconds=0.02), pins)
print("## " + json.dumps({"what": "waits for a press", "press": True}), flush=True)
found, woken, end = [], False, time.monotonic() + 5
while time.monotonic() < end:
    woken |= bool(select.select([buttons], [], [], 0.1)[0])
    found += buttons.presses()
print("## " + json.dumps({"what": "pressed", "woken": woken, "presses": found}), flush=True)
buttons.close()
pins.close()
