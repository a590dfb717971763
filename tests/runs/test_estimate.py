"""What a run will take, said before it starts."""

import time
from dataclasses import replace

import pytest
import torch

from wasserstyle import methods
from wasserstyle.errors import NotEnoughMemory
from wasserstyle.image import read
from wasserstyle.method import Method
from wasserstyle.optim import Stage, passes
from wasserstyle.runs import Options, Stylizer, resources
from wasserstyle.runs.estimate import Estimate, Pace, Probe, estimate, measure

PACE = Pace(Probe(64, 1.0, 0.1), Probe(512, 2.0, 0.5), 1e-6)
STROTSS = methods.get("strotss")


def seconds(size, **settings):
    return PACE.seconds(STROTSS(**settings).stages(size), 300, 200)


@pytest.fixture
def stylizer(painting):
    method = STROTSS(iterations=8, samples=64, style_pool=200, covariance_columns=16)
    return Stylizer(painting, options=Options(method=method, size=64))


def test_time_grows_with_size_and_updates():
    times = [seconds(size) for size in (64, 128, 512, 768, 769, 1024, 4096)]
    assert times == sorted(times)
    assert seconds(512, iterations=100) > 1.5 * seconds(512)


def work(size):
    """Pixels that pass the network for each of the picture, in all scales."""
    stages = STROTSS().stages(size)
    every = [p for stage in stages for p in passes(stage, stage.size, stage.size)]
    return sum(steps * pixels for steps, pixels in every) / size**2


def test_a_pixel_costs_no_more_in_windows():
    whole, *large = (work(size) for size in (512, 1024, 2048, 4096, 8192))
    assert max(large) < 1.005 * whole  # coarser scales are 4/3 of the last, not 85/64
    assert min(large) > 0.95 * whole


def test_time_is_that_of_every_visit():
    whole = PACE.seconds([Stage(512, 10, 0.1)], 512, 256)
    assert whole == pytest.approx(2 + 10 * 0.5 + 11 * 512 * 256 * 1e-6)
    cut = PACE.seconds([Stage(1024, 10, 0.1, window=512)], 1024, 1024)
    assert cut > 2 + 5 * (6 + 6) * 0.5  # windows of two sweeps, half of the updates in each
    assert PACE.seconds([], 100, 100) == pytest.approx(PACE.at(100).set_up + 0.01)


def test_between_the_probes_time_is_on_a_line_and_level_outside():
    assert [PACE.at(side).update for side in (16, 64, 288, 512, 2000)] == pytest.approx(
        [0.1, 0.1, 0.3, 0.5, 0.5]
    )


def test_time_is_about_that_of_a_real_run(stylizer, photograph, monkeypatch):
    monkeypatch.setattr(time, "perf_counter", time.process_time)  # whatever else runs here
    stylizer.stylize(photograph)
    real = afresh(stylizer).stylize(photograph).seconds
    assert real / 3 < estimate(stylizer, read(photograph)).seconds < real * 3


def afresh(stylizer):
    return Stylizer(stylizer.pictures, options=stylizer.options)


def test_measuring_leaves_nothing_behind(stylizer, photograph, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    expected, chance = stylizer.stylize(photograph).image, torch.random.get_rng_state()
    estimate(stylizer, read(photograph))
    assert torch.equal(chance, torch.random.get_rng_state())
    assert torch.equal(expected, stylizer.stylize(photograph).image)
    assert list(tmp_path.iterdir()) == []


def test_bytes_are_those_that_a_run_is_checked_for(stylizer, photograph, monkeypatch):
    content = read(photograph)
    needed = estimate(stylizer, content).bytes
    monkeypatch.setattr(resources, "free_bytes", lambda _: needed / resources.RESERVE)
    assert stylizer.check_memory(content) == needed
    monkeypatch.setattr(resources, "free_bytes", lambda _: 0.99 * needed / resources.RESERVE)
    with pytest.raises(NotEnoughMemory):
        estimate(stylizer, content)


class OnePass(Method):
    """A method without scales and updates."""

    name, citation = "one", "none"

    def stylize(self, content, styles, *, tools, guidance=None, observe=None):
        time.sleep(0.01)
        return content


def test_a_method_of_one_pass_has_a_time(stylizer):
    stylizer.method = OnePass()
    pace = measure(stylizer, 64)
    assert 0.01 <= pace.at(64).set_up < 1
    assert pace.seconds(stylizer.method.stages(64), 64, 64) > 0.01


def test_a_run_of_fewer_updates_than_are_measured_has_a_time(stylizer):
    stylizer.method = replace(stylizer.method, iterations=1)
    assert measure(stylizer, 64).seconds(stylizer.method.stages(64), 64, 43) > 0


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (Estimate(0.2, 1e9), "about 0:01 and 1.0 GB"),
        (Estimate(70.4, 1.24e9), "about 1:10 and 1.2 GB"),
        (Estimate(7265, 12e9), "about 2:01:05 and 12.0 GB"),
    ],
)
def test_it_reads_like_a_clock(expected, text):
    assert str(expected) == text
