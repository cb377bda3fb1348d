"""What the simulator raises on purpose."""

from attunement.engine.errors import AttunementError


class BadScript(AttunementError):
    """A script that cannot be played."""

    def __init__(self, where: str, got: str, expected: str) -> None:
        super().__init__(where, got, expected)
        self.where, self.got, self.expected = where, got, expected

    def __str__(self) -> str:
        return f"{self.where}: got {self.got}, expected {self.expected}"


class BadNetwork(AttunementError):
    """A description of a network that cannot be read."""

    def __init__(self, got: str, expected: str) -> None:
        super().__init__(got, expected)
        self.got, self.expected = got, expected

    def __str__(self) -> str:
        return f"got {self.got}, expected {self.expected}"
