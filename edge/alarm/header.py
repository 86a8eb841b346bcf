"""Header: the Raspberry Pi's 40-pin header, by Broadcom number."""

HIGHEST_BCM = 27
# Broadcom number -> physical pin, the same on every Pi with 40 pins:
# https://www.raspberrypi.com/documentation/computers/raspberry-pi.html#gpio
PHYSICAL = {
    0: 27, 1: 28, 2: 3, 3: 5, 4: 7, 5: 29, 6: 31, 7: 26, 8: 24, 9: 21, 10: 19, 11: 23, 12: 32,
    13: 33, 14: 8, 15: 10, 16: 36, 17: 11, 18: 12, 19: 35, 20: 38, 21: 40, 22: 15, 23: 16,
    24: 18, 25: 22, 26: 37, 27: 13,
}  # fmt: skip
# What else drives a line, so that it moves while the board starts or is another's to use.
TAKEN = {
    0: "the EEPROM of a HAT",
    1: "the EEPROM of a HAT",
    2: "I2C, with a fixed resistor to 3.3 V",
    3: "I2C, with a fixed resistor to 3.3 V; pulled low it wakes a halted board",
    14: "the serial console, which goes high while the board starts",
    15: "the serial console",
}


def pulled_up_at_reset(bcm: int) -> bool:
    """Say whether the line is pulled to 3.3 V, not to ground, from reset until it is opened.

    Source: the table of alternative functions in "BCM2835 ARM Peripherals" (page 102) and in
    "BCM2711 ARM Peripherals" (5.3): GPIO 0 to 8 high, 9 to 27 low; the RP1 of a Pi 5 has the
    same ("RP1 Peripherals", 3.1.1).
    """
    return bcm <= 8
