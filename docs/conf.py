"""The manual's site: make docs."""

import re
import shutil
import sys
import tomllib
from pathlib import Path

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

HERE = Path(__file__).parent
ROOT = HERE.parent
ABOUT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
sys.path.insert(0, str(ROOT / "src"))

project = ABOUT["name"]
release = version = ABOUT["version"]
author = copyright = "The wasserstyle contributors"

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
nitpicky = True
nitpick_ignore_regex = [("py:.*", r"(?!wasserstyle\.).*")]  # types of others: no network
nitpick_ignore = [
    ("py:class", f"wasserstyle.{name}") for name in ("method.T", "mapmethod.Learned")
]
nb_execution_mode = "off"
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # said in words, with shapes and ranges
autodoc_preserve_defaults = True
napoleon_preprocess_types = False

shutil.copy(ROOT / "examples/tour.ipynb", HERE)  # Sphinx sees pages in its own folder only

html_theme = "furo"
html_title = f"wasserstyle {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_favicon = "../src/wasserstyle/web/static/icon.svg"
html_copy_source = html_show_sourcelink = False

SHOWN = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "conventions.md",
    "examples/tour.ipynb": "tour.ipynb",
}
"""Files outside this folder that have a page here."""
OUTSIDE = re.compile(r"\]\((?P<path>(?:\.\./)+[^)#]+\.(?:md|ipynb))(?:#[^)]*)?\)")
CHILDREN = "\n```{toctree}\n:hidden:\n:glob:\n\n*\n```\n"
"""The pages beside a README are below it in the table of contents."""


def add_children(_app: Sphinx, name: str, source: list[str]) -> None:
    """A README on a code host lists its folder by hand; here it needs a table of contents."""
    if name.endswith("/README"):
        source[0] += CHILDREN


def carry_outside(_app: Sphinx, name: str, source: list[str]) -> None:
    """A link to text outside this folder leads to its page here, or to a copy of the file.

    Sphinx does so for all files but Markdown and notebooks, which it takes for pages.
    """
    folder = (HERE / name).parent

    def link(found: re.Match[str]) -> str:
        path = (folder / found["path"]).resolve()
        if path.is_relative_to(HERE) or not path.exists():
            return found[0]
        page = SHOWN.get(path.relative_to(ROOT).as_posix())
        there = f"/{page}" if page else f"path:{found['path']}"
        return f"]({there})"

    source[0] = OUTSIDE.sub(link, source[0])


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.add_lexer("csv", TextLexer)  # a code host colours tables; Pygments does not
    app.connect("source-read", add_children)
    app.connect("source-read", carry_outside)
