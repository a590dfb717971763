"""The critic: its size, what its penalty reaches, and distances that are known."""

import pytest
import torch
from torch import nn

from wasserstyle.nets.critic import Critic, gradient_penalty, wasserstein1_estimate


def stream(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(
    ("channels", "count"), [(64, 148_481), (128, 164_865), (256, 197_633), (512, 263_169)]
)
def test_three_hidden_layers_of_256(channels, count):
    assert sum(p.numel() for p in Critic(channels).parameters()) == count


def test_every_vector_is_judged_by_itself_and_the_condition_of_its_set():
    critic, x = Critic(4, condition=3), torch.randn(2, 10, 4, generator=stream())
    condition = torch.randn(2, 3, generator=stream(1))
    order = torch.randperm(10, generator=stream(2))
    scores = critic(x, condition)
    torch.testing.assert_close(critic(x[:, order], condition), scores[:, order])
    torch.testing.assert_close(critic(x[1:], condition[1:]), scores[1:])
    assert not torch.allclose(critic(x, condition.flip(0)), scores)


def test_a_condition_is_an_input_beside_the_vector():
    """The first layer of the two joined is that of the vectors plus that of the condition."""
    critic = Critic(4, condition=3)
    assert sum(p.numel() for p in critic.parameters()) == sum(
        p.numel() for p in Critic(7).parameters()
    )


def test_the_penalty_reaches_the_critics_weights_and_nothing_else():
    critic = Critic(3)
    real = torch.randn(20, 3, generator=stream()).requires_grad_()
    made = torch.randn(20, 3, generator=stream(1)).requires_grad_()
    penalty, slope = gradient_penalty(critic, real, made, stream(2))
    penalty.backward()
    assert all(p.grad is not None for name, p in critic.named_parameters() if "weight" in name)
    assert real.grad is None
    assert made.grad is None
    assert not slope.requires_grad


def test_the_penalty_of_a_slope_that_is_known():
    def steep(x):
        return 3 * x[:, 0]

    penalty, slope = gradient_penalty(steep, torch.ones(5, 2), torch.zeros(5, 2), stream())
    assert penalty.item() == pytest.approx(4)
    assert slope.item() == pytest.approx(3)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shift", "low", "high", "slopes"),
    [
        (3.0, 2.7, 3.5, (1.05, 1.2)),
        (0.0, -0.05, 0.05, (0.95, 1.03)),
    ],
)
def test_it_learns_a_distance_that_is_known(shift, low, high, slopes):
    """N(0, I) and N(δ, I) in 64 dimensions are |δ| apart; the two-sided penalty adds W/2λ."""
    torch.manual_seed(0)
    critic, generator = Critic(64), stream(3)
    optimiser = torch.optim.Adam(critic.parameters(), lr=3e-4, betas=(0.0, 0.9))
    offset = torch.zeros(64)
    offset[0] = shift

    def draw():
        real, made = torch.randn(2, 256, 64, generator=generator)
        return real + offset, made

    for _ in range(400):
        real, made = draw()
        penalty, slope = gradient_penalty(critic, real, made, generator)
        loss = 10 * penalty - wasserstein1_estimate(critic, real, made)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        found = [wasserstein1_estimate(critic, *draw()).item() for _ in range(20)]
    assert low < sum(found) / 20 < high
    assert slopes[0] < slope.item() < slopes[1]


def learned(conditional):
    """A critic's estimate where every style is painted like the other one."""
    torch.manual_seed(0)
    critic, generator = Critic(8, condition=8 if conditional else 0), stream(4)
    optimiser = torch.optim.Adam(critic.parameters(), lr=1e-3, betas=(0.0, 0.9))
    means = torch.zeros(2, 1, 8)
    means[:, 0, 0] = torch.tensor([1.0, -1.0])

    def score(vectors):
        return critic(vectors, means[:, 0] if conditional else None)

    def draw():
        real, made = 0.3 * torch.randn(2, 2, 128, 8, generator=generator)
        return real + means, made + means.flip(0)

    for _ in range(150):
        real, made = draw()
        penalty, _ = gradient_penalty(score, real, made, generator)
        loss = 10 * penalty - wasserstein1_estimate(score, real, made)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        return wasserstein1_estimate(score, *draw()).item()


