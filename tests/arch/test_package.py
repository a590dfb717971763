"""What the package promises as a whole."""

import subprocess
import sys
from pathlib import Path

import pytest

import wasserstyle

ROOT = Path(__file__).parents[2]


def test_every_public_name_is_there():
    for name in wasserstyle.__all__:
        assert getattr(wasserstyle, name) is not None


def test_unknown_names_are_refused():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        wasserstyle.nonsense  # noqa: B018 - the access is the test


def test_importing_is_cheap_and_quiet():
    code = "import sys, wasserstyle; assert 'torch' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout == done.stderr == b""


def test_version_changelog_and_citation_agree():
    from importlib.metadata import version

    here = version("wasserstyle")
    assert f"## {here}\n" in (ROOT / "CHANGELOG.md").read_text()
    assert f"version: {here}\n" in (ROOT / "CITATION.cff").read_text()
