"""Small pictures: content, style and mask visibly different, odd and unequal sizes."""

from pathlib import Path

import hypothesis
import pytest
import torch

from wasserstyle.cli import main

# how long an example takes says more of what else the machine does
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

EXAMPLES = Path(__file__).parent.parent / "examples"
QUICK = ["-s", "iterations=3", "-s", "samples=64", "-s", "style_pool=200"]


def pytest_collection_modifyitems(items):
    """Files with slow tests first: workers are given whole files, and shall end together."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture
def content():
    """Smooth, blue to green, with a bright square."""
    rows, columns = torch.meshgrid(
        torch.linspace(0, 1, 37), torch.linspace(0, 1, 29), indexing="ij"
    )
    image = torch.stack([0.2 * rows, 0.3 + 0.4 * columns, 0.8 - 0.5 * rows])[None]
    image[:, :, 9:19, 11:21] = 0.9
    return image


@pytest.fixture
def style():
    """Diagonal red and yellow stripes with noise."""
    generator = torch.Generator().manual_seed(2)
    rows, columns = torch.meshgrid(torch.arange(26), torch.arange(41), indexing="ij")
    stripes = ((rows + columns) % 6 < 3).float()
    image = torch.stack([0.9 * torch.ones_like(stripes), 0.7 * stripes, 0.1 * stripes])[None]
    return (image + 0.05 * torch.randn(image.shape, generator=generator)).clamp(0, 1)


@pytest.fixture
def photograph():
    return EXAMPLES / "content" / "cat.jpg"


@pytest.fixture
def painting():
    return EXAMPLES / "style" / "swirls.jpg"


@pytest.fixture
def run(capsys):
    """Run the command line in process; return exit code, stdout and stderr."""

    def call(*arguments):
        with pytest.raises(SystemExit) as stop:
            main([str(a) for a in arguments])
        captured = capsys.readouterr()
        return stop.value.code, captured.out, captured.err

    return call


@pytest.fixture
def transfer(run, photograph, painting):
    """A quick transfer of the example pair to a file, with more arguments."""

    def call(out, *arguments, content=photograph, style=painting):
        styles = style if isinstance(style, list) else [style]
        return run("transfer", content, *styles, "-o", out, "--size", 64, *QUICK, *arguments)

    return call
