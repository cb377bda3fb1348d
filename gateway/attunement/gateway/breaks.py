"""When a person's media broke off and came back: what makes a gap in a session a marked one."""

from dataclasses import dataclass
from typing import Literal

Link = Literal["never", "up", "lost", "gone"]


@dataclass(frozen=True, slots=True)
class Change:
    t: int  # ns of session time: of the last media before, or of their return
    link: Literal["up", "lost", "gone"]
    gap: int = 0  # ns without media before `t`


class Breaks:
    """Of one person. Look at it about once a second; a gap is told to the look in which it ends."""

    def __init__(self) -> None:
        self._link: Link = "never"
        self._last: int | None = None  # ns at which media came last, while they did

    def look(self, link: Link, last: int | None, now: int) -> Change | None:
        """
        `last`: ns at which any media of the person came last, over whichever connection.

        Who comes for the first time has not been away: that is no change.
        """
        before, self._link = self._link, link
        known, self._last = self._last, last
        if link == before or link == "never":
            return None
        if link == "up":
            return None if known is None else Change(now, "up", now - known)
        return Change(now if last is None else last, link)
