"""The notebook runs from top to bottom, on small pictures."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

pytestmark = pytest.mark.slow  # its file is begun first

TOUR = Path(__file__).parents[2] / "examples/tour.ipynb"
RUN = """
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=300).execute()
nbformat.write(notebook, sys.argv[2])
"""


@pytest.fixture
def executed(tmp_path):
    """In a process of its own: what a kernel's libraries warn of is not ours."""
    (tmp_path / "examples").symlink_to(TOUR.parent)
    small = {"TOUR_SIZE": "64", "TOUR_STEPS": "1", "OMP_NUM_THREADS": "1"}
    words = [sys.executable, "-c", RUN, str(TOUR), str(tmp_path / "tour.ipynb")]
    done = subprocess.run(
        words,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | small | {"IPYTHONDIR": str(tmp_path / "ipython")},
    )
    assert done.returncode == 0, done.stderr
    return nbformat.read(tmp_path / "tour.ipynb", as_version=4)


def test_every_cell_runs_and_those_that_show_something_do(executed):
    code = [cell for cell in executed.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    pictures = [c for c in code if any("image/png" in o.get("data", {}) for o in c.outputs)]
    assert len(pictures) == 6
    last = code[-1].outputs[-1]["data"]["text/plain"]
    assert "'method': 'strotss'" in last
    assert "'size': 64" in last
