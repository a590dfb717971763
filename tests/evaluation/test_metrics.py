"""Every metric: perfect for its own end, worse the more is changed, and equal to its definition."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity

import ot
from wasserstyle import image as images
from wasserstyle import methods
from wasserstyle.errors import BadSetting
from wasserstyle.evaluation import content as of_content
from wasserstyle.evaluation import style as of_style
from wasserstyle.evaluation import views
from wasserstyle.evaluation.artfid import artfid, frechet
from wasserstyle.evaluation.content import _heads
from wasserstyle.evaluation.scores import ANCHORS, METRICS, Judge
from wasserstyle.evaluation.views import PERCEPTUAL, View
from wasserstyle.image.resize import resize
from wasserstyle.maps import cloud
from wasserstyle.netmethod import NetMethod

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module", autouse=True)
def small():
    """Views of 128 px: quicker, and no definition depends on it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(views, "SIDE", 128)
        yield


@pytest.fixture(scope="module")
def pair():
    paths = EXAMPLES / "content/cat.jpg", EXAMPLES / "style/swirls.jpg"
    return tuple(images.to_long_side(images.read(path).rgb, 128) for path in paths)


@pytest.fixture(scope="module")
def noisy(pair):
    content, _ = pair
    noise = torch.randn(content.shape, generator=torch.Generator().manual_seed(0))
    return [(content + s * noise).clamp(0, 1) for s in (0, 0.05, 0.15, 0.5)]


@pytest.fixture(scope="module")
def scores(pair, noisy):
    """Of the content with more and more noise, by its own content and by itself as a style."""
    judge = Judge.of(pair[0], pair[0])
    return [judge.score(picture) for picture in noisy]


@pytest.mark.parametrize("name", METRICS)
def test_perfect_is_perfect(scores, name):
    best = 1.0 if METRICS[name].more_is_nearer else 0.0
    assert scores[0][name] == pytest.approx(best, abs=2e-4 if name != "colour_w2" else 0.02)


@pytest.mark.parametrize("name", METRICS)
def test_noise_makes_it_worse(scores, name):
    found = [row[name] for row in scores]
    assert found == sorted(found, reverse=METRICS[name].more_is_nearer)
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("name", [n for n, m in METRICS.items() if m.kind == "style"])
def test_a_style_turned_round_is_the_same_distribution(pair, name):
    """Half a turn of the style is nearer to it than another picture is."""
    _, style = pair
    judge = Judge.of(*pair, [name])
    turned, far = judge.score(style.flip(2, 3))[name], judge.score(pair[0])[name]
    assert turned < 0.7 * far


def test_ssim_is_that_of_scikit_image(noisy):
    both = [View.of(picture) for picture in (noisy[2], noisy[0])]
    theirs = structural_similarity(
        *(v.luma.numpy() for v in both),
        data_range=1.0,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )
    assert of_content.ssim(*both) == pytest.approx(theirs, abs=1e-9)


def test_lpips_by_its_formula_in_numpy(noisy):
    """Zhang et al. 2018, Eq. 1, channel by channel; published: noise of 0.05 gives about 0.1."""
    x, y = (View.of(picture) for picture in (noisy[1], noisy[0]))
    total = 0.0
    for layer in PERCEPTUAL:
        a, b = (v.maps[layer][0].numpy().astype(np.float64) for v in (x, y))
        a, b = (m / (np.sqrt((m**2).sum(0)) + 1e-10) for m in (a, b))
        w = _heads()[layer].numpy()
        total += np.mean(
            [(w[:, None] * (a[:, i] - b[:, i]) ** 2).sum(0) for i in range(a.shape[1])]
        )
    assert of_content.lpips(x, y) == pytest.approx(total, rel=1e-5)
    assert 0.02 < total < 0.3


def test_cfsd_in_pieces_is_cfsd(noisy, monkeypatch):
    both = [View.of(picture) for picture in (noisy[2], noisy[0])]
    x, c = (cloud(v.maps["relu3_1"]).double().numpy() / 16 for v in both)

    def shares(z):
        products = z @ z.T
        powers = np.exp(products - products.max(1, keepdims=True))
        return powers / powers.sum(1, keepdims=True)

    p, q = shares(c), shares(x)
    dense = (p * np.log(p / q)).sum(1).mean()
    assert of_content.cfsd(*both) == pytest.approx(dense, rel=1e-3)
    whole = of_content.cfsd(*both)
    monkeypatch.setattr(of_content, "ROWS", 100)
    assert of_content.cfsd(*both) == pytest.approx(whole, rel=1e-5)


