"""card_life_years: how long an SD card lasts at what is written, under a cautious assumption."""

# Cycles of erasing and programming that a cell of cheap flash stands. Makers of SD cards do not
# publish it. Three bits a cell are usually given 1000 to 3000 (for 2x nm chips 1000:
# anandtech.com/show/6459), and four bits some hundreds; this is the low end.
CYCLES = 300
# Flash is erased in blocks of megabytes (an SD card's allocation unit is 4 MB and more), and the
# card moves what else is in one: for small scattered writes, as a journal's, it programs many
# times what it was given. How many no maker says either.
CARD_AMPLIFICATION = 100
DAYS_A_YEAR = 365.25


def card_life_years(capacity_bytes: float, per_day_bytes: float) -> float:
    """Return for how many years a card of that size takes so many bytes a day.

    The card is taken to level its wear over its whole size, and to be written by nothing else.
    """
    if per_day_bytes <= 0:
        return float("inf")
    return capacity_bytes * CYCLES / CARD_AMPLIFICATION / per_day_bytes / DAYS_A_YEAR
