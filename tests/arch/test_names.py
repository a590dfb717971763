"""What tests import by its bare name exists in one folder only, whichever comes first on the path."""

import tomllib
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
OPTIONS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
FOLDERS = [ROOT / name for name in OPTIONS["pythonpath"]]


def importable(folder):
    """Modules, and packages with an ``__init__``: others give way to a module of their name."""
    packages = {path.parent.name for path in folder.glob("*/__init__.py")}
    return packages | {path.stem for path in folder.glob("*.py")}


def test_no_name_is_in_two_folders_that_tests_import_from():
    names = Counter(name for folder in FOLDERS for name in importable(folder))
    assert {"reference", "guidance", "family"} <= set(names)
    assert [name for name, times in names.items() if times > 1] == []
