"""The command `attune`: one file per subcommand; nothing heavy is imported before it is needed."""

import importlib
import os

import typer

COMMANDS = (
    "serve",
    "demo",
    "simulate",
    "replay",
    "watch",
    "token",
    "models",
    "signals",
    "doctor",
)

app = typer.Typer(
    name="attune",
    help="Measure a live two-person session, quietly: voice, face, body and their interplay.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _register() -> None:
    # Each module has `register(app)`, and imports at its top only typer and the standard library.
    for name in COMMANDS:
        importlib.import_module(f"attunement.gateway.cli.{name}").register(app)


def main() -> None:
    # Before NumPy is there: threads of its library wait for one another where cores are busy, and
    # hold up a second by 10 ms; and how many there are would change the last bit of a sum.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    _register()
    app()
