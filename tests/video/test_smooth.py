"""Still parts get stiller, moving ones are left alone, and the figure says so."""

import pytest
import torch

from wasserstyle.video.smooth import Flicker, Smoother, changed


def still(number, noise=0.0):
    ground = torch.full((1, 3, 20, 30), 0.4)
    return ground + noise * torch.randn(
        ground.shape, generator=torch.Generator().manual_seed(number)
    )


def test_flicker_of_noise_falls_as_an_average_makes_it_fall():
    """With a share a of the last frame, the change from frame to frame is (1 - a) / (1 + a)^1/2."""
    smoother = Smoother(0.6)
    for number in range(60):
        smoother(still(0), still(number, noise=0.05))
    ratio = smoother.smooth.level / smoother.raw.level
    assert ratio == pytest.approx((1 - 0.6) / (1 + 0.6) ** 0.5, rel=0.06)


def test_what_moves_is_left_alone():
    smoother, one, two = Smoother(0.9), still(0), still(0)
    two[..., 5:15, 10:20] = 0.9
    smoother(one, one)
    kept = smoother(two, two)
    assert torch.allclose(kept[..., 5:15, 10:20], two[..., 5:15, 10:20], atol=1e-3)


def test_no_strength_changes_nothing():
    smoother = Smoother(0.0)
    for number in range(3):
        painted = still(number, noise=0.1)
        assert torch.equal(smoother(still(0), painted), painted)
    assert smoother.raw.level == smoother.smooth.level > 0


def test_flicker_is_measured_where_nothing_moves_only():
    flicker, now, before = Flicker(), still(0), still(0)
    now[..., :10, :] += 0.5
    flicker.add(changed(now, before), now, before)
    assert flicker.level < 0.1
    assert Flicker().level == 0


def test_a_state_goes_on_where_it_was():
    whole, first, second = Smoother(0.7), Smoother(0.7), Smoother(0.7)
    frames = [still(n, noise=0.02) for n in range(6)]
    kept = [whole(frame, frame) for frame in frames]
    for frame in frames[:3]:
        first(frame, frame)
    second.resume(first.state())
    assert all(
        torch.equal(second(frame, frame), k)
        for frame, k in zip(frames[3:], kept[3:], strict=True)
    )
    assert second.smooth.level == pytest.approx(whole.smooth.level)
