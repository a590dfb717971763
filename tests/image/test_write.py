import os
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import tifffile
import torch
from PIL import Image as PilImage
from PIL import ImageCms

from image.pictures import hwc, image, noise, smooth
from wasserstyle.errors import BadImage, BadSetting, CannotWrite
from wasserstyle.image import check_writable, read, to_array, to_pil, write

SUFFIXES = [".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".PNG"]
RECIPE = {"method": "strotss", "steps": 200, "note": 'très “fine” \\ "quoted"\n日本 \0'}


def left_behind(folder):
    return sorted(p.name for p in folder.iterdir())


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_profile_is_embedded_and_bytes_repeat(tmp_path, suffix):
    first, second = (
        write(image(), tmp_path / f"{n}{suffix}", recipe=RECIPE).read_bytes() for n in "ab"
    )
    assert first == second
    with PilImage.open(BytesIO(first)) as opened:
        data = opened.info["icc_profile"]
    assert data[24:36].hex() == "07d0" + "00010001" + "00" * 6  # no date of today
    profile = ImageCms.ImageCmsProfile(BytesIO(data))
    assert "sRGB" in ImageCms.getProfileDescription(profile)
    assert left_behind(tmp_path) == [f"a{suffix}", f"b{suffix}"]


@pytest.mark.parametrize(
    ("suffix", "step"), [(".png", 1 / 255), (".tif", 1 / 65535), (".tiff", 1 / 65535)]
)
@pytest.mark.parametrize("with_alpha", [False, True])
def test_lossless_round_trip(tmp_path, suffix, step, with_alpha):
    alpha = image(channels=1) if with_alpha else None
    picture = read(write(image(), tmp_path / f"out{suffix}", recipe=RECIPE, alpha=alpha))
    assert (picture.rgb - image()).abs().max() <= step / 2 + 1e-7
    assert (picture.alpha is not None) == with_alpha
    if with_alpha:
        assert (picture.alpha - alpha).abs().max() <= step / 2 + 1e-7


@pytest.mark.parametrize("suffix", [".jpg", ".webp"])
def test_lossy_round_trip(tmp_path, suffix):
    picture = read(smooth())
    again = read(write(picture.rgb, tmp_path / f"out{suffix}", quality=95))
    assert (again.rgb - picture.rgb).abs().mean() < 0.02
    small = write(image(), tmp_path / f"small{suffix}", quality=10).stat().st_size
    assert small < write(image(), tmp_path / f"large{suffix}").stat().st_size


def test_alpha_in_webp_and_jpeg(tmp_path):
    rgb = torch.zeros(1, 3, 16, 16)
    alpha = torch.full((1, 1, 16, 16), 0.2)
    webp = read(write(rgb, tmp_path / "out.webp", alpha=alpha))
    assert (webp.alpha - 0.2).abs().max() < 1 / 255
    jpeg = read(write(rgb, tmp_path / "out.jpg", alpha=alpha))
    assert (jpeg.rgb - 0.8).abs().max() < 2 / 255
    assert jpeg.alpha is None


def test_webp_keeps_colour_under_transparency(tmp_path):
    rgb = torch.full((1, 3, 16, 16), 0.6)
    picture = read(write(rgb, tmp_path / "out.webp", alpha=torch.zeros(1, 1, 16, 16)))
    assert (picture.rgb - 0.6).abs().max() < 3 / 255


def test_tiff_is_deep_and_compressed(tmp_path):
    path = write(torch.full((1, 3, 200, 200), 0.3), tmp_path / "out.tif")
    with tifffile.TiffFile(path) as opened:
        assert opened.pages.first.dtype == np.uint16
    assert path.stat().st_size < 10_000


def test_rounding_and_cutting():
    values = torch.tensor([-0.5, 0.4999 / 255, 0.5001 / 255, 0.5, 1.0, 7.0])
    ramp = values.expand(1, 3, 1, 6)
    assert to_array(ramp)[0, :, 0].tolist() == [0, 0, 1, 128, 255, 255]
    assert to_array(ramp, np.uint16)[0, :, 2].tolist()[-2:] == [65535, 65535]
    assert to_array(ramp, np.float32).dtype == np.float32
    assert to_array(ramp, "float32").max() == 1
    np.testing.assert_array_equal(np.asarray(to_pil(image())), to_array(image()))
    assert to_pil(image()).mode == "RGB"


def test_arrays_round_trip():
    for dtype in (np.uint8, np.uint16):
        data = noise(dtype=dtype)
        np.testing.assert_array_equal(to_array(read(data).rgb, dtype), data)


def test_gradients_do_not_matter(tmp_path):
    write(
        image().requires_grad_(), tmp_path / "out.png", alpha=image(channels=1).requires_grad_()
    )


def test_bad_arguments(tmp_path):
    path = tmp_path / "out.png"
    cases = [
        (BadSetting, "dtype", lambda: to_array(image(), np.int32)),
        (BadSetting, "quality", lambda: write(image(), path, quality=0)),
        (BadImage, "one colour image", lambda: write(torch.rand(2, 3, 4, 4), path)),
        (BadImage, "NaN", lambda: write(image() * float("nan"), path)),
        (BadImage, "resize", lambda: write(image(), path, alpha=torch.ones(1, 1, 2, 2))),
    ]
    for kind, words, call in cases:
        with pytest.raises(kind, match=words) as error:
            call()
        assert "\n" not in str(error.value)
    assert left_behind(tmp_path) == []


# ------------------------------------------------------------------ places


def test_parent_is_made_and_path_returned(tmp_path):
    path = str(tmp_path / "new" / "folder" / "out.png")
    check_writable(path)
    assert left_behind(tmp_path) == []
    assert write(image(), path) == Path(path)
    assert left_behind(tmp_path / "new" / "folder") == ["out.png"]


def test_file_mode_follows_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        assert write(image(), tmp_path / "out.png").stat().st_mode & 0o777 == 0o640
    finally:
        os.umask(before)


def bad_places(tmp_path):
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "file").write_text("x")
    return [
        (tmp_path / "out", "use one of .png, .jpg"),
        (tmp_path / "out.gif", "'.gif'"),
        (tmp_path / "folder.png", "folder"),
        (tmp_path / "file" / "out.png", "Not a directory"),
        (tmp_path / f"{'x' * 300}.png", "too long"),
        ("", "suffix"),
    ]


