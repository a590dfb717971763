"""Every block of code in docs/ runs as it stands, only shorter; the README has its own tests.

A page's blocks run in their order, in a folder with the pictures that pages speak of. Pictures
are painted at 64 px with one or two updates. Checked in a lighter way are: commands that serve,
train or export (the command line must accept them), other programs (what they name must be
there), and Python under ``<!-- not run: reason -->`` (it must compile). Under
``<!-- file: NAME.py -->`` stands a method, which is written beside the others.
"""

import json
import re
import shlex
import sys
import tomllib
from pathlib import Path

import pytest
import typer.main
from PIL import Image

from video.clips import write_clip
from wasserstyle import methods
from wasserstyle.cli import app, main
from wasserstyle.evaluation import views
from wasserstyle.mapmethod import MapMethod
from wasserstyle.methods.strotss import Strotss
from wasserstyle.netmethod import NetMethod
from wasserstyle.nets import files
from wasserstyle.optim import Stage
from wasserstyle.runs import Options

pytestmark = pytest.mark.slow  # its file is begun first

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
SIDE = 64
BLOCK = re.compile(
    r"(?:<!-- (?P<note>[a-z ]+: .*?) -->\n)?```(?P<language>console|python|json)\n(?P<code>.*?)```",
    re.DOTALL,
)
RUN = {"transfer", "color", "rerun", "methods", "doctor", "cite", "video", "score"}
"""Commands that are run; the others are only parsed."""
ELSEWHERE = {"--dry-run", "--workers", "--cluster"}
"""Also parsed only: these measure the machine, or paint in other processes, for seconds."""


def blocks(page):
    return [found.groupdict() for found in BLOCK.finditer(page.read_text("utf-8"))]


