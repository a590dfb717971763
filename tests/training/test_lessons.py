"""What networks learn from: the closed form, the inverse, transfer, and the critics."""

import copy
import functools
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from wasserstyle import methods
from wasserstyle.errors import BadSetting
from wasserstyle.features.vgg import Vgg
from wasserstyle.features.weights import bundled
from wasserstyle.methods import tiny, wasserstein_critic
from wasserstyle.nets import files
from wasserstyle.nets.decoder import Decoder, convolutions_of
from wasserstyle.nets.slim import EIGHTH
from wasserstyle.nets.statistics import covariances, normalised
from wasserstyle.nets.transfer import (
    MIDDLE,
    ByAttention,
    ByStatistics,
    ByTransport,
    ByTwoAttentions,
)
from wasserstyle.nets.units import ROOT_MEAN_SQUARE, look
from wasserstyle.training import copying, mirror
from wasserstyle.training.data import Pictures
from wasserstyle.training.evening import Evening
from wasserstyle.training.grid import Grid
from wasserstyle.training.inverse import TAPS, Inverse
from wasserstyle.training.mirror import begin, fit, solve
from wasserstyle.training.transfer import Sources, Transfer, matched

pytestmark = pytest.mark.slow  # its file is begun first

NETWORKS = ["adain", "sanet", "tiny", "wasserstein_critic"]


