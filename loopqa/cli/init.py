"""``loopqa init``: a workspace to start from."""

from __future__ import annotations

from pathlib import Path

import click

from loopqa.cli.output import say, tell
from loopqa.errors import UsageError
from loopqa.language import text


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--template", default="survey", show_default=True, help="See --list.")
@click.option("--list", "list_only", is_flag=True, help="List the templates.")
@click.option(
    "--from",
    "data",
    type=click.Path(path_type=Path),
    metavar="DATA",
    help="Your own CSV, Excel or Parquet file: its columns make the rubric and the workflow.",
)
@click.option("--sheet", help="Sheet of the workbook. Default: asks, or takes the largest.")
@click.option("--rating", "ratings", multiple=True, metavar="COLUMN", help="Take these as ratings.")
@click.option("--dates", metavar="FORM", help='How DATA writes dates, such as "%d/%m/%Y".')
@click.option("--yes", is_flag=True, help="Ask nothing; take the best guess.")
def command(
    folder: Path,
    template: str,
    list_only: bool,
    data: Path | None,
    sheet: str | None,
    ratings: tuple[str, ...],
    dates: str | None,
    yes: bool,
) -> None:
    """Start a workspace in FOLDER (default: here), from a template or from a file of your own.

    Nothing is overwritten. With --from, every column is taken for something or left out, and it is
    said why.
    """
    from loopqa.cli.first_minute import from_data
    from loopqa.define.library import template_names
    from loopqa.engine.templates import start_workspace

    if list_only:
        for name in template_names():
            tell(name)
        return
    if data is not None:
        if _given("template"):
            raise UsageError(
                text("--from and --template exclude each other"),
                hint=text("a workspace starts from one of them"),
            )
        from_data(folder, data, sheet, ratings, dates, ask=not yes)
        return
    if sheet or ratings or dates:
        raise UsageError(
            text("--sheet, --rating and --dates belong to --from"),
            hint=text("name the file: loopqa init --from FILE"),
        )
    for path in start_workspace(folder, template):
        tell(str(path))
    where = "" if folder == Path() else f"cd {folder} && "
    say(text("next: {command}", command=f"{where}loopqa check && loopqa run"))


def _given(option: str) -> bool:
    """Whether somebody wrote the option, and not just its default holds."""
    source = click.get_current_context().get_parameter_source(option)
    return source is not click.core.ParameterSource.DEFAULT
