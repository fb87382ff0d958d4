"""Run the command line as ``python -m footprint``."""

from footprint.cli import main

main(prog_name="footprint")
