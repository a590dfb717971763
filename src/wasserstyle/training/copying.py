"""A network with an encoder of its own begins by giving pictures back.

Ours: a picture as its own style is not moved, so only encoder and decoder learn, in pixels, and
VGG-19 is not asked: a step takes a tenth of one of the lessons that follow. Without them the
codes have hardly any variance, and the maps between them are wild.
"""

import torch
from torch.nn import functional as F

from wasserstyle.nets.reduced import reduced
from wasserstyle.nets.transfer import StyleNetwork
from wasserstyle.training.data import Pictures
from wasserstyle.training.descent import Descent
from wasserstyle.types import Image

STEPS, BATCH, CROP = 1000, 8, 96
RATE, FALL = 1e-3, 1e-3


def copy(network: StyleNetwork, pictures: Pictures, device: torch.device) -> None:
    """Learn to give pictures back; the same for the same stream of pictures."""
    descent = Descent(network, rate=RATE, fall=FALL)
    for number in range(STEPS):
        image = pictures.batch(number, range(BATCH)).to(device)
        descent.step(number, F.mse_loss(reduced(_copied, network, image), image))


def _copied(network: StyleNetwork, image: Image) -> Image:
    view = network.view(image, {})
    copied: Image = network(view, view)
    return copied
