"""Does Adam in 100 steps reach what RMSprop reaches in 250?

    python benchmarks/optimiser.py [--size 128]

Runs the default preset, `fast`, and the default with the authors' optimiser and schedule on
example pairs, and scores each result by the authors' objective at the finest scale, on fixed
positions that no run has seen (4096 of output and content, 5000 of the style), in float32 with
the whole covariance. Writes results/optimiser.json.
"""

import argparse
import json
from dataclasses import replace
from pathlib import Path

import torch

from wasserstyle import image as images
from wasserstyle import methods
from wasserstyle.features.sampling import everywhere, hypercolumns, uniform
from wasserstyle.features.vgg import Vgg
from wasserstyle.features.weights import bundled
from wasserstyle.losses.content import self_similarity
from wasserstyle.losses.style import moment_distance, moments, palette_cosine_euclidean
from wasserstyle.methods.strotss import LAYERS, Strotss
from wasserstyle.ot.relaxed import relaxed_emd_cosine
from wasserstyle.runs import Options, Stylizer
from wasserstyle.types import Image

ROOT = Path(__file__).parent.parent
PAIRS = (("astronaut", "swirls"), ("coffee", "watercolour"))
DEFAULT = methods.get("strotss")()
RMSPROP = {"optimiser": "rmsprop", "learning_rate": 2e-3, "last_learning_rate": 1e-3}
VARIANTS = {
    "adam, 100 steps (default)": DEFAULT,
    "adam, 40 steps (fast)": Strotss.fast(),
    "rmsprop, 100 steps": replace(DEFAULT, decay="none", **RMSPROP),
    "rmsprop, 250 steps": replace(DEFAULT, decay="none", iterations=250, **RMSPROP),
}


@torch.no_grad()
def objective(output: Image, content: Image, style: Image, alpha: float) -> float:
    """The authors' objective on held-out positions."""
    network, generator = Vgg(bundled("vgg16")), torch.Generator().manual_seed(99)
    at = uniform(everywhere(output))(4096, generator)
    style_at = uniform(everywhere(style))(5000, generator)
    x, c = (hypercolumns(network(image, LAYERS), at) for image in (output, content))
    y = hypercolumns(network(style, LAYERS), style_at)
    style_terms = relaxed_emd_cosine(x, y) + moment_distance(x, moments(y))
    palette = palette_cosine_euclidean(x[:, :3], y[:, :3]) / max(alpha, 1)
    return float((alpha * self_similarity(x, c) + style_terms + palette) / (alpha + 2))


def main() -> None:
    """Run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=128)
    size = parser.parse_args().size
    results: dict[str, dict[str, dict[str, float]]] = {}
    for content, style in PAIRS:
        paths = ROOT / f"examples/content/{content}.jpg", ROOT / f"examples/style/{style}.jpg"
        c, s = (images.to_long_side(images.read(path).rgb, size) for path in paths)
        for name, method in VARIANTS.items():
            result = Stylizer(paths[1], options=Options(method=method, size=size)).stylize(
                paths[0]
            )
            score = objective(result.image, c, s, DEFAULT.alpha_of(size))
            table = results.setdefault(f"{content} x {style}", {})
            table[name] = {"objective": round(score, 4), "seconds": round(result.seconds, 1)}
            print(f"{content:12}{name:28}{score:.4f}  {result.seconds:.0f} s", flush=True)
    target = ROOT / "benchmarks/results/optimiser.json"
    target.write_text(json.dumps({"size": size, "runs": results}, indent=1) + "\n")


if __name__ == "__main__":
    main()
