"""A network in ONNX: what ONNX Runtime makes of it is what torch does, at any size."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from wasserstyle import image as images
from wasserstyle import methods
from wasserstyle.features.vgg import Vgg
from wasserstyle.features.weights import bundled
from wasserstyle.method import Style, Tools
from wasserstyle.runs import quantize

pytestmark = pytest.mark.slow  # its file is begun first

PALETTES = {"sanet": "network", "tiny": "transport"}


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """Exports a network once, by the command, and gives the path of its graph.

    The graph of ``tiny`` moves colours; the others are made without, which is the longest part.
    """
    folder = tmp_path_factory.mktemp("graphs")

    def export(name):
        out = folder / f"{name}.onnx"
        if not out.exists():
            command = [sys.executable, "-m", "wasserstyle", "export", name, "-o", str(out)]
            command += ["-s", f"palette={PALETTES[name]}"]
            done = subprocess.run(command, check=True, text=True, capture_output=True)
            assert (done.stdout.strip(), done.stderr) == (str(out), "")
        return out

    return export


@pytest.mark.parametrize("name", list(PALETTES))
def test_it_paints_what_the_method_paints(exported, name):
    session = onnxruntime.InferenceSession(str(exported(name)))
    vgg, generator = Vgg(bundled("vgg19")), torch.Generator().manual_seed(0)
    for (h, w), (h2, w2), strength in (((64, 96), (64, 64), 1.0), ((128, 110), (96, 80), 0.4)):
        content, style = (torch.rand(1, 3, *s, generator=generator) for s in ((h, w), (h2, w2)))
        content[..., : w // 2] = 0.4  # an even place has grain
        found = session.run(
            ["picture"],
            {
                "content": content.numpy(),
                "style": style.numpy(),
                "strength": np.array([strength], np.float32),
            },
        )[0]
        method = methods.get(name)(
            precision="float32",
            strength=strength,
            style_size=max(h2, w2),
            palette=PALETTES[name],
        )
        tools = Tools(features=vgg, size=max(h, w))
        wanted = method.stylize(content, [Style(style)], tools=tools)
        np.testing.assert_allclose(found, wanted.numpy(), atol=1e-4)
    odd = session.run(
        ["picture"],
        {
            "content": np.zeros((1, 3, 67, 75), np.float32),
            "style": np.ones((1, 3, 41, 50), np.float32),
            "strength": np.ones(1, np.float32),
        },
    )[0]
    assert odd.shape == (1, 3, 67, 75)


def test_convolutions_in_eight_bits_paint_nearly_the_same(run, tmp_path, exported, monkeypatch):
    out, folder = tmp_path / "net.onnx", tmp_path / "pictures"
    folder.mkdir()
    graph = exported("tiny")  # an export takes half a minute: the one of above again
    monkeypatch.setattr(quantize, "export", lambda _, path: shutil.copy(graph, path))
    for path in (*Path("examples/content").glob("*.jpg"), Path("examples/style/swirls.jpg")):
        shutil.copy(path, folder)
    code, said, _ = run("export", "tiny", "-o", out, "--int8", folder)
    assert (code, said.strip()) == (0, str(out))
    kinds = {i.data_type for i in onnx.load(out).graph.initializer if len(i.dims) == 4}
    assert kinds == {onnx.TensorProto.INT8}
    paths = {"content": "examples/content/cat.jpg", "style": "examples/style/swirls.jpg"}
    given = {k: images.to_long_side(images.read(p).rgb, 96) for k, p in paths.items()}
    found = onnxruntime.InferenceSession(str(out)).run(
        ["picture"],
        {k: v.numpy() for k, v in given.items()} | {"strength": np.ones(1, np.float32)},
    )[0]
    method = methods.get("tiny")(precision="float32")
    tools = Tools(features=Vgg(bundled("vgg19")), size=96)
    wanted = method.stylize(given["content"], [Style(given["style"])], tools=tools).numpy()
    assert 0 < np.abs(found - wanted).mean() < 0.02
    assert sorted(p.name for p in tmp_path.iterdir()) == ["net.onnx", "pictures"]


def test_eight_bits_of_no_pictures_are_refused(run, tmp_path):
    code, _, told = run("export", "tiny", "-o", tmp_path / "net.onnx", "--int8", tmp_path)
    assert code == 2
    assert "that folder has none" in told
    assert not list(tmp_path.iterdir())


def test_what_has_no_network_is_said(run, tmp_path):
    code, _, told = run("export", "strotss", "-o", tmp_path / "net.onnx")
    assert code == 2
    assert "strotss has no network" in told
    assert not list(tmp_path.iterdir())