def test_why_a_critic_is_told_the_style():
    """Both styles together look right, each is two away from its own: only the told one sees."""
    assert 1.8 < learned(conditional=True) < 2.7  # the penalty adds W/2λ to the slope
    assert abs(learned(conditional=False)) < 0.2


# ------------------------------------------------------------------ a whole lesson, small
STYLES, CHANNELS = 20, 8


def twenty_styles():
    """Gaussians: their means and deviations."""
    generator = stream(1)
    mean = torch.randn(STYLES, CHANNELS, generator=generator)
    return mean, 0.3 + 1.2 * torch.rand(STYLES, CHANNELS, generator=generator)


def a_painter():
    """Of vectors, told mean and deviation of a style; it begins by leaving all as they are."""
    layers = [nn.Linear(3 * CHANNELS, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU()]
    painter = nn.Sequential(*layers, nn.Linear(128, CHANNELS))
    nn.init.zeros_(painter[-1].weight)

    def paint(told, count, generator):
        x = torch.randn(len(told), count, CHANNELS, generator=generator)
        return x + painter(torch.cat([x, told[:, None].expand(-1, count, -1)], dim=2))

    return painter, paint


def distances(vectors, mean, deviation):
    """Mean squared Wasserstein-2 of what was painted to the own style, and to the others."""
    to_mean = (vectors.mean(dim=1)[:, None] - mean).square().sum(dim=2)
    all_ = to_mean + (vectors.std(dim=1)[:, None] - deviation).square().sum(dim=2)
    return float(all_.diagonal().mean()), float(all_[~torch.eye(STYLES, dtype=bool)].mean())


def step(parameters):
    """A function that makes a step of Adam down a loss."""
    optimiser = torch.optim.Adam(parameters, lr=1e-3, betas=(0.0, 0.9))

    def down(loss):
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    return down


def taught(updates, conditional):
    """Distances after 300 lessons, of four styles each, with so many updates of the critic."""
    torch.manual_seed(0)
    generator, (mean, deviation), (painter, paint) = stream(2), twenty_styles(), a_painter()
    told = torch.cat([mean, deviation], dim=1)
    critic = Critic(CHANNELS, condition=2 * CHANNELS if conditional else 0)
    improve_critic, improve_painter = step(critic.parameters()), step(painter.parameters())
    for _ in range(300):
        some = torch.randint(STYLES, (4,), generator=generator)

        def score(vectors, some=some):
            return critic(vectors, told[some] if conditional else None)

        for _ in range(updates):
            normal = torch.randn(4, 32, CHANNELS, generator=generator)
            real = mean[some, None] + deviation[some, None] * normal
            made = paint(told[some], 32, generator).detach()
            penalty, _ = gradient_penalty(score, real, made, generator)
            improve_critic(10 * penalty - wasserstein1_estimate(score, real, made))
        improve_painter(-score(paint(told[some], 32, generator)).mean())
    with torch.no_grad():
        return distances(paint(told, 2000, generator), mean, deviation)


@pytest.mark.slow
def test_who_is_taught_by_a_critic_that_is_told_paints_the_own_style():
    """Twenty styles: 10 from each before; 1.4 from the own and 19 from others after."""
    own, other = taught(updates=5, conditional=True)
    assert own < 10 / 4
    assert own < other / 10


@pytest.mark.slow
def test_who_is_taught_by_a_critic_that_lags_and_is_not_told_does_not():
    own, other = taught(updates=1, conditional=False)
    assert own > 10 / 2
    assert own > other / 2
