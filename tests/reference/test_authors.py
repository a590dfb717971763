"""The re-stated program itself: its numbers, and that it owes nothing to the package."""

import ast
from pathlib import Path

import numpy as np
import pytest
import torch

from reference import authors, equations

HALVINGS = (0, 0, 0, 1, 1, 2, 2, 2, 3, 4)


def extractor(image, layers):
    """Average pools of the image: enough for shapes, positions and gradients."""
    maps = {}
    for layer, halvings in zip(layers, HALVINGS, strict=True):
        x = torch.nn.functional.avg_pool2d(image, 2**halvings)
        maps[layer] = x if halvings == 0 else x.square() + 0.1
    return maps


def stream():
    return torch.Generator().manual_seed(0)


def picture(height, width, seed):
    g = torch.Generator().manual_seed(seed)
    return torch.rand(1, 3, height, width, generator=g) * 0.8 + 0.1


@pytest.mark.parametrize("module", ["authors", "equations"])
def test_oracles_do_not_import_the_package(module):
    tree = ast.parse(Path(__file__).with_name(f"{module}.py").read_text())
    nodes = (ast.ImportFrom, ast.Import)
    text = " ".join(ast.unparse(n) for n in ast.walk(tree) if isinstance(n, nodes))
    assert "wasserstyle" not in text


@pytest.mark.parametrize("alpha", [0.5, 16.0])
def test_losses_are_the_equations(alpha):
    g = stream()
    x, c, y = (torch.rand(n, 7, generator=g).double() for n in (9, 9, 14))
    found = {k: v.item() for k, v in authors.losses(x, c, y, alpha).items()}
    x, c, y = (a.numpy() for a in (x, c, y))
    expected = {
        "content": equations.self_similarity(x, c),
        "transport": equations.relaxed_emd(equations.costs(x, y, equations.cosine)),
        "moments": equations.moment_distance(x, y),
        "palette": equations.palette_of_code(x[:, :3], y[:, :3]),
    }
    expected["total"] = equations.total_of_code(expected, alpha)
    assert found == pytest.approx(expected, rel=3e-6)  # six digits of the colour matrix


def test_bands_of_the_start_are_the_equation_and_the_pyramid_is_exact():
    image = picture(37, 50, 0).double()
    band = [equations.laplacian_band(c) for c in image[0].numpy()]
    np.testing.assert_allclose(authors.finest_band(image)[0], band, atol=1e-13)
    bands = authors.pyramid(torch.zeros(1, 3, 341, 512))
    assert [tuple(b.shape[2:]) for b in bands] == [
        *((341, 512), (170, 256), (85, 128), (42, 64), (21, 32), (10, 16))
    ]
    again = authors.synthesis(authors.pyramid(image))
    torch.testing.assert_close(again, image, rtol=0, atol=1e-14)


def test_lattice_of_341_by_512_has_14592_points():
    """A row less where the offset is the largest."""
    counts = set()
    for seed in range(20):
        rows, columns = authors.grid(341, 512, torch.Generator().manual_seed(seed))
        counts.add(len(rows))
        assert len(columns) == len(rows)
        assert (rows.unique().diff() == 3).all()
        assert (columns.unique().diff() == 4).all()
    assert counts == {14_592, 14_592 - 128}


def test_style_cloud_is_five_draws_without_replacement():
    assert authors.style_cloud(picture(40, 50, 1), extractor, stream()).shape == (5000, 30)
    small = authors.style_cloud(picture(16, 16, 1), extractor, stream())
    first, *others = small[:, :3].split(256)
    assert len(others) == 4
    assert all(torch.equal(o.sort(0).values, first.sort(0).values) for o in others)


def test_run_visits_the_scales_and_throws_the_last_update_away():
    seen = []
    found = authors.run(
        picture(50, 80, 0),
        picture(60, 45, 1),
        extractor,
        size=128,
        iterations=3,
        weight=1.0,
        generator=stream(),
        observe=lambda *event: seen.append(event),
    )
    assert [(size, k) for size, k, *_ in seen] == [(s, k) for s in (64, 128) for k in (1, 2, 3)]
    assert [tuple(image.shape[2:]) for _, _, image, _ in seen[::3]] == [(40, 64), (80, 128)]
    assert torch.equal(found, seen[-1][2].clamp(0, 1))
    assert all(v.isfinite() for *_, values in seen for v in values.values())
    terms = seen[0][3]  # alpha of the first scale is 16
    assert terms["total"].item() == pytest.approx(
        equations.total_of_code({k: v.item() for k, v in terms.items()}, 16), rel=1e-5
    )


def test_it_descends(monkeypatch):
    monkeypatch.setattr(authors, "POINTS", 200)
    monkeypatch.setattr(authors, "PER_DRAW", 200)
    state = authors.begin(
        *(picture(64, 64, 0), picture(64, 64, 1), extractor),
        size=64,
        alpha=1.0,
        generator=stream(),
    )
    totals = [authors.one_step(state)[1]["total"].item() for _ in range(25)]
    assert min(totals[-5:]) < 0.8 * totals[0]


@pytest.mark.parametrize("size", [32, 100, 500])
def test_sizes_that_the_program_cannot_end_at(size):
    with pytest.raises(ValueError, match="power of two"):
        authors.scale_sizes(size)
