"""The manual builds without a warning, is whole by itself, and shows what the files say."""

import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
LOADED = {"script": "src", "img": "src", "link": "href", "source": "src", "iframe": "src"}
"""What a browser fetches without being asked: tags and their attributes."""
MOST = 210_000
"""Bytes of a picture made for the manual."""


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    """Run Sphinx on a folder as ``make docs`` does, and return what it said."""

    def run(source, *options):
        out = tmp_path_factory.mktemp("site")
        words = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"]
        done = subprocess.run(
            [*words, *options, str(source), str(out)],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "default"},
        )
        return done, out

    return run


@pytest.fixture(scope="module")
def site(build):
    done, out = build(DOCS)
    assert done.returncode == 0, done.stderr
    return out


class Fetched(HTMLParser):
    """Addresses that a page loads by itself."""

    def __init__(self):
        super().__init__()
        self.addresses = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag in LOADED and given.get(LOADED[tag]) and given.get("rel") != "canonical":
            self.addresses.append(given[LOADED[tag]])


def test_it_has_every_page_and_no_part_from_elsewhere(site):
    for page in [*DOCS.rglob("*.md"), ROOT / "examples/tour.ipynb"]:
        name = page.relative_to(DOCS) if page.is_relative_to(DOCS) else Path(page.name)
        assert (site / name).with_suffix(".html").exists(), name
    for page in site.rglob("*.html"):
        parser = Fetched()
        parser.feed(page.read_text("utf-8"))
        for address in parser.addresses:
            assert not re.match(r"(https?:)?//", address), f"{page.name}: {address}"
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(@import|url\()\s*[\"']?(https?:)?//", sheet.read_text("utf-8"))


def test_links_to_other_files_lead_to_copies_or_pages(site):
    page = (site / "choose.html").read_text("utf-8")
    (copy,) = re.findall(r'href="(_downloads/[^"]*/family\.json)"', page)
    assert (site / copy).read_bytes() == (ROOT / "benchmarks/results/family.json").read_bytes()
    assert 'href="tour.html"' in (site / "notebook.html").read_text("utf-8")


def test_a_link_that_leads_nowhere_fails_the_build(build, tmp_path):
    (tmp_path / "index.md").write_text("# A\n\n[one](nowhere.md) [two](../nowhere.py)\n")
    done, _ = build(tmp_path, "-C", "-D", "extensions=myst_nb", "-D", "nitpicky=1")
    assert done.returncode != 0
    assert "nowhere.md" in done.stderr
    assert "nowhere.py" in done.stderr


def test_the_reference_of_commands_is_that_of_the_program():
    import command_page

    assert command_page.PAGE.read_text("utf-8") == command_page.page(), (
        "run scripts/command_page.py"
    )


def test_the_tables_are_those_of_the_benchmarks():
    import equal_objective
    import family

    choose, speed = ((DOCS / name).read_text("utf-8") for name in ("choose.md", "speed.md"))
    for row in family.rows_of_manual():
        assert row in choose
    for row in equal_objective.rows_of_manual():
        assert row in speed
    for row in equal_objective.peaks_of_manual():
        assert row in speed
    found = json.loads((ROOT / "benchmarks/results/windows.json").read_text())
    for preset, side in (("default", "above"), ("fast", "below")):
        rows = found[f"{preset}, 1024 px, seed 0"]
        percent = 100 * (rows["windows"]["total"] / rows["whole"]["total"] - 1)
        assert (percent > 0) == (side == "above")
        assert f"{abs(percent):.1f} % {side} that of the whole picture" in speed


def test_pictures_of_the_tutorial_are_those_its_script_makes():
    import tutorial

    shown = set(re.findall(r"\]\(tutorial/(\w+)\.jpg\)", tutorial.PAGE.read_text("utf-8")))
    assert shown == {path.stem for path in tutorial.PICTURES.glob("*.jpg")}
    assert shown == {*tutorial.SHEETS, "print", "video"}
    made = {tutorial.target(words) for words in tutorial.commands()}
    for names in tutorial.SHEETS.values():
        assert {name for name in names if name.startswith("out/")} <= made


def test_pictures_of_the_manual_are_small():
    made = [DOCS / "tour.jpg", DOCS / "gallery/banner.jpg"]
    for path in [*made, *DOCS.glob("tutorial/*.jpg"), *DOCS.glob("explain/*.jpg")]:
        assert path.stat().st_size < MOST, path.name


def test_the_tour_is_stored_without_output():
    notebook = nbformat.read(ROOT / "examples/tour.ipynb", as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