def test_colour_emd_is_that_of_pot(pair):
    both = [View.of(picture) for picture in pair]
    x, y = (of_style._colours(v).double().numpy() for v in both)
    cost = ot.dist(x, y, metric="euclidean")
    assert of_style.colour_emd(*both) == pytest.approx(255 * ot.emd2([], [], cost), rel=1e-5)


def test_the_histogram_sees_hue_and_not_exposure(pair):
    content, _ = pair
    judge = Judge.of(content, content, ["histogram"])
    darker, swapped = (judge.score(i)["histogram"] for i in (0.7 * content, content.flip(1)))
    assert darker < 0.3 * swapped <= 1


def test_patches_tell_textures_of_the_same_colours_apart():
    rows = torch.arange(128) // 4 % 2
    lines = rows.float().expand(1, 3, 128, 128)
    squares = (rows[:, None] ^ rows).float().expand(1, 3, 128, 128)
    judge = Judge.of(lines, lines, ["patch_swd", "colour_emd"])
    same, other = judge.score(lines.mT.contiguous()), judge.score(squares)
    assert other["colour_emd"] < 5
    assert other["patch_swd"] > 5 > judge.score(lines)["patch_swd"]
    assert same["patch_swd"] > 5  # stripes across are another texture, too


def test_style_is_looked_at_where_no_method_minimises_anything():
    for name in methods.names():
        method = methods.get(name)()
        if method.backbone != "vgg19":
            continue  # another network
        used = {
            layer.replace("conv", "relu")
            for field in ("layers", "style_layers")
            for layer in getattr(method, field, ())
        }
        if isinstance(method, NetMethod):
            used |= {*method.teaching("default").taps, *method.network().layers}
        assert not used & set(views.HELD_OUT), name


def test_anchors_are_the_ends_of_the_scales(pair):
    ends = Judge.of(*pair).anchors()
    assert list(ends) == list(ANCHORS)
    assert ends["content itself"]["self_similarity"] == 0
    for name in ("gaussian_w2", "sliced_w2", "sifid_like", "colour_emd", "patch_swd"):
        assert ends["style itself"][name] < 0.2 * ends["content itself"][name], name
    assert ends["colour transport"]["colour_w2"] < 0.2 * ends["content itself"]["colour_w2"]


def test_artfid_of_features():
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(4000, 3, generator=generator)
    assert frechet(x, x) == pytest.approx(0, abs=1e-6)
    assert frechet(x, 2 * x + 1) == pytest.approx(3 + 3, rel=0.1)
    assert artfid(0.5, 1.0) == 3.0


def test_what_is_lacking_is_said(pair):
    with pytest.raises(BadSetting, match="artfid.*Inception.*known: self_similarity"):
        Judge.of(*pair, ["artfid"])


def test_score_on_the_command_line(run, tmp_path, photograph, painting, pair):
    result = images.write(resize(pair[1], 60, 80), tmp_path / "result.png")
    arguments = (photograph, painting, result, "--metrics", "ssim,colour_w2")
    code, out, _ = run("score", *arguments, "--json", "--csv", tmp_path / "a.csv")
    found = json.loads(out)
    assert code == 0
    assert list(found) == [*ANCHORS, str(result)]
    assert found["content itself"]["ssim"] == pytest.approx(1)
    assert (tmp_path / "a.csv").read_text().splitlines()[0] == "picture,ssim,colour_w2"
    code, out, _ = run("score", *arguments)
    assert code == 0
    assert "nearness to the content" in out
    assert "nearness to the style" in out
    code, _, err = run("score", photograph, painting, result, "--metrics", "fid")
    assert code == 2
    assert "Inception" in err
    code, _, err = run("score", photograph, painting, result, "--metrics", "ssim,cfsd")
    assert code == 2
    assert "no metric of the style" in err
