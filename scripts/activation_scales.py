"""Compute the activation scales of the bundled networks and write ``features/scales.py``.

    python scripts/activation_scales.py

Decision 0004: a layer's scale is k times the square root of its rms activation over the example
pictures at 256 px. k makes the moment term at the start of STROTSS, averaged over all pairs of
examples at 64 px, equal to what it is when all activations are divided by 139.8, the factor
that brings the original weights to the magnitudes the authors' objective was tuned to.
"""

import itertools
from pathlib import Path

import torch

from wasserstyle import image as images
from wasserstyle.features.networks import NETWORKS, conv_shapes
from wasserstyle.features.sampling import hypercolumns, uniform
from wasserstyle.features.vgg import Vgg
from wasserstyle.features.weights import bundled
from wasserstyle.losses.style import moment_distance, moments
from wasserstyle.methods.strotss import LAYERS
from wasserstyle.pyramid import finest_band
from wasserstyle.types import Image, everywhere

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "src/wasserstyle/features/scales.py"
CALIBRATED = 139.8
"""Fitted to first losses of the authors' program with torchvision's weights."""
POINTS = 1024


def pictures(folder: str, long_side: int) -> list[Image]:
    """The examples of one folder, in the order of their names."""
    paths = sorted((ROOT / "examples" / folder).glob("*.jpg"))
    return [images.to_long_side(images.read(path).rgb, long_side) for path in paths]


def raw(network: str) -> Vgg:
    """The network as trained, nothing divided out."""
    return Vgg(bundled(network, dict.fromkeys(layer_names(network), 1.0)))


def layer_names(network: str) -> list[str]:
    """All rectified convolutions of a network."""
    return [name.replace("conv", "relu") for name in conv_shapes(NETWORKS[network])]


def rms(network: str) -> dict[str, float]:
    """Root mean square activation of each layer over all examples, each picture alike."""
    extractor, names = raw(network), layer_names(network)
    squares = dict.fromkeys(names, 0.0)
    examples = pictures("content", 256) + pictures("style", 256)
    for picture in examples:
        for name, feature in extractor(picture, names).items():
            squares[name] += feature.square().mean().item() / len(examples)
    return {name: square**0.5 for name, square in squares.items()}


def start_moments(network: str, scales: dict[str, float]) -> float:
    """Moment term at the start of STROTSS at 64 px, mean over all pairs of examples."""
    extractor = Vgg(bundled(network, scales))
    total, pairs = 0.0, list(itertools.product(pictures("content", 64), pictures("style", 64)))
    for content, style in pairs:
        start = style.mean((2, 3), keepdim=True) + finest_band(content)
        x, y = (read(extractor, picture) for picture in (start, style))
        total += moment_distance(x, moments(y)).item() / len(pairs)
    return total


def read(extractor: Vgg, picture: Image) -> torch.Tensor:
    """Hypercolumns at seeded positions."""
    at = uniform(everywhere(picture))(POINTS, torch.Generator().manual_seed(0))
    return hypercolumns(extractor(picture, LAYERS), at)


def fit_scales(network: str) -> dict[str, float]:
    """The table of one network."""
    wanted = start_moments(network, dict.fromkeys(layer_names(network), CALIBRATED))
    scales = {name: 10 * value**0.5 for name, value in rms(network).items()}
    for _ in range(12):  # the term is about quadratic in 1/k: a few corrections settle it
        ratio = (start_moments(network, scales) / wanted) ** 0.5
        scales = {name: value * ratio for name, value in scales.items()}
    return {name: float(f"{value:.4g}") for name, value in scales.items()}


def main() -> None:
    """Write the module."""
    torch.set_grad_enabled(False)
    lines = [
        '"""What each layer is divided by: scripts/activation_scales.py, decision 0004."""',
        "",
        "ACTIVATION_SCALES: dict[str, dict[str, float]] = {",
    ]
    for network in NETWORKS:
        lines.append(f'    "{network}": {{')
        lines += [f'        "{name}": {scale},' for name, scale in fit_scales(network).items()]
        lines.append("    },")
    TARGET.write_text(
        "\n".join(
            [
                *lines,
                "}",
                '"""By network and layer, in raw activations of the original networks."""',
                "",
            ]
        )
    )
    print(TARGET.read_text())


if __name__ == "__main__":
    main()
