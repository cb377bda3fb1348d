"""The secret that tokens are signed with, as the operator keeps it."""

import os
from pathlib import Path

from attunement.engine.errors import AttunementError
from attunement.gateway.settings import LEAST_SECRET

VARIABLE = "ATTUNEMENT_SECRET"


class SecretMissing(AttunementError):
    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return (
            f"{self.problem}; expected {LEAST_SECRET} characters or more "
            f"in --secret-file or in {VARIABLE}"
        )


def read_secret(file: str | None) -> str:
    """Raises SecretMissing."""
    if file is not None:
        try:
            secret = Path(file).read_text().strip()
        except (OSError, UnicodeDecodeError):
            raise SecretMissing("got a secret file that cannot be read") from None
    else:
        secret = os.environ.get(VARIABLE, "").strip()
        if not secret:
            raise SecretMissing("got no secret")
    if len(secret) < LEAST_SECRET:
        raise SecretMissing(f"got a secret of {len(secret)} characters")
    return secret
