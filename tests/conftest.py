"""Small pictures: content, style and mask visibly different, odd and unequal sizes."""

from pathlib import Path

import pytest
import torch

EXAMPLES = Path(__file__).parent.parent / "examples"


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
