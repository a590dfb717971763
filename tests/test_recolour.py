import torch

from wasserstyle.recolour import recolour


def moments(image):
    x = image[0].flatten(1).double()
    return x.mean(1), torch.cov(x, correction=0)


def clouds():
    g = torch.Generator().manual_seed(0)
    mix = torch.tensor([[0.06, 0.02, 0.0], [0.0, 0.05, 0.03], [0.01, 0.0, 0.04]])
    x = 0.5 + torch.einsum("ij,bjhw->bihw", mix, torch.randn(1, 3, 40, 30, generator=g))
    y = 0.4 + torch.einsum("ij,bjhw->bihw", mix.T, torch.randn(1, 3, 20, 50, generator=g))
    return x.clamp(0, 1), y.clamp(0, 1)


def test_mean_and_covariance_of_the_other_picture():
    x, y = clouds()
    out = recolour(x, like=y)
    assert out.shape == x.shape
    for got, wanted in zip(moments(out), moments(y), strict=True):
        torch.testing.assert_close(got, wanted, atol=1e-5, rtol=1e-3)


def test_own_colours_stay():
    x, _ = clouds()
    torch.testing.assert_close(recolour(x, like=x), x, atol=1e-5, rtol=0)


def test_flat_pictures_take_the_mean():
    _, y = clouds()
    flat = torch.full((1, 3, 4, 4), 0.3)
    assert (recolour(flat, like=y) - y.mean((2, 3), keepdim=True)).abs().max() < 1e-5
    assert (recolour(y, like=flat) - 0.3).abs().max() < 1e-5
