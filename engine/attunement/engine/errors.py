"""
Everything the engine raises on purpose.

AttunementError
├── BadFrame            a source's fault: a frame that cannot be measured
├── BadTransition       a caller's fault: the session is in a state that does not allow it
├── UnknownParticipant  a caller's fault
├── UnknownExperiment   a caller's fault: nothing of that name can be asked for
└── ModelUnavailable    nobody's fault: a model file is not here, or is not the one expected

Fields carry the facts; str() makes the sentence. No field ever holds media, words or names of the
session, so a message may be logged.
"""


class AttunementError(Exception):
    """Base of all errors that have a sentence for the user."""


class BadFrame(AttunementError):
    def __init__(self, what: str, got: str, expected: str) -> None:
        super().__init__(what, got, expected)
        self.what, self.got, self.expected = what, got, expected

    def __str__(self) -> str:
        return f"got {self.what} {self.got}, expected {self.expected}"


class BadTransition(AttunementError):
    def __init__(self, state: str, event: str) -> None:
        super().__init__(state, event)
        self.state, self.event = state, event

    def __str__(self) -> str:
        return f"a session that is {self.state} cannot {self.event}"


class UnknownParticipant(AttunementError):
    def __str__(self) -> str:
        return "nobody of that name takes part in this session"


class UnknownExperiment(AttunementError):
    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(name, known)
        self.name, self.known = name, known

    def __str__(self) -> str:
        return f"got experiment {self.name}, expected one of {', '.join(self.known)}"


class ModelUnavailable(AttunementError):
    def __init__(self, name: str, problem: str, remedy: str) -> None:
        super().__init__(name, problem, remedy)
        self.name, self.problem, self.remedy = name, problem, remedy

    def __str__(self) -> str:
        return f"{self.name}: {self.problem}; {self.remedy}"
