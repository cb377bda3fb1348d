"""When a person's media broke off and came back: what makes a gap in a session a marked one."""

from dataclasses import dataclass
from typing import Literal

from attunement.engine.clock import SECOND

SHORTEST = 2 * SECOND

Link = Literal["never", "up", "lost", "gone"]


@dataclass(slots=True)
class Flow:
    """All media of one person, told of each as it comes, so that a gap is as long as it was."""

    last: int | None = None  # ns at which any came
    back: int | None = None  # ns at which they came again, by another way or one that was silent
    gap: int = 0  # ns without any before that
    _way: object = None  # connection over which they came last

    def note(self, now: int, way: object, revived: int | None) -> None:
        """`revived`: ns at which the way's last silence ended, in which not even answers came."""
        if self.last is not None:
            silent = revived is not None and revived > self.last
            if silent or way is not self._way:
                self.back, self.gap = now, now - self.last
        self.last, self._way = now, way


@dataclass(frozen=True, slots=True)
class Change:
    t: int  # ns of session time: of the last media before, or of their return
    link: Literal["up", "lost", "gone"]
    gap: int = 0  # ns without media before `t`


class Breaks:
    """
    Of one person. Look at it about once a second; a gap is told to the first look after its end.

    A break is a lost link, or SHORTEST without media after which the person came by another
    connection, or by one that had been silent altogether. Who takes both tracks away and answers
    has not broken off.
    """

    def __init__(self) -> None:
        self._link: Link = "never"
        self._back: int | None = None  # return that was seen last
        self._away = False

    def look(self, link: Link, flow: Flow) -> Change | None:
        """Who comes for the first time has not been away: that is no change."""
        before, self._link = self._link, link
        if flow.last is None:
            return None
        if flow.back is not None and flow.back != self._back:
            self._back = flow.back
            away, self._away = self._away, False
            return Change(flow.back, "up", flow.gap) if away or flow.gap >= SHORTEST else None
        if link in ("lost", "gone") and link != before:
            self._away = True
            return Change(flow.last, link)
        return None
