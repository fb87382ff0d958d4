"""What ``run.json`` tells of a run: its files with their hashes, versions, settings, verdicts."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.metadata
import json
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from footprint import __version__
from footprint.patch import Patch
from footprint.report.content import Content
from footprint.settings import Settings
from footprint.sources.tabular import Table
from footprint.writing import relative

#: libraries whose version can change a figure or a byte
LIBRARIES = ("geopandas", "networkx", "numpy", "ortools", "pandas", "scipy", "shapely", "folium")


def shown(given: Settings) -> dict[str, Any]:
    """Settings as the pages list them: the policy, and locks where there are any."""
    shown = dataclasses.asdict(given.policy)
    pairs = {
        kind: [" and ".join(pair) for pair in each]
        for kind, each in dataclasses.asdict(given.locks).items()
        if each
    }
    return {**shown, "locks": pairs} if pairs else shown


def digest(joined: Patch) -> str:
    """Hash of what was read and set: pages and ``run.json`` of one run carry the same."""
    given = joined.settings
    parts = {
        "name": given.name,
        "scope": dataclasses.asdict(given.scope),
        "policy": dataclasses.asdict(given.policy),
        "locks": dataclasses.asdict(given.locks),
        "inputs": {key: table.sha256 for key, table in joined.tables.items()},
        "version": __version__,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def record(
    joined: Patch,
    solver: Mapping[str, Mapping[str, Any]],
    audit: Mapping[str, Any],
    content: Content,
) -> dict[str, Any]:
    """
    Return what ``run.json`` says, the seconds and files written apart.

    Parameters
    ----------
    joined
        What was read.
    solver
        Claims by service: status, objective, bound, gap, today.
    audit
        The audit's verdict.
    content
        What is shown.
    """
    given = joined.settings
    return {
        "name": given.name,
        "date": None if content.date is None else content.date.isoformat(),
        "digest": content.digest,
        "inputs": {key: _files(table, given.file.parent) for key, table in joined.tables.items()},
        "counts": dict(joined.counts),
        "solver": {key: dict(claim) for key, claim in solver.items()},
        "audit": dict(audit),
        "findings": list(content.findings),
        "warnings": list(joined.warnings),
        "notes": list(content.notes),
        **({"briefings": list(content.briefings)} if content.briefings else {}),
        "versions": {
            "footprint": __version__,
            "python": platform.python_version(),
            **{name: importlib.metadata.version(name) for name in LIBRARIES},
        },
        "settings": {
            "scope": dataclasses.asdict(given.scope),
            "policy": dataclasses.asdict(given.policy),
            "locks": dataclasses.asdict(given.locks),
        },
    }


def _files(table: Table, folder: Path) -> dict[str, Any] | list[dict[str, Any]]:
    """Tell the file of a key; as in the patch file, a list where there are several."""
    told = [
        {
            "path": relative(file.path, folder),
            "sha256": file.sha256,
            "rows": file.rows,
            "what": file.what,
        }
        for file in table.files
    ]
    return told if table.parts else told[0]
