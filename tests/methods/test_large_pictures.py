"""Window by window, a picture is what it would have been whole; on real photographs."""

from pathlib import Path

import pytest
import torch

from wasserstyle import Options, Stylizer, methods
from wasserstyle.features.sampling import hypercolumns, uniform
from wasserstyle.features.vgg import Vgg
from wasserstyle.features.weights import bundled
from wasserstyle.image import read, to_long_side
from wasserstyle.losses.content import self_similarity
from wasserstyle.losses.style import moment_distance, moments, palette_cosine_euclidean
from wasserstyle.method import NoMemo
from wasserstyle.methods.strotss import LAYERS
from wasserstyle.ot.relaxed import relaxed_emd_cosine
from wasserstyle.types import everywhere
from wasserstyle.windows import two_grids

pytestmark = pytest.mark.slow  # its file is begun first

EXAMPLES = Path(__file__).parents[2] / "examples"
CONTENT, STYLE = EXAMPLES / "content/astronaut.jpg", EXAMPLES / "style/watercolour.jpg"
SIZE, WINDOW = 340, 256


@torch.no_grad()
def objective(image):
    """The authors' objective at 512 px, on positions that no run has seen."""
    network, generator = Vgg(bundled("vgg16")), torch.Generator().manual_seed(99)
    content, style = (to_long_side(read(path).rgb, SIZE) for path in (CONTENT, STYLE))
    at, style_at = (uniform(everywhere(x))(2000, generator) for x in (content, style))
    x, c = (hypercolumns(network(picture, LAYERS), at) for picture in (image, content))
    y = hypercolumns(network(style, LAYERS), style_at)
    style_terms = relaxed_emd_cosine(x, y) + moment_distance(x, moments(y))
    palette = palette_cosine_euclidean(x[:, :3], y[:, :3])
    return float(2 * self_similarity(x, c) + style_terms + palette / 2) / 4


def paint(window):
    method = methods.get("strotss")(iterations=4, coarse_share=0.5, window=window)
    stylizer = Stylizer(STYLE, options=Options(method=method, size=SIZE), memo=NoMemo())
    return stylizer.stylize(CONTENT).image


@pytest.fixture(scope="module")
def in_windows():
    return paint(WINDOW)


def test_the_objective_is_that_of_the_whole_within_two_percent(in_windows):
    """Or below it: after so few updates a window's points, lying closer, are an advantage."""
    assert objective(in_windows) <= 1.02 * objective(paint(SIZE))


def test_no_seam_is_seen(in_windows):
    """Steps across the cuts between cores are like steps anywhere else."""
    for dim, axis in ((2, "rows"), (3, "columns")):
        steps = in_windows.diff(dim=dim).abs().mean(dim=[d for d in range(4) if d != dim])
        bends = steps.diff().abs()  # of a line of steps against the next one
        grids = two_grids(SIZE, SIZE, WINDOW)
        cuts = {getattr(w, axis).core_start for grid in grids for w in grid} - {0}
        at_cuts = torch.stack([bends[cut - 3 : cut + 2].max() for cut in cuts])
        anywhere = bends.unfold(0, 5, 1).amax(1)
        assert len(cuts) == 3
        assert at_cuts.mean() < anywhere.quantile(0.95)