@pytest.mark.parametrize("call", [check_writable, lambda path: write(image(), path)])
def test_bad_places(tmp_path, call):
    for path, words in bad_places(tmp_path):
        with pytest.raises(CannotWrite, match=words) as error:
            call(path)
        assert "\n" not in str(error.value)
        assert str(error.value).startswith(str(path))
    assert left_behind(tmp_path) == ["file", "folder.png"]


@pytest.mark.parametrize("call", [check_writable, lambda path: write(image(), path)])
def test_read_only_folder(tmp_path, call, monkeypatch):
    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)  # modes do not stop a root user
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(CannotWrite, match="Permission denied"):
        call(tmp_path / "out.png")


def test_check_leaves_nothing_and_touches_nothing(tmp_path):
    path = write(image(), tmp_path / "out.png")
    before = path.stat()
    check_writable(path)
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert left_behind(tmp_path) == ["out.png"]


@pytest.mark.parametrize(
    "failure", [OSError(28, "No space left on device"), KeyboardInterrupt()]
)
@pytest.mark.parametrize("step", ["os.fsync", "pathlib.Path.replace"])
def test_failure_leaves_the_old_file(tmp_path, monkeypatch, failure, step):
    path = write(image(), tmp_path / "out.png")
    before = path.read_bytes()

    def fail(*args):
        raise failure

    monkeypatch.setattr(step, fail)
    expected = CannotWrite if isinstance(failure, OSError) else KeyboardInterrupt
    with pytest.raises(expected) as error:
        write(1 - image(), path)
    assert expected is KeyboardInterrupt or "No space left" in str(error.value)
    assert path.read_bytes() == before
    assert left_behind(tmp_path) == ["out.png"]


def test_format_that_cannot_hold_the_size(tmp_path):
    with pytest.raises(CannotWrite, match="another format"):
        write(torch.zeros(1, 3, 1, 17000), tmp_path / "out.webp")
    with pytest.raises(CannotWrite, match="another format"):
        write(torch.zeros(1, 3, 1, 70000), tmp_path / "out.jpg")
    assert left_behind(tmp_path) == []


def test_written_pixels_match_what_was_given(tmp_path):
    with PilImage.open(write(image(), tmp_path / "out.png")) as opened:
        np.testing.assert_array_equal(np.asarray(opened), np.rint(hwc(image()) * 255))
