"""Attention with fewer channels, by what it is to keep: its logits."""

import torch

import narrow_attention
from wasserstyle.nets.attention import StyleAttention

CHANNELS, RANK = 24, 5


def cloud(n, rank, seed):
    """Features that vary along few directions."""
    generator = torch.Generator().manual_seed(seed)
    basis = torch.randn(rank, CHANNELS, generator=generator, dtype=torch.float64)
    x = torch.randn(n, rank, generator=generator, dtype=torch.float64) @ basis
    return x - x.mean(dim=0)


def covariance(x):
    return x.T @ x / len(x)


def logits(weights, x, y):
    """Less what all keys have in common."""
    q, k = (
        z @ weights[f"{name}.weight"].flatten(1).double().T + weights[f"{name}.bias"].double()
        for z, name in ((x, "query"), (y, "key"))
    )
    raw = q @ k.T
    return raw - raw.mean(dim=1, keepdim=True)


def attention():
    torch.manual_seed(0)
    return StyleAttention(CHANNELS, CHANNELS).state_dict()


def narrow(weights, x, y, width):
    return narrow_attention.narrowed(weights, covariance(x), covariance(y), width)


def test_nothing_is_lost_where_features_vary_along_no_more_directions():
    wide, x, y = attention(), cloud(200, RANK, 1), cloud(300, RANK, 2)
    found = logits(narrow(wide, x, y, RANK), x, y)
    wanted = logits(wide, x, y)
    assert wanted.std() > 0.5
    torch.testing.assert_close(found, wanted, atol=0.01 * float(wanted.std()), rtol=0)


def test_what_is_lost_is_the_least_that_can_be():
    """Eckart and Young, of the logits themselves."""
    wide, x, y = attention(), cloud(200, CHANNELS, 1), cloud(300, CHANNELS, 2)
    wanted = logits(wide, x, y)
    lost = (logits(narrow(wide, x, y, 8), x, y) - wanted).square().sum()
    least = torch.linalg.svdvals(wanted)[8:].square().sum()
    torch.testing.assert_close(lost, least, rtol=0.01, atol=0)
    assert least > 0.01 * wanted.square().sum()
