"""Siren: whether it sounds, once there is an alarm."""

from edge.alarm.rules import AlarmRules


class Siren:
    """Keeps the times of an alarm's siren: silenced, worn out, sounding again.

    All times are seconds on the clock of whoever calls; after a restart they count from the
    first call.
    """

    def __init__(
        self, rules: AlarmRules, *, alarm: bool = False, silenced: bool = False, worn: bool = False
    ) -> None:
        self._rules = rules
        self.alarm = alarm
        self.silenced = silenced
        self.worn_out = worn
        self.notices = 0
        self._from_s: float | None = None
        self._silenced_s: float | None = None
        self._noticed_s: float | None = None
        # An alarm from before a restart was told before it.
        self._owed = False

    @property
    def sounding(self) -> bool:
        """Say whether it should sound."""
        return self.alarm and not self.silenced and not self.worn_out

    def rise(self, now: float) -> None:
        """Sound, whatever a person or the clock had stopped: the hazard rose anew."""
        self.alarm = True
        self.silenced = self.worn_out = False
        self._from_s, self._silenced_s = now, None
        self._owed = True
        self.tick(now)

    def silence(self, now: float) -> None:
        """Stop sounding for now."""
        if self.alarm:
            self.silenced, self._silenced_s = True, now

    def end(self) -> None:
        """Forget the alarm."""
        self.alarm = self.silenced = self.worn_out = self._owed = False
        self._from_s = self._silenced_s = None

    def tick(self, now: float) -> None:
        """Let time pass up to `now`."""
        if not self.alarm:
            return
        if self.silenced:
            self._silenced_s = now if self._silenced_s is None else self._silenced_s
            again = self._rules.resound_after_seconds
            if again and now - self._silenced_s >= again:
                self.rise(now)
                return
        elif not self.worn_out:
            self._from_s = now if self._from_s is None else self._from_s
            most = self._rules.max_siren_seconds
            self.worn_out = bool(most) and now - self._from_s >= most
        self._notice(now)

    def _notice(self, now: float) -> None:
        every = self._rules.notice_every_seconds
        if self._owed and (self._noticed_s is None or now - self._noticed_s >= every):
            self._owed = False
            self._noticed_s = now
            self.notices += 1
