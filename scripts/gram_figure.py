"""A figure for docs/methods/gaussian_w2.md: what Gram matrices cannot see (Marron, Sec. 4).

    python scripts/gram_figure.py

The Gaussians N(m, 1 - m²) have one second moment, so that the Gram loss between any two of them
is zero. Their squared Wasserstein distance to N(0, 1) rises to 2.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import torch

from wasserstyle.ot.gaussian import Moments, wasserstein2

FIGURE = Path(__file__).parent.parent / "docs/methods/pictures/gaussian_w2-gram.png"


def gaussian(mean: float) -> Moments:
    """N(m, 1 - m²)."""
    wide = torch.float64
    return Moments(torch.tensor([mean], dtype=wide), torch.tensor([[1 - mean**2]], dtype=wide))


def gram_loss(x: Moments, y: Moments) -> float:
    """Squared difference of raw second moments."""
    ours, theirs = (float(m.covariance + m.mean.outer(m.mean)) for m in (x, y))
    return (ours - theirs) ** 2


def main() -> None:
    """Draw it."""
    means = torch.linspace(0, 1, 101).tolist()
    fixed = gaussian(0.0)
    distances = [float(wasserstein2(gaussian(m), fixed)) for m in means]
    grams = [gram_loss(gaussian(m), fixed) for m in means]
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
    values = torch.linspace(-3, 3, 400)
    for mean in (0.0, 0.6, 0.9, 0.99):
        spread = (1 - mean**2) ** 0.5
        density = torch.exp(-(((values - mean) / spread) ** 2) / 2) / spread / 2.5066
        left.plot(values, density, label=f"m = {mean}")
    left.set(title="N(m, 1 - m²): one second moment", xlabel="feature", ylim=(0, 3))
    left.legend(frameon=False)
    right.plot(means, distances, label="squared Wasserstein distance")
    right.plot(means, grams, label="Gram loss")
    right.set(title="distance to N(0, 1)", xlabel="m")
    right.legend(frameon=False)
    FIGURE.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(FIGURE, dpi=110)


if __name__ == "__main__":
    main()
