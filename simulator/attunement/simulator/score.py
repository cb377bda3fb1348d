"""What was measured of a scripted session, held against the truth about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from attunement.engine.signal import Measured, Reading, Second
from attunement.simulator.evidence import exists
from attunement.simulator.truth import Truth

SEMITONE = 2 ** (1 / 12)
BLINK_WINDOW, SMILE_WINDOW = 30, 60  # s over which these are counted
SETTLED = 5  # s before talk shares are compared
SOON = 2.5  # s within which a transfer is reported


@dataclass(frozen=True, slots=True)
class Count:
    measured: int
    true: int


@dataclass(frozen=True, slots=True)
class Score:
    f0_within_semitone: float | None  # share of the voiced seconds in which f0 was measured
    f0_seconds: int
    talk_share_error: float | None  # mean over the session, of the share that is most wrong; 0..1
    floor_error_ms: float | None  # median
    floor_transfers: Count  # reported and true
    blinks: Mapping[str, Count]
    smiles: Mapping[str, Count]
    presence_right: float | None  # share of seconds
    measured: Mapping[str, Mapping[str, float]]  # person, or "together" -> signal -> share


class Scorer:
    """
    `seconds`: in order, as the pipeline gave them. `ids`: participant of "therapist" and "patient".
    `begin`: session second at which the script's second 0 falls.
    """

    def __init__(
        self, truth: Truth, seconds: Sequence[Second], ids: Mapping[str, str], begin: int = 0
    ) -> None:
        self._truth, self._ids = truth, ids
        self._seconds = {
            second.index - begin: second
            for second in seconds
            if 0 <= second.index - begin < truth.seconds
        }

    def score(self) -> Score:
        right = self._f0()
        shares = self._talk_share_errors()
        floor = self._floor_errors()
        presence = self._presence()
        return Score(
            f0_within_semitone=fmean(right) if right else None,
            f0_seconds=len(right),
            talk_share_error=fmean(shares) if shares else None,
            floor_error_ms=median(floor) if floor else None,
            floor_transfers=Count(len(floor), len(self._truth.transfers)),
            blinks=self._counts("face.blink_rate", self._truth.blinks, BLINK_WINDOW),
            smiles=self._counts("face.smile_rate", self._truth.smiles, SMILE_WINDOW),
            presence_right=fmean(presence) if presence else None,
            measured=self._measured(),
        )

    def _reading(self, s: int, name: str | None, signal: str) -> Reading | None:
        second = self._seconds.get(s)
        if second is None:
            return None
        of = second.together if name is None else second.people.get(self._ids[name], {})
        return of.get(signal)

    def _f0(self) -> list[bool]:
        right = []
        for name, truth in self._truth.people.items():
            for s, true in enumerate(truth):
                reading = self._reading(s, name, "voice.f0_hz")
                if (
                    isinstance(reading, Measured)
                    and true.f0
                    and exists(self._truth, name, "voice.f0_hz", s)
                ):
                    ratio = reading.value / true.f0
                    right.append(1 / SEMITONE <= ratio <= SEMITONE)
        return right

    def _talk_share_errors(self) -> list[float]:
        errors = []
        for s in range(SETTLED, self._truth.seconds):
            true = self._truth.shares(max(0, s - 59), s + 1)
            readings = {who: self._reading(s, None, f"dyad.talk_share.{who}") for who in true}
            wrong = [
                abs(reading.value - true[who])
                for who, reading in readings.items()
                if isinstance(reading, Measured)
            ]
            if wrong:
                errors.append(max(wrong))
        return errors

    def _floor_errors(self) -> list[float]:
        """Of each true transfer that is the newest when a second ends: what is reported of it."""
        errors = []
        for transfer, following in zip(
            self._truth.transfers, (*self._truth.transfers[1:], None), strict=True
        ):
            until = following.t if following else self._truth.seconds
            reported = [
                abs(reading.value - transfer.offset * 1000)
                for s in range(int(transfer.t), self._truth.seconds)
                if s + 1 <= min(until + 1, transfer.t + SOON + 1)
                and isinstance(
                    reading := self._reading(s, None, "dyad.floor_transfer_ms"), Measured
                )
            ]
            if reported:
                errors.append(min(reported))
        return errors

    def _counts(
        self, signal: str, true: Mapping[str, tuple[float, ...]], window: int
    ) -> dict[str, Count]:
        """As the last reading has it, and as the script has it for the same window."""
        counts = {}
        for name, times in true.items():
            last = max(
                (s for s in self._seconds if isinstance(self._reading(s, name, signal), Measured)),
                default=None,
            )
            if last is not None:
                reading = self._reading(last, name, signal)
                assert isinstance(reading, Measured)
                begin = last + 1 - window
                counts[name] = Count(reading.n, sum(begin < t <= last + 1 for t in times))
        return counts

    def _presence(self) -> list[bool]:
        right = []
        for name, truth in self._truth.people.items():
            for s, true in enumerate(truth):
                reading = self._reading(s, name, "face.presence")
                if reading is not None and true.camera_off in (0.0, 1.0):
                    seen = isinstance(reading, Measured) and reading.value >= 0.5
                    right.append(seen == (true.camera_off == 0.0))
        return right

    def _measured(self) -> dict[str, dict[str, float]]:
        """Of the seconds in which a signal exists, how many have it."""
        any_second = next(iter(self._seconds.values()), None)
        if any_second is None:
            return {}
        names: dict[str, str | None] = {name: name for name in self._truth.people}
        names["together"] = None
        return {
            title: {
                signal: fmean(has)
                for signal in self._signals(any_second, name)
                if (
                    has := [
                        isinstance(self._reading(s, name, signal), Measured)
                        for s in range(self._truth.seconds)
                        if exists(self._truth, name, signal, s)
                    ]
                )
            }
            for title, name in names.items()
        }

    def _signals(self, second: Second, name: str | None) -> Sequence[str]:
        of = second.together if name is None else second.people.get(self._ids[name], {})
        return list(of)
