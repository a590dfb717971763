"""The network: names, shapes, scales, and agreement with torchvision's layer list."""

import pytest
import torch
from torch.nn import functional as F

from wasserstyle.errors import BadSetting
from wasserstyle.features import Extractor, vgg, weights
from wasserstyle.features.networks import NETWORKS, conv_shapes
from wasserstyle.features.scales import ACTIVATION_SCALES
from wasserstyle.features.vgg import Vgg
from wasserstyle.features.weights import bundled, unscaled
from wasserstyle.image import read

TORCHVISION_VGG16 = [64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M"]
STROTSS_INDICES = {  # of torchvision's `features`, after ReLU
    "relu1_1": 1,
    "relu1_2": 3,
    "relu2_1": 6,
    "relu2_2": 8,
    "relu3_1": 11,
    "relu3_2": 13,
    "relu3_3": 15,
    "relu4_3": 22,
    "relu5_3": 29,
}
CONVOLUTIONS = {"vgg16": 13, "vgg19": 16}


def image(height=24, width=18, dtype=torch.float32):
    g = torch.Generator().manual_seed(0)
    return torch.rand(1, 3, height, width, generator=g, dtype=dtype)


@pytest.fixture(scope="module")
def net(bundled16):
    return Vgg(bundled16)


# ------------------------------------------------------------------ shapes
@pytest.mark.parametrize("network", NETWORKS)
def test_convolutions_have_the_names_and_kernels_of_the_literature(network):
    shapes = conv_shapes(NETWORKS[network])
    assert len(shapes) == CONVOLUTIONS[network]
    assert shapes["conv1_1"] == (64, 3, 3, 3)
    assert shapes["conv2_1"] == (128, 64, 3, 3)
    assert shapes["conv5_3"] == (512, 512, 3, 3)
    assert ("conv3_4" in shapes) == (network == "vgg19")
    parameters = sum(out * (inner * h * w + 1) for out, inner, h, w in shapes.values())
    assert parameters == {"vgg16": 14_714_688, "vgg19": 20_024_384}[network]


def test_maps_come_shallow_to_deep_whatever_the_order_asked(net):
    assert isinstance(net, Extractor)
    maps = net(image(), ("relu3_1", "relu1_2", "rgb", "relu2_2"))
    assert {k: tuple(v.shape[1:]) for k, v in maps.items()} == {
        "rgb": (3, 24, 18),
        "relu1_2": (64, 24, 18),
        "relu2_2": (128, 12, 9),
        "relu3_1": (256, 6, 4),
    }
    assert list(maps) == ["rgb", "relu1_2", "relu2_2", "relu3_1"]


def test_rgb_is_the_image_itself_and_may_be_all_that_is_asked(net):
    picture = image()
    assert net(picture, ["rgb"])["rgb"] is picture
    assert net(picture, []) == {}


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (3, 1), (5, 17)], ids=str)
def test_any_size_from_one_pixel_up(net, size):
    maps = net(image(*size), STROTSS_INDICES)
    assert list(maps) == list(STROTSS_INDICES)
    for name, found in maps.items():
        halvings = int(name[4]) - 1
        assert found.shape[2:] == tuple(max(n >> halvings, 1) for n in size)
        assert found.isfinite().all()


def test_unknown_layer_is_named(net):
    with pytest.raises(BadSetting, match="relu3_4"):
        net(image(), ["rgb", "relu3_4"])


@pytest.mark.parametrize(
    ("layers", "runs"), [(["rgb"], 0), (["relu1_1"], 1), (["relu3_1", "relu1_2"], 5)], ids=str
)
def test_nothing_runs_beyond_the_deepest_layer(net, monkeypatch, layers, runs):
    calls = []

    def counted(*args, **options):
        calls.append(1)
        return convolve(*args, **options)

    convolve = F.conv2d
    monkeypatch.setattr(vgg.F, "conv2d", counted)
    net(image(), layers)
    assert len(calls) == runs


# ------------------------------------------------------------------ values
def torchvision_forward(state, picture):
    """torchvision's `features`, one entry a time; keeps every output by its index."""
    mean, std = (
        torch.tensor(v).view(1, 3, 1, 1).to(picture)
        for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    )
    x, outputs = (picture - mean) / std, []
    for entry in [*TORCHVISION_VGG16, 512, 512, 512]:
        if entry == "M":
            x = F.max_pool2d(x, 2)
            outputs.append(x)
            continue
        kernel, bias = (state[f"features.{len(outputs)}.{p}"] for p in ("weight", "bias"))
        x = F.conv2d(x, kernel.to(picture), bias.to(picture), padding=1)
        outputs += [x, x.relu()]
        x = outputs[-1]
    return outputs


def test_equals_torchvision(state16, pth16):
    net = Vgg(weights.from_file(pth16, "vgg16"), torch.float64)
    picture = image(33, 50, torch.float64)
    with torch.no_grad():
        maps, outputs = net(picture, STROTSS_INDICES), torchvision_forward(state16, picture)
    for name, index in STROTSS_INDICES.items():
        scale = outputs[index].abs().max()
        assert scale > 0
        assert (maps[name] - outputs[index]).abs().max() < 1e-6 * scale, name