PAGES = [page for page in sorted(DOCS.rglob("*.md")) if blocks(page)]


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    """A folder with all that pages speak of, and little to do."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    for name, example in {
        "photo.jpg": "content/cat.jpg",
        "another.jpg": "content/coffee.jpg",
        "painting.jpg": "style/swirls.jpg",
        "a.png": "content/cat.jpg",
        "b.png": "content/cat.jpg",
    }.items():
        small = Image.open(ROOT / "examples" / example)
        small.thumbnail((400, 400))
        small.save(tmp_path / name)
    for name in ("photo-mask.png", "painting-mask.png"):
        halves(tmp_path / name, "#3465a4", "#edd400")
    for name in ("hair.png", "clouds.png"):
        halves(tmp_path / name, "white", "black")
    for name in ("sky.png", "water.png"):
        halves(tmp_path / name, "black", "white")
    write_clip(tmp_path / "clip.mp4", frames=2, sound=None)
    (tmp_path / "out/mine").mkdir(parents=True)
    trained = files.bundled("wasserstein_critic_multi")
    (tmp_path / "out/mine/weights.safetensors").symlink_to(trained)
    monkeypatch.setattr(Strotss, "stages", lambda *_: [Stage(SIDE, 2, 1e-2)])
    monkeypatch.setattr(MapMethod, "stages", lambda *_: [Stage(SIDE, 1, 1e-2)])
    monkeypatch.setattr(views, "SIDE", SIDE)
    small_once_checked(monkeypatch, Options, size=SIDE)
    small_once_checked(monkeypatch, NetMethod, style_size=SIDE)
    small_once_checked(monkeypatch, Strotss, samples=64, least_samples=64, style_pool=200)
    return tmp_path


@pytest.fixture
def shelf(tmp_path_factory, monkeypatch):
    """A folder whose files are methods, too."""
    folder = tmp_path_factory.mktemp("methods")
    monkeypatch.setattr(methods, "__path__", [*methods.__path__, str(folder)])
    yield folder
    for file in folder.glob("*.py"):
        sys.modules.pop(f"{methods.__name__}.{file.stem}", None)


def small_once_checked(monkeypatch, settings, **small):
    """Whatever a page says of a size must be allowed, and is then small."""
    check = settings.__post_init__

    def checked(self):
        check(self)
        for name, value in small.items():
            object.__setattr__(self, name, value)

    monkeypatch.setattr(settings, "__post_init__", checked)


def halves(path, left, right):
    picture = Image.new("RGB", (96, 64), right)
    picture.paste(left, (0, 0, 48, 64))
    picture.save(path)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_every_block_of_a_page_runs(page, workplace, shelf):
    names = {}
    for block in blocks(page):
        code, (kind, _, name) = block["code"], (block["note"] or "").partition(": ")
        if kind == "file":
            (shelf / name).write_text(code, "utf-8")
        elif block["language"] == "json":
            json.loads(code)
        elif block["language"] == "console":
            run_lines(code)
        else:
            python(code, page.name, names, run=kind != "not run")


def python(code, name, names, *, run):
    compiled = compile(code, name, "exec")
    if run:
        exec(compiled, names)  # noqa: S102 - our own page


def run_lines(code):
    for line in code.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        while words and re.fullmatch(r"[A-Z_]+=\S*", words[0]):
            words = words[1:]
        if words:
            program, *rest = words
            assert program in PROGRAMS, f"say in PROGRAMS how {program} is checked: {line}"
            PROGRAMS[program](rest)


# ------------------------------------------------------------------ what a line may begin with
def wasserstyle(words):
    if words[0] in RUN and not ELSEWHERE & {*words}:
        with pytest.raises(SystemExit) as stop:
            main(words)
        assert stop.value.code == 0, words
    else:
        parse(words)


def parse(words):
    """Would the command line accept it? Groups are opened; unknown options are errors."""
    command = typer.main.get_command(app)
    names = ["wasserstyle"]
    while hasattr(command, "commands"):
        assert words[0] in command.commands, f"{' '.join(names)} has no command {words[0]}"
        names.append(words[0])
        command, words = command.commands[words[0]], words[1:]
    command.make_context(" ".join(names), list(words))


def make(words):
    for target in words:
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE), target


def pip(words):
    about = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for extra in re.findall(r"\[([^]]*)\]", " ".join(words)):
        for name in extra.split(","):
            assert name in about["optional-dependencies"], name


def script(words):
    """``python scripts/NAME.py``, or ``python -m MODULE``."""
    if words[0] == "-m":
        module(words)
    else:
        compile((ROOT / words[0]).read_text("utf-8"), words[0], "exec")


def module(words):
    """``torchrun ... -m wasserstyle ...``."""
    name, *rest = words[words.index("-m") + 1 :]
    if name == "wasserstyle":
        parse(rest)


def nothing(_):
    """A program of others."""


PROGRAMS = {
    "wasserstyle": wasserstyle,
    "make": make,
    "pip": pip,
    "python": script,
    "torchrun": module,
    "tensorboard": nothing,
    "ray": nothing,
    "source": nothing,
    "cd": nothing,
}


# ------------------------------------------------------------------ the checks check
def test_a_wrong_option_is_found():
    with pytest.raises(Exception, match="No such option"):
        run_lines("wasserstyle train adain --content a --style b -o c --no-such-thing 3\n")
    with pytest.raises(AssertionError, match="no command"):
        run_lines("wasserstyle no-such-thing\n")
    with pytest.raises(AssertionError, match="PROGRAMS"):
        run_lines("no-such-program\n")
    with pytest.raises(AssertionError, match="no-such-target"):
        run_lines("make no-such-target\n")


def test_the_method_of_the_manual_has_a_page_of_its_own(shelf):
    import method_pages

    ((code, name),) = [
        (block["code"], block["note"].partition(": ")[2])
        for block in blocks(DOCS / "add-a-method.md")
        if (block["note"] or "").startswith("file: ")
    ]
    (shelf / name).write_text(code, "utf-8")
    assert Path(name).stem in methods.names()
    page = method_pages.page(methods.get(Path(name).stem))
    assert "| `content_share` | 0.02 |" in page
    assert "@inproceedings{huang2017" in page
