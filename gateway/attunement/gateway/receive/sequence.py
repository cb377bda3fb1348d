"""Numbers that wrap: RTP counts packets in 16 bits and time in 32."""


def nearest(n: int, to: int, bits: int) -> int:
    """The number that is `n` in its lower `bits` and lies nearest to `to`; a tie lies before it."""
    half = 1 << (bits - 1)
    return to + ((n - to + half) & (2 * half - 1)) - half


class Unwrapper:
    """
    Wrapping numbers to ever-growing ones, each nearest to the newest so far.

    The first stays as it is; one that is overtaken gets its place before the newest, which at the
    very beginning may be below zero.
    """

    __slots__ = ("_bits", "_newest")

    def __init__(self, bits: int = 16) -> None:
        self._bits = bits
        self._newest: int | None = None

    def __call__(self, n: int) -> int:
        if self._newest is None:
            self._newest = n
            return n
        place = nearest(n, self._newest, self._bits)
        if place > self._newest:
            self._newest = place
        return place
