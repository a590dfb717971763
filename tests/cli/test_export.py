"""A network in ONNX: what ONNX Runtime makes of it is what torch does, at any size."""

import subprocess
import sys

import numpy as np
import onnxruntime
import pytest
import torch

from wasserstyle import methods
from wasserstyle.features.vgg import Vgg
from wasserstyle.features.weights import bundled
from wasserstyle.method import Style, Tools

pytestmark = pytest.mark.slow  # its file is begun first


@pytest.mark.parametrize("name", ["wasserstein_critic", "sanet", "tiny"])
def test_it_paints_what_the_method_paints(tmp_path, name):
    out = tmp_path / "net.onnx"
    command = [sys.executable, "-m", "wasserstyle", "export", name, "-o", str(out)]
    done = subprocess.run(command, check=True, text=True, capture_output=True)
    assert (done.stdout.strip(), done.stderr) == (str(out), "")
    session = onnxruntime.InferenceSession(str(out))
    vgg, generator = Vgg(bundled("vgg19")), torch.Generator().manual_seed(0)
    for (h, w), (h2, w2), strength in (((64, 96), (64, 64), 1.0), ((80, 64), (96, 112), 0.4)):
        content, style = (torch.rand(1, 3, *s, generator=generator) for s in ((h, w), (h2, w2)))
        found = session.run(
            ["picture"],
            {
                "content": content.numpy(),
                "style": style.numpy(),
                "strength": np.array([strength], np.float32),
            },
        )[0]
        method = methods.get(name)(
            precision="float32", strength=strength, style_size=max(h2, w2)
        )
        tools = Tools(features=vgg, size=max(h, w))
        if max(h2, w2) > max(h, w):  # the method never looks closer at a style than it paints
            continue
        wanted = method.stylize(content, [Style(style)], tools=tools)
        np.testing.assert_allclose(found, wanted.numpy(), atol=1e-4)
    odd = session.run(
        ["picture"],
        {
            "content": np.zeros((1, 3, 37, 75), np.float32),
            "style": np.ones((1, 3, 41, 50), np.float32),
            "strength": np.ones(1, np.float32),
        },
    )[0]
    assert odd.shape == (1, 3, 37, 75)


def test_what_has_no_network_is_said(run, tmp_path):
    code, _, told = run("export", "strotss", "-o", tmp_path / "net.onnx")
    assert code == 2
    assert "strotss has no network" in told
    assert not list(tmp_path.iterdir())
