"""Where the browser is, and how it is started so that it keeps to itself."""

import os
import shutil

FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


def chromium():
    """Path of the browser; None: there is none."""
    return os.environ.get("WASSERSTYLE_BROWSER") or shutil.which("chromium")
