"""What is given up first when the machine is short, and how it is known that it is."""

from enum import IntEnum

from attunement.engine.clock import MILLISECOND, SECOND

BUSY = 0.8  # of a second in which the session's thread worked: short of this
EASY = 0.5  # and this much leaves room for more
LATE = 600 * MILLISECOND  # after its end that a second was made: the thread had to wait its turn
SHORT = 2  # seconds in a row until something is given up
ROOM = 15  # seconds in a row until something is taken back


class Level(IntEnum):
    """Each gives up one thing more than those before it. What is heard is never given up."""

    NOTHING = 0
    PULSE = 1  # not measured
    EXPRESSION = 2  # looked for half as often
    SPEECH_EMOTION = 3  # not inferred, nor are laughter and sighs
    PICTURES = 4  # five of them a second are looked at


class Shedding:
    """
    One step down when the machine was short for two seconds, one step back after fifteen with room.

    Sans-I/O: told how long the thread worked, asked at the end of each second.
    """

    def __init__(self) -> None:
        self.level = Level.NOTHING
        self._worked = 0
        self._short = self._room = 0  # seconds in a row

    def worked(self, ns: int) -> None:
        self._worked += ns

    def second(self, late: int) -> Level:
        """A second was made, `late` ns after its end. What is to be given up in the next one."""
        busy, self._worked = self._worked / SECOND, 0
        self._short = self._short + 1 if busy > BUSY or late > LATE else 0
        self._room = self._room + 1 if busy < EASY and late <= LATE else 0
        if self._short >= SHORT and self.level < max(Level):
            self._step(1)
        elif self._room >= ROOM and self.level > Level.NOTHING:
            self._step(-1)
        return self.level

    def _step(self, by: int) -> None:
        self.level = Level(self.level + by)
        self._short = self._room = 0
