"""What docs/files.md says of keys, settings and tables is what the code has."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from pathlib import Path

from footprint.policy import Policy
from footprint.report import columns
from footprint.settings import INPUT_KEYS, SEVERAL

FILES = (Path(__file__).resolve().parents[1] / "docs" / "files.md").read_text(encoding="utf-8")


def part(start: str, end: str) -> str:
    """What stands between two texts."""
    return FILES.partition(start)[2].partition(end)[0]


def test_every_key_of_inputs_is_told():
    """Each has a row; those that may have several files, and only those, are told as such."""
    rows = re.findall(r"^\| `(\w+)` \|", part("### `[inputs]`", "#### Travel times"), re.MULTILINE)
    assert sorted(rows) == sorted(INPUT_KEYS)
    several = part("A list of paths gives", "Every other key takes one file")
    told = set(re.findall(r"`(\w+)`", several)) & set(INPUT_KEYS)
    assert told == set(SEVERAL)


def test_every_setting_is_told_with_its_default():
    """Each field of the policy stands in the table once, beside the value it has."""
    told = {}
    for names, values in re.findall(
        r"^\| (`.+?`) \| (.+?) \|", part("### `[policy]`", "### `[locks]`"), re.MULTILINE
    ):
        every = re.findall(r"`(\w+)`", names)
        given = [None] * len(every)
        if values != "unset":
            given = tomllib.loads(f"values = [{values}]")["values"]
        told |= dict(zip(every, given, strict=True))
    policy = dataclasses.asdict(Policy())
    policy.pop("preset")
    assert told.keys() == policy.keys()
    for name, value in policy.items():
        assert told[name] == (list(value) if isinstance(value, tuple) else value), name


def test_every_table_is_told():
    """Each that a run may write has its name in the list of tables, and no other has."""
    rows = re.findall(
        r"^\| (`.+?`) \|",
        part("| table | columns of the contract", "`pcns` has further"),
        re.MULTILINE,
    )
    told = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(told) == sorted(columns.TABLES)
