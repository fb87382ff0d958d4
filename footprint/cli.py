"""The command line: options to settings, settings to the pipeline, errors to exit codes."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import click

from footprint import __version__
from footprint.errors import InputError, printable
from footprint.garbage import seldom

#: exit codes of the contract
BAD_INPUT, FLAGGED = 2, 3
#: counts from 1 to below it are not shared: NHS Digital's rule
SHARE_THRESHOLD = 8


class _WrongUsage(click.ClickException):
    """Wrong usage, told in one line."""

    exit_code = BAD_INPUT

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(self.message, err=True, file=file)


@contextmanager
def _one_line() -> Iterator[None]:
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx is not None else "footprint"
        said = " ".join(error.format_message().split()).rstrip(".")
        raise _WrongUsage(f"{command}: {said} (see {command} --help)") from None


class _Commands(click.Group):
    """Commands whose wrong usage is one line."""

    def make_context(self, *args: Any, **extra: Any) -> click.Context:  # noqa: ANN401
        with _one_line():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> object:
        with _one_line():
            return super().invoke(ctx)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="footprint")
def main() -> None:
    """See Primary Care Networks on the ground, check them, and line teams up with them.

    \b
    Example, from downloads to pages:
      footprint init staffordshire --icb QNC --from downloads
      footprint check staffordshire/patch.toml
      footprint analyse staffordshire/patch.toml --out outputs
    """  # noqa: D301
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Windows writes into files and pipes in a code page that lacks letters of many a name
        sys.stdout.reconfigure(errors="backslashreplace")


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
@click.option(
    "--share",
    is_flag=True,
    help="A version to share: small counts of patients and staff are not shown, others rounded.",
)
@click.option(
    "--share-threshold",
    type=click.IntRange(min=3),
    metavar="COUNT",
    help="With --share, counts from 1 to below this are not shown.  [default: 8]",
)
@click.option(
    "--tiles",
    is_flag=True,
    help="Put an online background map under map.html, from OpenStreetMap. It shows only where its "
    "readers have a network, and their browsers tell that server where on the map they look. "
    "Without this option no page asks a network for anything.",
)
@click.option(
    "--tiles-url",
    metavar="ADDRESS",
    help="With --tiles, another server: an address with {z}, {x} and {y}. OpenStreetMap may refuse "
    "pages that are opened from a file.",
)
@click.option(
    "--briefings",
    metavar="ICB",
    multiple=True,
    help="Give each flagged PCN of this ICB (ODS code, such as QNC) a page in report.html; may be"
    " repeated. Up to 60 PCNs every PCN has a page anyway; above, only those asked for.",
)
# from here, as a sixth of what it takes to import the libraries is spent looking for garbage
@seldom()
def analyse(
    patch: Path | None,
    out: Path,
    quiet: bool,
    strict: bool,
    share: bool,
    share_threshold: int | None,
    tiles: bool,
    tiles_url: str | None,
    briefings: tuple[str, ...],
) -> None:
    """Analyse a patch: footprints, checks, alignment, allocation, maps and tables.

    PATCH is a patch file (TOML). Without it the fictional patch that comes with footprint is
    analysed.

    \b
    Exit codes: 0 done, 1 a fault of footprint, 2 input that cannot be used, 3 flags with --strict.

    \b
    Examples:
      footprint analyse
      footprint analyse staffordshire/patch.toml --out staffordshire/outputs
      footprint analyse staffordshire/patch.toml --out to-send --share
      footprint analyse england/patch.toml --out england/outputs --briefings QNC
    """  # noqa: D301
    if share_threshold is not None and not share:
        raise click.UsageError("--share-threshold is of --share, which is not given")
    if tiles_url is not None and not tiles:
        raise click.UsageError("--tiles-url is of --tiles, which is not given")
    from footprint.processes import orderly  # noqa: PLC0415
    from footprint.report.beside import Beside  # noqa: PLC0415

    try:
        # the second process loads its libraries while this one does
        with orderly(), Beside() as second:
            # the analysis is heavy to import and --help should not wait for it
            from footprint import pipeline, progress  # noqa: PLC0415
            from footprint.maps.tiles import OPENSTREETMAP  # noqa: PLC0415
            from footprint.maps.tiles import tiles as server  # noqa: PLC0415

            with progress.shown(quiet=quiet) as step:
                run = pipeline.analyse(
                    patch,
                    out=out,
                    share=(share_threshold or SHARE_THRESHOLD) if share else None,
                    tiles=server(tiles_url or OPENSTREETMAP) if tiles else None,
                    systems=briefings,
                    step=step,
                    second=second,
                )
    except InputError as error:
        click.echo(f"footprint cannot use this input:\n{error}", err=True)
        sys.exit(BAD_INPUT)
    if not quiet:
        for finding in run.findings:
            click.echo(printable(finding))
    click.echo(run.page)
    if strict and run.flagged:
        sys.exit(FLAGGED)


@main.command()
@click.argument("patch", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for machines.")
def check(patch: Path, as_json: bool) -> None:
    """Read every file of a patch and say how it was understood; nothing is written.

    PATCH is a patch file (TOML). For each file: what it was taken for, its records, its date, what
    was set aside and why; how well the files join; every fault with file, row and column.

    \b
    Exit codes: 0 the patch can be analysed, 2 there are faults.

    \b
    Examples:
      footprint check staffordshire/patch.toml
      footprint check staffordshire/patch.toml --json > check.json
    """  # noqa: D301
    # reading needs heavy libraries and --help should not wait for them
    import json  # noqa: PLC0415

    from footprint import check as checking  # noqa: PLC0415

    checkup = checking.check(patch)
    click.echo(json.dumps(checking.as_json(checkup)) if as_json else checking.text(checkup))
    if not checkup.ok:
        sys.exit(BAD_INPUT)


@main.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--icb", metavar="CODE", help="The patch's ICB, by its ODS code, such as QNC.")
@click.option(
    "--from",
    "sources",
    metavar="FOLDER",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A folder of downloads in which to find the files by content; may be repeated.",
)
def init(folder: Path, icb: str | None, sources: tuple[Path, ...]) -> None:
    """Lay down a patch to fill in: patch.toml, the team files and a page to read.

    DIR is the folder of the patch. Nothing in it is overwritten. With --from, the official files
    and the trust's own are found by what they hold, and the newest that go together are filled in.

    \b
    Exit codes: 0 done, 2 wrong usage, or a file that would be overwritten.

    \b
    Examples:
      footprint init my-patch
      footprint init my-patch --icb QNC --from downloads --from shared/geography
    """  # noqa: D301
    from footprint import starter  # noqa: PLC0415

    try:
        started = starter.init(folder, icb=icb, sources=sources)
    except InputError as error:
        click.echo(f"footprint cannot lay down a patch:\n{error}", err=True)
        sys.exit(BAD_INPUT)
    click.echo(starter.text(started))
