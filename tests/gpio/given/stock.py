"""What gpiozero's own lgpio pins do to an output when they are closed, to compare ours with."""

import os
import time

os.environ["LG_WD"] = "/tmp"

from gpiozero import DigitalOutputDevice
from gpiozero.pins.lgpio import LGPIOFactory

factory = LGPIOFactory()
siren = DigitalOutputDevice(5, initial_value=True, pin_factory=factory)
time.sleep(0.2)
siren.off()
siren.close()
factory.close()
