"""
One line for all people of all sessions in front of one model: many items, one call.

A GPU answers a hundred pictures as fast as one, so items are gathered for a few milliseconds. A
CPU gains nothing by that, and there an answer must not depend on who else asked: a size of 1 hands
over item by item, waits for nobody, and live equals replay bit for bit.

Everybody has one place in the line. Who asks again before having been answered keeps the place,
and the newer item takes that of the older: so nobody is pushed back, and nobody asks twice in one
round. Outside of `with` there is no line: the model answers in the thread that asks, as a replay
does. One call at a time is made per device, whoever makes it.
"""

import functools
import threading
import time
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from attunement.engine.errors import AttunementError

WAIT_MS = 8.0
BOUND = 256  # people in the line
LEAVE = 5.0  # s that closing waits for the call that is being made
IDLE = 1.0  # s after which an owner with nothing to do looks whether it is to stop

Array = NDArray[Any]
Forward = Callable[[Array], Array]  # (n, ...) -> (n, ...), row by row


class NoAnswer(AttunementError):
    """Nobody's fault: an item was given up. `why` is the name of the count that it went into."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why

    def __str__(self) -> str:
        return f"got no answer from the model ({self.why}), expected one"


@dataclass(slots=True)
class Counts:
    """Since the batcher was made."""

    batches: int = 0  # calls that were made
    items: int = 0  # answered, be it too late
    replaced: int = 0  # a newer one of the same person came
    crowded: int = 0  # the line was full
    late: int = 0  # whoever asked did not wait longer
    closed: int = 0  # still in the line when it was closed
    failed: int = 0  # the model broke on it

    @property
    def dropped(self) -> int:
        return self.replaced + self.crowded + self.late + self.closed


@dataclass(slots=True, eq=False)
class _Place:
    item: Array
    answer: Future[Array]
    since: float  # s, monotonic: when the place was taken


class Batcher:
    """Thread-safe. Entered once, by whoever serves; asked by any number of stages."""

    def __init__(
        self,
        forward: Forward,
        *,
        size: int = 1,
        wait_ms: float = WAIT_MS,
        bound: int = BOUND,
        device: str = "cpu",
    ) -> None:
        """
        `size` items at most are handed to `forward` at once; the first of them waits `wait_ms` at
        most for others to come, and not at all where size is 1.
        """
        if size < 1 or bound < 1 or wait_ms < 0:
            expected = "expected at least 1, 1 and 0"
            raise ValueError(f"got size {size}, bound {bound}, wait {wait_ms} ms, {expected}")
        self._forward, self._size, self._bound = forward, size, bound
        self._wait = wait_ms / 1000
        self._owner = owner(device)
        self._news = threading.Condition()
        self._line: dict[Hashable, _Place] = {}  # in the order in which places were taken
        self._counts = Counts()
        self._thread: threading.Thread | None = None
        self._closing = False

    def __enter__(self) -> Self:
        if self._thread is not None:
            raise RuntimeError("got a batcher that is open, expected one that is not")
        self._closing = False
        self._thread = threading.Thread(target=self._serve, name="batcher", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._thread is not None
        with self._news:
            self._closing = True
            left, self._line = list(self._line.values()), {}
            self._news.notify_all()
        for place in left:
            self._give_up(place, "closed")
        self._thread.join(LEAVE)
        self._thread = None

    @property
    def counts(self) -> Counts:
        with self._news:
            return replace(self._counts)

    @property
    def waiting(self) -> int:
        return len(self._line)

    def submit(self, person: Hashable, item: Array) -> Future[Array]:
        """
        The row that `forward` will have made of `item` (...); NoAnswer in it if it is given up.

        `person` stands for one person of one session: a name may be anybody's in another session,
        so a stage makes a key of its own. Cancel the answer to leave the line.
        """
        answer: Future[Array] = Future()
        place = _Place(item, answer, time.monotonic())
        if self._thread is None:
            if self._wanted(place):
                self._work_off([place])
            return answer
        with self._news:
            older = self._line.get(person)
            refused = self._closing or (older is None and len(self._line) >= self._bound)
            if not refused:
                place.since = place.since if older is None else older.since
                self._line[person] = place
                self._news.notify_all()
        if refused:
            self._give_up(place, "closed" if self._closing else "crowded")
        elif older is not None:
            self._give_up(older, "replaced")
        return answer

    def ask(self, person: Hashable, item: Array, patience: float | None = None) -> Array:
        """
        The same, waited for: `patience` s, or as long as it takes. Raises NoAnswer. Without `with`
        it is always answered, however long that takes.
        """
        answer = self.submit(person, item)
        try:
            return answer.result(patience)
        except TimeoutError:
            if not answer.cancel():  # it is being worked on, and nobody will hear the answer
                self._count("late")
            raise NoAnswer("late") from None

    # The owner's thread.

    def _serve(self) -> None:
        while not self._closing and self._thread is threading.current_thread():
            batch = self._gather()
            if batch:
                self._work_off(batch)

    def _gather(self) -> list[_Place]:
        """The first in the line, once there are enough or the very first has waited enough."""
        with self._news:
            while not self._closing and len(self._line) < self._size:
                first = next(iter(self._line.values()), None)
                left = IDLE if first is None else first.since + self._wait - time.monotonic()
                if left <= 0:
                    break
                self._news.wait(left)
            people = [who for who, _ in zip(self._line, range(self._size), strict=False)]
            batch = [self._line.pop(who) for who in people]
        return [place for place in batch if self._wanted(place)]

    def _work_off(self, batch: Sequence[_Place]) -> None:
        """A batch that breaks is tried once more item by item: one bad item spoils no other."""
        try:
            rows = self._called(batch)
        except Exception:
            if len(batch) > 1:
                for place in batch:
                    self._work_off([place])
            else:
                self._fail(batch[0], "failed")
            return
        with self._news:
            self._counts.items += len(batch)
        for place, row in zip(batch, rows, strict=True):
            place.answer.set_result(row)

    def _called(self, batch: Sequence[_Place]) -> Array:
        items = np.stack([place.item for place in batch])
        self._count("batches")
        with self._owner:
            rows = self._forward(items)
        if len(rows) != len(batch):
            raise ValueError(f"got {len(rows)} rows, expected {len(batch)}")
        return rows

    def _wanted(self, place: _Place) -> bool:
        """From now on its answer cannot be cancelled; False if it was."""
        wanted = place.answer.set_running_or_notify_cancel()
        if not wanted:
            self._count("late")
        return wanted

    def _give_up(self, place: _Place, why: str) -> None:
        if self._wanted(place):
            self._fail(place, why)

    def _fail(self, place: _Place, why: str) -> None:
        self._count(why)
        place.answer.set_exception(NoAnswer(why))

    def _count(self, what: str) -> None:
        with self._news:
            setattr(self._counts, what, getattr(self._counts, what) + 1)


@functools.cache
def owner(device: str) -> threading.Lock:
    """Held while a device is being used: two models never share it at one moment."""
    return threading.Lock()


class Shared:
    """The batchers of one process, by the name of their model; made when first asked for."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._batchers: dict[str, Batcher] = {}
        self._lines = ExitStack()
        self._serving = 0

    def get(self, name: str, make: Callable[[], Batcher]) -> Batcher:
        with self._lock:
            if name not in self._batchers:
                made = self._batchers[name] = make()
                if self._serving:
                    self._lines.enter_context(made)
            return self._batchers[name]

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Meanwhile all of them, and those that are yet to be made, have their lines."""
        with self._lock:
            self._serving += 1
            if self._serving == 1:
                for batcher in self._batchers.values():
                    self._lines.enter_context(batcher)
        try:
            yield
        finally:
            with self._lock:
                self._serving -= 1
                if not self._serving:
                    self._lines.close()

    def counts(self) -> Mapping[str, Counts]:
        with self._lock:
            return {name: batcher.counts for name, batcher in self._batchers.items()}


SHARED = Shared()
