"""The command line: options to settings, settings to the pipeline, errors to exit codes."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from footprint import __version__
from footprint.errors import InputError

#: exit codes of the contract
BAD_INPUT, FLAGGED = 2, 3


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="footprint")
def main() -> None:
    """See Primary Care Networks on the ground, check them, and line teams up with them.

    \b
    Example:
      footprint analyse patch.toml --out outputs
    """  # noqa: D301


@main.command()
@click.argument("patch", required=False, type=click.Path(path_type=Path))
@click.option(
    "--out",
    default=Path("outputs"),
    show_default=True,
    type=click.Path(path_type=Path),
    help="Folder to write into; what is not ours in it stays.",
)
@click.option("--quiet", is_flag=True, help="No progress and no findings, only the page to open.")
@click.option("--strict", is_flag=True, help="Exit with code 3 when any PCN is flagged.")
def analyse(patch: Path | None, out: Path, quiet: bool, strict: bool) -> None:
    """Analyse a patch: footprints, checks, alignment, allocation, maps and tables.

    PATCH is a patch file (TOML). Without it the fictional patch that comes with footprint is
    analysed.

    \b
    Exit codes: 0 done, 1 a fault of footprint, 2 input that cannot be used, 3 flags with --strict.

    \b
    Examples:
      footprint analyse
      footprint analyse staffordshire/patch.toml --out staffordshire/outputs
    """  # noqa: D301
    # the analysis is heavy to import and --help should not wait for it
    from footprint import pipeline, progress  # noqa: PLC0415

    try:
        with progress.shown(quiet=quiet) as step:
            run = pipeline.analyse(patch, out=out, step=step)
    except InputError as error:
        click.echo(f"footprint cannot use this input:\n{error}", err=True)
        sys.exit(BAD_INPUT)
    if not quiet:
        for finding in run.findings:
            click.echo(finding)
    click.echo(run.page)
    if strict and run.flagged:
        sys.exit(FLAGGED)
