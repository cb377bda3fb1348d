"""When a person's media broke off and came back: what makes a gap in a session a marked one."""

from dataclasses import dataclass
from typing import Literal

from attunement.engine.clock import SECOND

SHORTEST = 2 * SECOND

Link = Literal["never", "up", "lost", "gone"]


@dataclass(frozen=True, slots=True)
class Change:
    t: int  # ns of session time: of the last media before, or of their return
    link: Literal["up", "lost", "gone"]
    gap: int = 0  # ns without media before `t`


class Breaks:
    """
    Of one person. Look at it about once a second; a gap is told to the look in which it ends.

    A break is a lost link, or SHORTEST without media over which the person came by another
    connection. Who takes both tracks away and stays connected has not broken off.
    """

    def __init__(self) -> None:
        self._link: Link = "never"
        self._last: int | None = None  # ns at which media came last
        self._way: object = None  # connection over which they did
        self._away = False

    def look(self, link: Link, last: int | None, now: int, way: object) -> Change | None:
        """
        `last`: ns at which any media of the person came last, over whichever connection; `way`:
        the connection that there is.

        Who comes for the first time has not been away: that is no change.
        """
        before, self._link = self._link, link
        if last is None:
            return None
        if self._last is None or last > self._last:
            return self._came(last, now, way)
        if link in ("lost", "gone") and link != before:
            self._away = True
            return Change(last, link)
        return None

    def _came(self, last: int, now: int, way: object) -> Change | None:
        known, before = self._last, self._way
        self._last, self._way = last, way
        away, self._away = self._away, False
        if known is None:
            return None
        moved = way is not before and now - known >= SHORTEST
        return Change(now, "up", now - known) if away or moved else None
