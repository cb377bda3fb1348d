"""`attune models`: the files that others trained, and how to get them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from attunement.pipelines.models.files import ModelFile, Shelf

models = typer.Typer(help="List, pull and verify model files.", no_args_is_help=True)

Folder = Annotated[Path | None, typer.Option("--models", help="Folder of model files.")]
Json = Annotated[bool, typer.Option("--json", help="For programs.")]


def register(app: typer.Typer) -> None:
    app.add_typer(models, name="models")


@models.command("list")
def list_models(folder: Folder = None, as_json: Json = False) -> None:
    """Show every model file, and whether it is here."""
    from attunement.gateway.model_files import find_models

    shelf = find_models(folder)
    _show([_row(shelf, model) for model in shelf.files], as_json)


@models.command("verify")
def verify(folder: Folder = None, as_json: Json = False) -> None:
    """Check every file's bytes; ends with 1 if one is missing or is not the one expected."""
    from attunement.gateway.model_files import find_models

    shelf = find_models(folder)
    rows = [_row(shelf, model) for model in shelf.files]
    _show(rows, as_json)
    raise typer.Exit(0 if all(row["where"] for row in rows) else 1)


@models.command("pull")
def pull(
    names: Annotated[
        list[str] | None, typer.Argument(help="Which; without: all that are not here.")
    ] = None,
    folder: Folder = None,
) -> None:
    """Download model files from where they are published."""
    from attunement.gateway.model_files import find_models

    shelf = find_models(folder)
    known = {model.name: model for model in shelf.files}
    unknown = [name for name in names or () if name not in known]
    if unknown:
        typer.echo(f"got {unknown[0]}, expected one of {', '.join(known)}", err=True)
        raise typer.Exit(2)
    failed = [name for name in names or known if not _have(shelf, known[name])]
    raise typer.Exit(1 if failed else 0)


def _have(shelf: "Shelf", model: "ModelFile") -> bool:
    """Tell what became of it. False if it is still not here."""
    from attunement.engine.errors import ModelUnavailable

    try:
        typer.echo(f"{model.name}: here, {shelf.path(model.name)}")
        return True
    except ModelUnavailable:
        pass
    try:
        typer.echo(f"{model.name}: pulled to {_download(shelf, model)}")
        shelf.path(model.name)  # raises if what lies there is not what was pulled
        return True
    except ModelUnavailable as fault:
        typer.echo(str(fault), err=True)
        return False


def _download(shelf: "Shelf", model: "ModelFile") -> Path:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    from attunement.gateway import model_files

    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(model.name, total=model.size)
        return model_files.pull(
            model,
            shelf.target,
            opener=model_files.over_https,
            advance=lambda n: progress.advance(task, n),
        )


def _row(shelf: "Shelf", model: "ModelFile") -> dict[str, Any]:
    from attunement.engine.errors import ModelUnavailable
    from attunement.pipelines.models.files import version

    try:
        where, state = str(shelf.path(model.name)), "ok"
    except ModelUnavailable as fault:
        where, state = "", f"{fault.problem}; {fault.remedy}"
    return {
        "name": model.name,
        "version": version(model),
        "licence": model.licence,
        "size": model.size,
        "sha256": model.sha256,
        "source": model.source,
        "state": state,
        "where": where,
    }


def _show(rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        import json

        typer.echo(json.dumps(rows, indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table()
    for column in ("name", "version", "licence", "size", "state", "where"):
        table.add_column(column, overflow="fold", justify="right" if column == "size" else "left")
    for row in rows:
        size = f"{row['size'] / 1e6:.1f} MB"
        table.add_row(
            row["name"], row["version"], row["licence"], size, row["state"], row["where"] or "-"
        )
    Console().print(table)
