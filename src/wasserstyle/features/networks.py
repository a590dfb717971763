"""VGG-16 and VGG-19 (Simonyan and Zisserman 2014) as a table of layers.

Only the convolutions: 3x3, zero padding 1, ReLU, 2x2 max pooling between blocks. A layer is
named as in the literature: ``relu3_1`` is the first rectified convolution of the third block.
"""

VGG16 = (2, 2, 3, 3, 3)
"""Convolutions in each block."""
VGG19 = (2, 2, 4, 4, 4)
"""Convolutions in each block."""
WIDTHS = (64, 128, 256, 512, 512)
"""Channels in each block."""
NETWORKS = {"vgg16": VGG16, "vgg19": VGG19}


def conv_shapes(network: tuple[int, ...]) -> dict[str, tuple[int, int, int, int]]:
    """Name and kernel shape (out, in, 3, 3) of every convolution, shallow to deep.

    Example:
        >>> list(conv_shapes(VGG16).items())[2]
        ('conv2_1', (128, 64, 3, 3))
    """
    shapes: dict[str, tuple[int, int, int, int]] = {}
    channels = 3
    for block, (count, width) in enumerate(zip(network, WIDTHS, strict=True), start=1):
        for conv in range(1, count + 1):
            shapes[f"conv{block}_{conv}"] = (width, channels, 3, 3)
            channels = width
    return shapes