@pytest.fixture(scope="module")
def vgg():
    return Vgg(bundled("vgg19"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Crops of a painting and of a photograph, few and small."""
    at = tmp_path_factory.mktemp("pictures")
    for name in ("content/cat", "style/swirls"):
        with Image.open(f"examples/{name}.jpg") as picture:
            picture.resize((160, 120)).save(at / f"{name.replace('/', '-')}.png")
    return at


@pytest.fixture(scope="module")
def pictures(folder):
    return Pictures.of([folder], crop=64, seed=0)


@pytest.fixture(scope="module")
def solved(vgg, pictures):
    """The decoder in closed form, and what it was found from."""
    decoder = Decoder()
    solve(decoder, vgg, (pictures.batch(n, range(4)) for n in range(3)), seed=0)
    return decoder


def error(network, vgg, image):
    with torch.no_grad():
        return float((network(look(vgg, image, (MIDDLE,))[MIDDLE]) - image).square().mean())


# ------------------------------------------------------------------ the closed form
def test_a_convolution_is_found_from_what_it_gives():
    torch.manual_seed(0)
    true, found = nn.Conv2d(3, 4, 3), nn.Conv2d(3, 4, 3)
    x = torch.randn(2, 3, 20, 20)
    padded = nn.functional.pad(x, (1, 1, 1, 1), mode="reflect")
    with torch.no_grad():
        fit(found, [(x, true(padded))], torch.Generator().manual_seed(0))
    torch.testing.assert_close(found.weight, true.weight, atol=3e-3, rtol=0)
    torch.testing.assert_close(found.bias, true.bias, atol=3e-3, rtol=0)


def test_the_closed_form_is_a_decoder(solved, vgg, pictures):
    """It gives crops back far nearer than their mean colour is; more crops make it general."""
    image = pictures.batch(0, range(4))
    flat = float((image - image.mean((2, 3), keepdim=True)).square().mean())
    assert error(solved, vgg, image) < 0.5 * flat < error(Decoder(), vgg, image)


def test_layers_of_the_decoder_have_partners_in_the_network(vgg):
    decoder = Decoder()
    assert [len(names) for names in mirror.MIRRORED] == [
        len(convolutions_of(block)) for block in decoder.blocks
    ]
    maps = vgg(torch.rand(1, 3, 32, 32), [n for b in mirror.MIRRORED for n in b])
    for block, names in zip(decoder.blocks, mirror.MIRRORED, strict=True):
        for convolution, name in zip(convolutions_of(block), names, strict=True):
            assert convolution.out_channels == maps[name].shape[1]


@pytest.mark.parametrize("kind", [ByStatistics, ByAttention, ByTwoAttentions])
@torch.no_grad()
def test_a_network_begins_as_an_inverse(kind, solved, vgg, pictures):
    """A picture as its own style comes back nearly as well as from the decoder alone."""
    network = kind()
    begin(network, solved, vgg, pictures.batch(0, range(8)))
    image = pictures.batch(0, range(2))
    maps = look(vgg, image, network.layers)
    assert float((network(maps, maps) - image).square().mean()) < 2 * error(solved, vgg, image)


@torch.no_grad()
def test_attention_begins_with_what_is_nearest(solved, vgg, pictures):
    """Few channels give nearly the products of all, of a crop that they were not found from."""
    network = ByAttention()
    begin(network, solved, vgg, pictures.batch(0, range(8)))
    at = network.attention[MIDDLE]
    x = normalised(look(vgg, pictures.batch(1, range(1)), [MIDDLE])[MIDDLE])
    logits = at.query(x).flatten(2)[0].T @ at.key(x).flatten(2)[0]
    whole = mirror.NEAREST[0] * mirror.NEAREST[1] * (x.flatten(2)[0].T @ x.flatten(2)[0])
    assert (logits - whole).std() < 0.2 * whole.std()


def test_units_are_those_of_the_bundled_network(vgg, photograph):
    from wasserstyle.image import read, to_long_side

    maps = look(vgg, to_long_side(read(photograph).rgb, 256), list(ROOT_MEAN_SQUARE))
    for feature in maps.values():
        assert 0.5 < float(feature.square().mean().sqrt()) < 2


def test_a_network_with_an_encoder_of_its_own_learns_to_copy_and_to_see(
    vgg, pictures, monkeypatch
):
    torch.manual_seed(0)
    network, image = ByTransport(), pictures.batch(0, range(2))
    monkeypatch.setattr(copying, "STEPS", 200)
    monkeypatch.setattr(copying, "BATCH", 2)
    with torch.no_grad():
        wanted = copying.Sight.of(pictures, vgg, torch.device("cpu"))(image)
        before = network.view(image, {})
    said: list[str] = []
    copying.copy(network, pictures, vgg, said.append)
    with torch.no_grad():
        codes = network.view(image, {})
        error = float((network(codes, codes) - image).square().mean())
    flat = float((image - image.mean((2, 3), keepdim=True)).square().mean())
    assert error < 0.7 * flat
    assert (len(said), said[-1]) == (200, "learning to see and to copy: 200/200")
    for code, goal in wanted.items():
        off = [float((found[code] - goal).square().mean()) for found in (before, codes)]
        assert off[1] < 0.9 * off[0]


@torch.no_grad()
def test_codes_are_to_be_the_largest_components(vgg, pictures, monkeypatch):
    """Against a decomposition of the vectors themselves, in NumPy."""
    monkeypatch.setattr(copying, "FITTED", 4)
    sight = copying.Sight.of(pictures, vgg, torch.device("cpu"))
    batches = [pictures.batch(-1 - n, range(copying.BATCH)) for n in range(copying.FITTED)]
    layer, count = copying.SEEN[EIGHTH]
    maps = torch.cat([look(vgg, batch, [layer])[layer] for batch in batches])
    vectors = maps.movedim(1, -1).flatten(0, 2).double().numpy()
    centred = vectors - vectors.mean(axis=0)
    shares = np.linalg.svd(centred, compute_uv=False)[:count] ** 2
    found = torch.cat([sight(batch)[EIGHTH] for batch in batches]).movedim(1, -1).flatten(0, 2)
    spreads = np.sort(found.double().numpy().var(axis=0))[::-1]
    np.testing.assert_allclose(spreads, shares / shares.mean(), rtol=1e-3, atol=1e-4)


# ------------------------------------------------------------------ lessons
@pytest.fixture(scope="module")
def begun(vgg, pictures, solved):
    """Networks with the weights they begin with, by the methods' names; copies may learn."""

    @functools.cache
    def network(name):
        torch.manual_seed(0)
        made = methods.get(name)().network()
        if name != "tiny":
            begin(made, solved, vgg, pictures.batch(0, range(8)))
        return made

    return lambda name: copy.deepcopy(network(name))


@pytest.fixture(scope="module")
def lesson(vgg, pictures, begun):
    def first(name, teaching="default"):
        torch.manual_seed(0)
        taught = methods.get(name)().teaching(teaching)
        return Transfer(begun(name), taught, vgg, Sources(pictures, pictures, 2))

    return first


def test_the_inverse_gets_better(solved, vgg, pictures):
    decoder = Decoder()
    decoder.load_state_dict(solved.state_dict())
    inverse = Inverse(decoder, vgg, pictures, batch=2)
    losses = [inverse.step(200)["loss"] for _ in range(12)]  # the same batch
    assert losses[-1] < 0.9 * losses[0]


@pytest.mark.parametrize("name", NETWORKS)
def test_a_step_moves_the_network_and_tells_its_terms(name, lesson):
    taught = lesson(name)
    before = [p.detach().clone() for p in taught.network.parameters()]
    noted = taught.step(200)
    assert all(map(math.isfinite, noted.values()))
    moved = [
        not torch.equal(a, b) for a, b in zip(before, taught.network.parameters(), strict=True)
    ]
    assert all(moved)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_step_depends_on_its_number_and_weights_alone(name, lesson):
    noted = [lesson(name).step(7) for _ in range(2)]
    assert noted[0] == noted[1]
    assert lesson(name).step(8) != noted[0]


def test_chance_in_a_step_is_of_the_training_and_the_step(lesson):
    attempt = lesson("sanet").attempt(3)
    draw = lambda **other: float(  # noqa: E731
        torch.rand((), generator=replace(attempt, **other).stream("vectors"))
    )
    assert draw() == draw()
    assert len({draw(), draw(seed=1), draw(number=4)}) == 3


def test_losses_of_a_picture_that_is_content_and_style_are_small(lesson):
    """All but those of the critics, who know nothing yet."""
    attempt = lesson("sanet").attempt(0)
    perfect = attempt.__class__(
        **{
            **attempt.__dict__,
            "made": attempt.of_content,
            "of_style": attempt.of_content,
            "style": attempt.content,
        }
    )
    losses = methods.get("sanet")().teaching("default").losses(perfect)
    assert losses["content"] == losses["style"] == 0


def test_tiny_sees_noise_that_its_teacher_does_not(vgg, lesson):
    taught = lesson("tiny")
    attempt = taught.attempt(3)
    content = attempt.content
    seen = taught.teaching.shown(content, attempt.stream("shown"))
    spreads = (seen - content).std(dim=(1, 2, 3))
    assert (spreads > 0).all()
    assert (spreads < 1.1 * tiny.NOISE).all()
    codes = [matched(taught.network, (x, {}), (attempt.style, {})) for x in (seen, content)]
    assert torch.equal(attempt.decoded, codes[0])
    assert not torch.equal(attempt.decoded, codes[1])
    assert torch.equal(taught.attempt(3).decoded, attempt.decoded)
    assert torch.equal(attempt.of_content[MIDDLE], look(vgg, content, [MIDDLE])[MIDDLE])


def test_tiny_is_to_paint_what_its_teacher_paints(vgg, lesson):
    """A picture that is the teacher's has nothing left to learn of it; another has."""
    taught = lesson("tiny")
    attempt, teaching = taught.attempt(3), taught.teaching
    goal = teaching.goal(attempt)
    perfect = replace(attempt, picture=goal, made=look(vgg, goal, tiny.TAPS))
    for name in ("teacher", "looks"):
        assert teaching.losses(perfect)[name] == 0
        assert teaching.losses(attempt)[name] > 0


def test_the_teacher_of_tiny_paints_no_frame(vgg, lesson):
    """Of flat grey it makes nothing but a little; of a crop with zeros around it, a frame."""
    taught = lesson("tiny")
    attempt, teacher = taught.attempt(3), taught.teaching.teacher
    grey = torch.full_like(attempt.content, 0.5)
    goal = taught.teaching.goal(replace(attempt, content=grey))
    with torch.no_grad():
        framed = teacher(look(vgg, grey, teacher.needs), attempt.of_style).clamp(0, 1)
    uneven = [
        float((x - x[..., 24:40, 24:40].mean((2, 3), True)).abs().mean())
        for x in (goal, framed)
    ]
    assert uneven[0] < 0.5 * uneven[1]


def test_covariances_of_a_style_are_met_by_it_alone(lesson):
    attempt = lesson("tiny").attempt(3)
    met = replace(attempt, made=attempt.of_style)
    assert tiny.covariances_loss(met) == 0
    turned = {tap: maps.flip(0) for tap, maps in attempt.of_style.items()}
    assert tiny.covariances_loss(replace(attempt, made=turned)) > 0.1


def test_covariances_are_those_of_numpy():
    x = torch.randn(2, 5, 7, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    expected = [np.cov(one.flatten(1).numpy(), bias=True) for one in x]
    np.testing.assert_allclose(covariances(x).numpy(), expected, atol=1e-12)


def test_unknown_losses_are_named(vgg):
    with pytest.raises(BadSetting, match="no losses 'papr'; known: default, paper, even"):
        methods.get("wasserstein_critic")().teaching("papr")


@pytest.mark.parametrize("name", NETWORKS)
def test_a_decoder_loses_grid_and_eyes_and_paints_as_before(name, vgg, pictures):
    method = methods.get(name)()
    network = method.network()
    files.load(network, files.bundled(method.kept_as))
    before = {key: value.clone() for key, value in network.state_dict().items()}
    evening = Evening(network, vgg, Sources(pictures, pictures, 2))
    noted = [evening.step(150) for _ in range(12)]  # the same batch
    for name_of_loss in ("uneven cells", "eyes"):
        assert noted[-1][name_of_loss] < 0.8 * noted[0][name_of_loss]
    assert max(noted[-1][tap] for tap in TAPS) < 0.1
    moved = {key for key, value in network.state_dict().items() if (value != before[key]).any()}
    assert moved
    assert all(key.startswith("decoder.") for key in moved)


# ------------------------------------------------------------------ critics
def test_critics_learn_from_the_batch_and_leave_the_network_alone(lesson):
    taught = lesson("wasserstein_critic")
    attempt, critics = taught.attempt(0), taught.teaching.critics
    before = [p.detach().clone() for p in critics.parameters()]
    taught.teaching.study(attempt)
    assert all(p.grad is None for p in taught.network.parameters())
    changed = [not torch.equal(a, b) for a, b in zip(before, critics.parameters(), strict=True)]
    assert sum(changed) >= len(changed) - len(critics)  # the last bias cancels
    kept = [p.detach().clone() for p in critics.parameters()]
    for p in critics.parameters():
        p.grad = None
    sum(taught.teaching.losses(attempt).values()).backward()
    assert all(p.grad is None for p in critics.parameters())
    assert all(p.grad is not None for p in taught.network.parameters())
    assert all(torch.equal(a, b) for a, b in zip(kept, critics.parameters(), strict=True))


def test_the_papers_critic_is_not_told_the_style(lesson):
    taught = lesson("wasserstein_critic", teaching="paper")
    counts = [sum(p.numel() for p in c.parameters()) for c in taught.teaching.critics.values()]
    assert counts == [148_481, 164_865, 197_633, 263_169, 263_169]
    assert set(taught.teaching.losses(taught.attempt(0))) == {"content", "critic"}


def test_vectors_have_a_mean_length_of_about_one(vgg, pictures):
    maps = look(vgg, pictures.batch(0, range(2)), wasserstein_critic.TAPS)
    for cloud in wasserstein_critic.some(maps, torch.Generator().manual_seed(0)).values():
        assert cloud.shape[:2] == (2, wasserstein_critic.VECTORS)
        assert 0.5 < float(cloud.square().sum(-1).mean().sqrt()) < 2


# ------------------------------------------------------------------ the grid
def test_the_grid_tells_the_own_style_from_the_others(vgg, folder, solved):
    contents, styles = (Pictures.of([folder], crop=64, seed=n) for n in range(2))
    network = ByStatistics()
    begin(network, solved, vgg, contents.batch(0, range(2)))
    noted, sheet = Grid.of(contents, styles, network, vgg).judge(network.state_dict())
    assert noted["W2 own relu4_1"] < noted["W2 others relu4_1"]
    assert sheet.shape == (1, 3, 256, 256)
