"""The notebook runs from top to bottom."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).resolve().parents[1] / "notebooks" / "avershire.ipynb"


def test_the_notebook_runs(tmp_path):
    """Every cell of the notebook runs without an error and it is kept without outputs."""
    book = nbformat.read(NOTEBOOK, as_version=4)
    assert not any(cell.get("outputs") for cell in book.cells)
    resources = {"metadata": {"path": str(tmp_path)}}
    done = NotebookClient(book, timeout=300, kernel_name="python3", resources=resources).execute()
    ran = [cell for cell in done.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in ran)
    assert "community-nursing" in str(done.cells)
