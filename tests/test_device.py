"""Between the host and the device."""

import pytest
import torch

from wasserstyle import device


@pytest.mark.parametrize("native", [True, False])
def test_a_gpu_that_imitates_bfloat16_computes_in_float32(native, monkeypatch):
    def supported(including_emulation=True):
        return native or including_emulation

    monkeypatch.setattr(torch.cuda, "is_bf16_supported", supported)
    wanted = torch.bfloat16 if native else torch.float32
    assert device.precision_of(torch.device("cuda")) == wanted


@pytest.mark.parametrize("native", [True, False])
def test_so_does_a_processor(native, monkeypatch):
    monkeypatch.setattr(device, "cpu_has_bfloat16", lambda: native)
    wanted = torch.bfloat16 if native else torch.float32
    assert device.precision_of(torch.device("cpu")) == wanted
    assert device.precision_of(torch.device("meta")) == torch.float32
