"""Maps of VGG-19 as the networks see them: every layer with a mean square of one.

So the weights of layers in a loss mean the same at every layer, and a critic of vectors of
unit length finds distances for which its gradient penalty holds (decision 0014).
"""

from collections.abc import Collection

from wasserstyle.features import Extractor
from wasserstyle.types import Image, Maps

ROOT_MEAN_SQUARE = {
    "relu1_1": 0.904,
    "relu2_1": 1.926,
    "relu3_1": 2.219,
    "relu4_1": 4.037,
    "relu5_1": 1.467,
}
"""Of the bundled network's activations, scaled (decision 0004), over 48 crops of photographs
and paintings."""


def look(features: Extractor, image: Image, layers: Collection[str]) -> Maps:
    """Maps with a mean square of about one, in float32."""
    found = features(image, layers)
    return {layer: found[layer].float() / ROOT_MEAN_SQUARE[layer] for layer in layers}
