"""Pictures: reading, writing and resizing. The only folder that knows files and formats.

Inside the package an image is a float tensor (1, 3, H, W), sRGB in [0, 1]; what a file says
about depth, colour profile, orientation or opacity is settled here.
"""

from wasserstyle.image.arrays import to_array, to_pil
from wasserstyle.image.folder import pictures_in
from wasserstyle.image.picture import MAX_PIXELS, Picture, composite
from wasserstyle.image.read import Source, read
from wasserstyle.image.recipe import parse_recipe, read_recipe
from wasserstyle.image.resize import fit, resize, to_long_side
from wasserstyle.image.write import (
    PART,
    check_suffix,
    check_writable,
    encode,
    unfinished,
    write,
    write_bytes,
    write_text,
)

__all__ = [
    "MAX_PIXELS",
    "PART",
    "Picture",
    "Source",
    "check_suffix",
    "check_writable",
    "composite",
    "encode",
    "fit",
    "parse_recipe",
    "pictures_in",
    "read",
    "read_recipe",
    "resize",
    "to_array",
    "to_long_side",
    "to_pil",
    "unfinished",
    "write",
    "write_bytes",
    "write_text",
]