def test_scales_are_folded_exactly(bundled16, monkeypatch):
    """Folding any scales in divides each layer by its own, and by nothing else."""
    layers = [n.replace("conv", "relu") for n in conv_shapes(NETWORKS["vgg16"])]
    scales = {layer: 0.5 + 13 * i % 7 for i, layer in enumerate(layers)}
    picture, maps = image(20, 20, torch.float64), {}
    for name, table in (("plain", dict.fromkeys(layers, 1.0)), ("folded", scales)):
        monkeypatch.setattr(weights, "ACTIVATION_SCALES", {"vgg16": table})
        with torch.no_grad():
            maps[name] = Vgg(weights.bundled("vgg16"), torch.float64)(picture, layers)
    for layer, plain in maps["plain"].items():
        largest = plain.max()
        assert largest > 0
        gap = (maps["folded"][layer] * scales[layer] - plain).abs().max()
        assert gap < 1e-6 * largest, layer


def test_gradient_reaches_the_image(net):
    picture = image().requires_grad_()
    sum(m.sum() for m in net(picture, ["relu1_1", "relu3_1"]).values()).backward()
    assert picture.grad.isfinite().all()
    assert picture.grad.abs().max() > 0


def test_precision_is_that_of_the_convolutions(bundled16):
    maps = Vgg(bundled16, torch.bfloat16)(image(), ["rgb", "relu1_1"])
    assert maps["rgb"].dtype == torch.float32
    assert maps["relu1_1"].dtype == torch.bfloat16


def test_before_and_after_it_is_rectified():
    vgg, image = Vgg(bundled("vgg19")), torch.rand(1, 3, 40, 36)
    maps = vgg(image, {"conv3_1", "relu3_1", "conv1_1", "relu4_1"})
    assert list(maps) == ["conv1_1", "conv3_1", "relu3_1", "relu4_1"]
    assert maps["conv3_1"].min() < 0
    torch.testing.assert_close(maps["conv3_1"].relu(), maps["relu3_1"])
    alone = vgg(image, {"relu4_1"})["relu4_1"]
    torch.testing.assert_close(alone, maps["relu4_1"])


def test_average_pooling_by_hand():
    weights, image = bundled("vgg16"), torch.rand(1, 3, 17, 20)
    maps = Vgg(weights, pooling="average")(image, {"relu1_2", "relu2_1"})
    pooled = F.avg_pool2d(maps["relu1_2"], 2)
    wanted = F.conv2d(
        pooled, weights.tensors["conv2_1.weight"], weights.tensors["conv2_1.bias"], padding=1
    ).relu()
    torch.testing.assert_close(maps["relu2_1"], wanted, atol=1e-5, rtol=1e-4)


def test_units_of_the_network_differ_by_the_scale_of_the_layer():
    image = torch.rand(1, 3, 32, 32)
    ours, theirs = (
        Vgg(w)(image, {"relu3_2"})
        for w in (bundled("vgg16"), bundled("vgg16", unscaled("vgg16")))
    )
    ratio = theirs["relu3_2"] / ours["relu3_2"].clamp_min(1e-9)
    seen = ratio[ours["relu3_2"] > 0.1]
    torch.testing.assert_close(
        seen, torch.full_like(seen, ACTIVATION_SCALES["vgg16"]["relu3_2"]), rtol=1e-3, atol=0
    )


@pytest.mark.parametrize("size", [(8, 6), (9, 7), (1, 5), (1, 1)], ids=str)
def test_pooling_has_torchs_maxima_and_gradient(size):
    """Also where several are the largest: there the first one has it all."""
    g = torch.Generator().manual_seed(1)
    ours = torch.randint(4, (1, 3, *size), generator=g).double().requires_grad_()
    theirs = ours.detach().clone().requires_grad_()
    window = tuple(min(2, n) for n in size)
    found, wanted = vgg.POOLINGS["max"](ours, window), F.max_pool2d(theirs, window)
    assert torch.equal(found, wanted)
    weight = torch.randn(found.shape, generator=g, dtype=torch.float64)
    (found * weight).sum().backward()
    (wanted * weight).sum().backward()
    assert torch.equal(ours.grad, theirs.grad)


def test_pooling_keeps_no_places_for_the_gradient(net):
    """Of all that is kept for a picture's gradient nothing is of whole numbers."""
    kept = []

    def note(tensor):
        kept.append(tensor.dtype)
        return tensor

    picture = image().requires_grad_()
    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        net(picture, ["relu3_1"])
    assert torch.float32 in kept
    assert torch.int64 not in kept


# ------------------------------------------------------------------ borders
def test_with_its_border_mirrored_a_flat_picture_has_flat_maps(bundled16):
    mirrored = Vgg(bundled16, border="mirror")
    for size in ((40, 24), (1, 7), (1, 1)):
        for found in mirrored(torch.full((1, 3, *size), 0.4), STROTSS_INDICES).values():
            torch.testing.assert_close(found, found[..., :1, :1].expand_as(found))


def test_with_its_border_mirrored_a_crop_is_seen_more_like_the_whole(bundled16, photograph):
    whole = read(photograph).rgb[..., :192, :192]
    layers = {"relu2_1": 2, "relu3_1": 4, "relu4_1": 8}
    truth = Vgg(bundled16)(whole, layers)
    off = {}
    for border in ("zeros", "mirror"):
        found = Vgg(bundled16, border=border)(whole[..., 64:128, 64:128], layers)
        off[border] = [
            float((found[k] - truth[k][..., 64 // n : 128 // n, 64 // n : 128 // n]).norm())
            for k, n in layers.items()
        ]
    assert all(near < 0.7 * far for near, far in zip(off["mirror"], off["zeros"], strict=True))
