"""Paint the four style pictures that the examples carry, so that nobody's rights are in them.

Every brush stroke, pen line, tile and wash is made here from a seeded generator, with no
photograph or painting as a source.  The pictures may be used under CC0.

Run it from the repository root; in under a minute it writes the same pictures every time:

    python scripts/paint_styles [OUT_DIR]        # OUT_DIR is examples/style by default

`brushes.py` holds the tools that the pictures share; each picture has a module of its own.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import hatching
import mosaic
import swirls
import watercolour


def main() -> None:
    """Paint every picture into the folder named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out_dir", nargs="?", type=Path, default=Path("examples/style"))
    folder = parser.parse_args().out_dir
    folder.mkdir(parents=True, exist_ok=True)
    for subject in (swirls, hatching, mosaic, watercolour):
        path = folder / f"{subject.__name__}.jpg"
        subject.paint().save(path, quality=93, subsampling=0)
        print(f"{path}  {path.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
