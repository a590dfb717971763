"""Attention with fewer channels in its queries and keys, to nearly the same logits.

    python scripts/narrow_attention.py WIDE.safetensors OUT.safetensors
        --content PHOTOS --style PAINTINGS

A logit is ``(Q x + q) · K y``, of normalised features x of the content and y of the style with
covariances X and Y. The largest singular vectors of ``X^1/2 Qᵀ K Y^1/2`` keep as much of its
variance as so few channels can (Eckart and Young). What all keys have in common is left out:
the weights of attention do not see it. Decision 0024.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch
from jaxtyping import Float
from safetensors.torch import load_file
from torch import Tensor

from wasserstyle.features.vgg import Vgg
from wasserstyle.features.weights import bundled
from wasserstyle.nets import files
from wasserstyle.nets.statistics import covariances, normalised
from wasserstyle.nets.transfer import LIKENESS
from wasserstyle.nets.units import look
from wasserstyle.ot.gaussian import sqrtm_psd
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
        of_content: Covariance of its normalised features, (C, C); float64.
        of_style: The same of the style's.
        width: Channels wanted.

    Returns:
        The same names, and a ``key.bias`` of zeros.
    """
    q, k = (weights[f"{name}.weight"].flatten(1).double() for name in ("query", "key"))
    q = torch.cat([q, weights["query.bias"].double()[:, None]], dim=1)  # of (x, 1)
    one = torch.ones(1, 1, dtype=torch.float64)
    x, y = (_root(c) for c in (torch.block_diag(of_content, one), of_style))
    u, s, v = torch.linalg.svd(x @ q.T @ k @ y)
    sizes = s[:width].sqrt()
    query, key = (
        torch.linalg.solve(root, sides * sizes).T
        for root, sides in ((x, u[:, :width]), (y, v[:width].T))
    )
    lost = s[width:].square().sum() / s.square().sum()
    print(f"{100 * lost:.3f} % of the logits' variance, {s.square().sum():.0f}, are lost")
    return {
        "query.weight": query[:, :-1, None, None].float(),
        "query.bias": query[:, -1].float(),
        "key.weight": key[..., None, None].float(),
        "key.bias": torch.zeros(width),
    }


def _root(covariance: Square) -> Square:
    """Square root, with a ridge."""
    return sqrtm_psd(covariance + RIDGE * torch.eye(len(covariance)))


@torch.no_grad()
def seen_in(folder: Path, encoder: Vgg, layers: Sequence[str]) -> dict[str, Square]:
    """Covariances of normalised features, in the mean over crops of pictures in a folder."""
    pictures = Pictures.of([folder], crop=CROP, seed=0)
    maps = [look(encoder, pictures.one(0, number), layers) for number in range(PICTURES)]
    return {
        layer: torch.cat([covariances(normalised(one[layer])) for one in maps]).double().mean(0)
        for layer in layers
    }


def main() -> None:
    """Narrow every attention of a network."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("wide", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--content", type=Path, required=True)
    parser.add_argument("--style", type=Path, required=True)
    args = parser.parse_args()
    encoder, weights = Vgg(bundled("vgg19")), load_file(args.wide)
    layers = sorted({name.split(".")[1] for name in weights if "query" in name})
    photos, paintings = (seen_in(f, encoder, layers) for f in (args.content, args.style))
    for layer in layers:
        start = f"attention.{layer}."
        wide = {n.removeprefix(start): w for n, w in weights.items() if n.startswith(start)}
        found = narrowed(wide, photos[layer], paintings[layer], LIKENESS)
        weights |= {start + name: w for name, w in found.items()}
    files.save(weights, files.about(args.wide) | {"likeness": LIKENESS}, args.out)


if __name__ == "__main__":
    main()
