"""Attention with fewer channels in its queries and keys, to nearly the same logits.

    python scripts/narrow_attention.py WIDE.safetensors OUT.safetensors
        --content PHOTOS --style PAINTINGS

A logit is ``(Q x + q) · K y``, of normalised features x of the content and y of the style with
covariances X and Y. The largest singular vectors of ``X^1/2 Qᵀ K Y^1/2`` keep as much of its
variance as so few channels can (Eckart and Young). What all keys have in common is left out:
the weights of attention do not see it. Decision 0024.
"""

import argparse
from pathlib import Path

import torch
from jaxtyping import Float
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional as F

from wasserstyle.features.vgg import Vgg
from wasserstyle.features.weights import bundled
from wasserstyle.nets import files
from wasserstyle.nets.statistics import normalised
from wasserstyle.nets.transfer import CHANNELS, LIKENESS
from wasserstyle.nets.units import look
from wasserstyle.training.data import Pictures

CROP = 256
PICTURES = 48
"""Of each kind."""
RIDGE = 1e-3
"""Of variances, which are one in the mean: directions without any are not made large."""

Square = Float[Tensor, "_n _n"]
Weights = dict[str, Tensor]


def narrowed(weights: Weights, of_content: Square, of_style: Square, width: int) -> Weights:
    """Queries and keys of one attention.

    Args:
        weights: ``query.weight``, ``query.bias`` and ``key.weight``, 1x1; any width.
        of_content: Covariance of its normalised features, (C, C).
        of_style: The same of the style's.
        width: Channels wanted.

    Returns:
        The same names, and a ``key.bias`` of zeros.
    """
    q, k = (weights[f"{name}.weight"].flatten(1).double() for name in ("query", "key"))
    q = torch.cat([q, weights["query.bias"].double()[:, None]], dim=1)  # of (x, 1)
    x, y = (_roots(c) for c in (F.pad(of_content, (0, 1, 0, 1)), of_style))
    x[0][-1, -1] = x[1][-1, -1] = 1
    u, s, v = torch.linalg.svd(x[0] @ q.T @ k @ y[0])
    sizes = s[:width].sqrt()
    query, key = (u[:, :width] * sizes).T @ x[1], sizes[:, None] * v[:width] @ y[1]
    lost = s[width:].square().sum() / s.square().sum()
    print(f"{100 * lost:.3f} % of the logits' variance, {s.square().sum():.0f}, are lost")
    return {
        "query.weight": query[:, :-1, None, None].float(),
        "query.bias": query[:, -1].float(),
        "key.weight": key[..., None, None].float(),
        "key.bias": torch.zeros(width),
    }


def _roots(covariance: Square) -> tuple[Square, Square]:
    """Square root and its inverse, with a ridge."""
    values, vectors = torch.linalg.eigh(covariance.double())
    root = (values.clamp_min(0) + RIDGE).sqrt()
    return (vectors * root) @ vectors.T, (vectors / root) @ vectors.T


@torch.no_grad()
def covariance(encoder: Vgg, folder: Path, layer: str) -> Square:
    """Of normalised features, in the mean over crops of pictures in a folder."""
    pictures = Pictures.of([folder], crop=CROP, seed=0)
    total = torch.zeros(CHANNELS, CHANNELS, dtype=torch.float64)
    for number in range(PICTURES):
        seen = look(encoder, pictures.one(0, number), (layer,))[layer]
        x = normalised(seen)[0].flatten(1).double()
        total += x @ x.T / x.shape[1]
    return total / PICTURES


def main() -> None:
    """Narrow every attention of a network."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("wide", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--content", type=Path, required=True)
    parser.add_argument("--style", type=Path, required=True)
    args = parser.parse_args()
    encoder, weights = Vgg(bundled("vgg19")), load_file(args.wide)
    starts = {name.split("query")[0] for name in weights if "query" in name}
    for start in sorted(starts):
        layer = start.split(".")[1]
        seen = [covariance(encoder, folder, layer) for folder in (args.content, args.style)]
        wide = {n.removeprefix(start): w for n, w in weights.items() if n.startswith(start)}
        weights |= {start + name: w for name, w in narrowed(wide, *seen, LIKENESS).items()}
    files.save(weights, files.about(args.wide) | {"likeness": LIKENESS}, args.out)


if __name__ == "__main__":
    main()
