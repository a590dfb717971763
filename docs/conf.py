"""The manual's site: make docs."""

import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
ABOUT = tomllib.loads((HERE.parent / "pyproject.toml").read_text("utf-8"))["project"]
sys.path.insert(0, str(HERE.parent / "src"))

project = ABOUT["name"]
release = version = ABOUT["version"]
author = copyright = "The wasserstyle contributors"

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["conf.py"]
nitpicky = True
nb_execution_mode = "off"
myst_heading_anchors = 3
suppress_warnings = ["toc.empty_glob"]

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
html_theme = "furo"
html_title = f"wasserstyle {release}"
