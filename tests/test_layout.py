"""The shape of the house: data flow one way, and what the project says of itself is true."""

from __future__ import annotations

import ast
import configparser
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "footprint"

#: a module may import what stands above it, never what stands below
ORDER = (
    {"errors", "words", "progress", "garbage", "processes", "writing"},
    {"policy", "settings", "schema", "checkup"},
    {"codes", "segments", "disclosure", "rounding", "vintages"},
    {"sources"},
    {"nearby", "modelled", "roads", "timetable"},
    {"joining"},
    {"patch"},
    {"footprints", "adjacency", "contingency"},
    {"checks", "alignment", "demand", "postcode_districts", "profile"},
    {"levels", "land", "parting"},
    {"travel"},
    {"allocation"},
    {"posing"},
    {"proposal"},
    {"fairness", "neighbourhoods", "sharing"},
    {"check", "starter"},
    {"report"},
    {"maps", "record"},
    {"pipeline"},
    {"cli"},
    {"__main__"},
)
RANK = {name: rank for rank, names in enumerate(ORDER) for name in names}


def imports(path: Path) -> set[str]:
    """Modules of footprint that a file imports, by the first name after the package's."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "footprint":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("footprint."):
            found.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {
                alias.name.split(".")[1]
                for alias in node.names
                if alias.name.startswith("footprint.")
            }
    return found - {"__version__"}


def module_of(path: Path) -> str:
    """First name of a file's module below the package."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def test_imports_never_go_against_the_direction():
    """No module imports one that comes after it in the flow of data."""
    against = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if module_of(path) != "__init__"
        for name in sorted(imports(path))
        if RANK[name] > RANK[module_of(path)]
    ]
    assert against == []


def test_the_audit_shares_no_code_with_the_solvers():
    """The audit imports nothing of the allocation but its own modules."""
    for path in sorted((PACKAGE / "allocation" / "audit").glob("*.py")):
        names = re.findall(r"footprint\.allocation\.(\w+)", path.read_text(encoding="utf-8"))
        assert set(names) <= {"audit"}, path.name


def test_the_solvers_know_nothing_of_maps_and_files():
    """allocation/ is pure: it imports errors, policy, settings, processes and its own modules."""
    for path in sorted((PACKAGE / "allocation").rglob("*.py")):
        known = {"errors", "policy", "settings", "processes", "allocation"}
        assert imports(path) <= known, path.name


def test_packages_in_setup_cfg_are_those_of_the_tree():
    """Every package is installed."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    listed = set(config["options"]["packages"].split())
    tree = {".".join(path.parent.relative_to(ROOT).parts) for path in PACKAGE.rglob("__init__.py")}
    assert listed == tree | {"footprint.data"}


def test_help_needs_no_heavy_library():
    """--help answers without importing what an analysis needs."""
    code = "import sys, footprint.cli; print(*[m for m in sys.modules if '.' not in m])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"pandas", "numpy", "shapely", "geopandas", "ortools", "folium"} & set(
        done.stdout.split()
    )


def test_ruff_finds_nothing():
    """The code keeps to the rules of ruff.toml."""
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--output-format", "concise", str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout


def test_pictures_of_the_readme_are_there_and_small():
    """Every picture that the README shows is a file of the project under 300 kB."""
    shown = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(shown) >= 3
    for name in shown:
        assert (ROOT / name).stat().st_size < 300_000, name
