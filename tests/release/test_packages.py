"""What is given away: a wheel and an sdist that are whole, and say whose work is in them."""

import os
import re
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

import pytest
from PIL import Image

from wasserstyle import read_recipe

ROOT = Path(__file__).parents[2]
ABOUT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PACKAGE = ROOT / "src/wasserstyle"


def run(*words, folder, path=None):
    """Python in a folder, finding packages in ``path`` before all others."""
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    if path is not None:
        environment["PYTHONPATH"] = str(path)
    done = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """An sdist of the source, and a wheel of that sdist: what ``python -m build`` does."""
    out = tmp_path_factory.mktemp("dist")
    run("-m", "build", "--no-isolation", "--outdir", out, ROOT, folder=out)
    (wheel,), (sdist,) = out.glob("*.whl"), out.glob("*.tar.gz")
    return wheel, sdist


@pytest.fixture(scope="module")
def installed(built, tmp_path_factory):
    """The wheel, installed into a folder of its own; its dependencies are those of the tests."""
    folder = tmp_path_factory.mktemp("site-packages")
    pip = ("-m", "pip", "install", "--no-deps", "--no-index", "--no-compile", "--quiet")
    run(*pip, "--target", folder, built[0], folder=folder)
    return folder


def files_of_source():
    """All that the package is made of."""
    found = (p for p in PACKAGE.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return {p.relative_to(PACKAGE.parent).as_posix() for p in found}


def test_the_wheel_holds_the_package_whole_and_nothing_else(installed):
    info = f"wasserstyle-{ABOUT['version']}.dist-info"
    there = {p.relative_to(installed).as_posix() for p in installed.rglob("*") if p.is_file()}
    examples = {f"wasserstyle/{name}" for name in pictures("content", "style")}
    assert there - {n for n in there if n.startswith((info, "bin/"))} == (
        files_of_source() | examples | {"wasserstyle/examples/SOURCES.md"}
    )
    assert {f"{info}/licenses/LICENSE", f"{info}/licenses/NOTICE"} <= there
    for name in ("features/data/vgg16.safetensors", "nets/data/sanet.safetensors"):
        assert (installed / "wasserstyle" / name).stat().st_size > 1_000_000
    assert (installed / "wasserstyle/web/static/index.html").exists()


def pictures(*folders):
    """Names of the example pictures."""
    paths = [p for folder in folders for p in (ROOT / "examples" / folder).iterdir()]
    return {p.relative_to(ROOT).as_posix() for p in paths}


def test_the_wheel_paints_in_an_empty_folder(installed, tmp_path):
    where = run(
        "-c", "import wasserstyle; print(wasserstyle.__file__)", folder=tmp_path, path=installed
    )
    assert Path(where).is_relative_to(installed)
    examples = installed / "wasserstyle/examples"
    run(
        *("-m", "wasserstyle", "transfer", examples / "content/cat.jpg"),
        *(examples / "style/swirls.jpg", "-o", "painted.png", "--size", "64"),
        *("-s", "iterations=2", "-s", "samples=64", "-s", "style_pool=200", "--quiet"),
        folder=tmp_path,
        path=installed,
    )
    with Image.open(tmp_path / "painted.png") as picture:
        assert max(picture.size) == 64
    assert read_recipe(tmp_path / "painted.png")["versions"]["wasserstyle"] == ABOUT["version"]


def test_the_sdist_holds_what_is_needed_to_work_on_it(built):
    with tarfile.open(built[1]) as archive:
        names = {n.partition("/")[2] for n in archive.getnames()}
    assert {f"src/{name}" for name in files_of_source()} <= names
    assert pictures("content", "style", "masks") <= names
    for name in (
        "Makefile",
        "NOTICE",
        "LICENSE",
        "CITATION.cff",
        "docs/conf.py",
        "tests/conftest.py",
    ):
        assert name in names
    strangers = [
        n for n in names if re.match(r"(\.venv|out|dist|\.git)/", n) or "__pycache__" in n
    ]
    assert not strangers


def test_one_version_everywhere():
    version = ABOUT["version"]
    cited = re.search(r"^version: (\S+)$", (ROOT / "CITATION.cff").read_text(), re.MULTILINE)
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert cited is not None
    assert newest is not None
    assert (cited[1], newest[1]) == (version, version)


def test_the_notice_names_all_weights_and_pictures_and_their_licences():
    notice = (ROOT / "NOTICE").read_text("utf-8")
    sources = (ROOT / "examples/SOURCES.md").read_text("utf-8")
    for weights in PACKAGE.rglob("*.safetensors"):
        assert weights.name in notice
    for photograph in (ROOT / "examples/content").iterdir():
        assert f"content/{photograph.name}" in notice
        assert f"`content/{photograph.name}`" in sources
    for painting in (ROOT / "examples/style").iterdir():
        assert f"`style/{painting.name}`" in sources
    for licence in ("CC BY 4.0", "CC0", "public domain", "MIT"):
        assert licence in notice


def test_what_is_installed_fits_together():
    assert "No broken requirements" in run("-m", "pip", "check", folder=ROOT)
