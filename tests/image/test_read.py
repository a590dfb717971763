import re
import sys
from hashlib import sha256
from io import BytesIO

import imagecodecs
import numpy as np
import pytest
import tifffile
import torch
from PIL import Image as PilImage
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from image.pictures import encoded, forged_png, hwc, image, noise, pil, smooth
from wasserstyle.errors import BadImage
from wasserstyle.image import MAX_PIXELS, composite, read
from wasserstyle.image.read import _from_memory

LOSSLESS = ["PNG", "TIFF", "BMP"]


@pytest.fixture
def save(tmp_path):
    def write(data, name="picture"):
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write


def tiff(array, **options):
    file = BytesIO()
    tifffile.imwrite(file, array, **options)
    return file.getvalue()


def close(picture, expected, within):
    np.testing.assert_allclose(hwc(picture.rgb), expected, rtol=0, atol=within)


# ------------------------------------------------------------------ kinds of file


@pytest.mark.parametrize("kind", LOSSLESS)
def test_lossless_file_is_exact(save, kind):
    path = save(encoded(pil(noise()), kind), "no suffix needed")
    picture = read(path)
    close(picture, noise() / 255, 1e-6)
    assert picture.alpha is None
    assert picture.name == "no suffix needed"
    assert picture.sha256 == sha256(path.read_bytes()).hexdigest()
    assert picture.rgb.dtype == torch.float32


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_lossy_file_is_near(save, kind):
    picture = read(str(save(encoded(pil(smooth()), kind, quality=95))))
    assert np.abs(hwc(picture.rgb) - smooth() / 255).mean() < 0.02


def test_heic(save):
    plugin = pytest.importorskip("pillow_heif")
    exif = PilImage.Exif()
    for orientation in (1, 6):
        exif[0x0112] = orientation
        heif = plugin.from_pillow(pil(smooth()))
        heif.info["exif"] = exif.tobytes()
        file = BytesIO()
        heif.save(file, quality=95)
        picture = read(save(file.getvalue()))
        upright = TURNED[orientation](smooth()) / 255
        assert np.abs(hwc(picture.rgb) - upright).mean() < 0.02


def test_heic_without_its_package(save, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(BadImage, match=re.escape("wasserstyle[heif]")):
        read(save(b"\0\0\0\x18ftypheic" + bytes(40)))


def test_gif_gives_its_first_frame(save):
    frames = [PilImage.new("P", (4, 3), i) for i in (0, 1)]
    for frame in frames:
        frame.putpalette([250, 0, 0, 0, 250, 0])
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    close(read(save(data)), np.full((3, 4, 3), [250 / 255, 0, 0]), 1e-6)


def test_palette_with_transparency(save):
    palette = PilImage.new("P", (2, 1))
    palette.putpalette([255, 0, 0, 0, 0, 255])
    palette.putpixel((1, 0), 1)
    picture = read(save(encoded(palette, "PNG", transparency=bytes([51, 255]))))
    close(picture, [[[1, 0, 0], [0, 0, 1]]], 1e-6)
    np.testing.assert_allclose(picture.alpha.flatten(), [0.2, 1])


def test_colour_key_transparency(save):
    pixels = np.array([[[1, 2, 3], [4, 5, 6]]], np.uint8)
    picture = read(save(encoded(pil(pixels), "PNG", transparency=(1, 2, 3))))
    assert picture.alpha.flatten().tolist() == [0, 1]
    close(picture, pixels / 255, 1e-6)


def test_one_bit(save):
    bits = noise(8, 8, 1)[..., 0] > 99
    close(read(save(encoded(pil(bits), "PNG"))), bits[..., None].repeat(3, 2), 0)


def test_grey_and_alpha(save):
    data = noise(channels=2)
    picture = read(save(encoded(pil(data), "PNG")))
    close(picture, data[..., :1].repeat(3, 2) / 255, 1e-6)
    np.testing.assert_allclose(hwc(picture.alpha)[..., 0], data[..., 1] / 255, atol=1e-6)


def test_colour_under_alpha_is_kept(save):
    data = noise(channels=4)
    picture = read(save(encoded(pil(data), "PNG")))
    close(picture, data[..., :3] / 255, 1e-6)


def test_opaque_alpha_is_dropped(save):
    data = noise(channels=4)
    data[..., 3] = 255
    assert read(save(encoded(pil(data), "PNG"))).alpha is None


def test_cmyk_jpeg_without_profile(save):
    ink = PilImage.new("CMYK", (16, 16), (255, 0, 0, 51))
    close(
        read(save(encoded(ink, "JPEG", quality=100))), np.full((16, 16, 3), [0, 0.8, 0.8]), 0.02
    )


@pytest.mark.parametrize(
    "mode",
    ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "YCbCr", "HSV", "CMYK", "LAB"],
)
def test_every_mode_of_pillow(mode):
    assert read(PilImage.new(mode, (3, 2))).rgb.shape == (1, 3, 2, 3)


def test_pillow_deep_grey():
    deep = np.array([[0, 257, 65535]], np.uint16)
    expected = (deep / 65535)[..., None].repeat(3, 2)
    for mode in (pil(deep), pil(deep.astype(np.int32)), pil((deep / 65535).astype(np.float32))):
        close(read(mode), expected, 1e-6)
    with pytest.raises(BadImage, match="32-bit integers"):
        read(pil(np.array([[70000]], np.int32)))


# ------------------------------------------------------------------ more than 8 bits


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_png_keeps_16_bits(save, channels):
    data = noise(channels=channels, dtype=np.uint16)
    picture = read(save(imagecodecs.png_encode(data)))
    colours = 1 if channels < 3 else 3
    expected = np.broadcast_to(data[..., :colours] / 65535, (24, 32, 3))
    close(picture, expected, 0.01 / 65535 + 1e-7)
    assert (picture.alpha is not None) == (channels in (2, 4))


@pytest.mark.parametrize("compression", [None, "lzw", "zlib"])
@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_tiff_keeps_16_bits(save, compression, byteorder):
    data = noise(dtype=np.uint16)
    file = tiff(data, photometric="rgb", compression=compression, byteorder=byteorder)
    close(read(save(file)), data / 65535, 1e-6)


@pytest.mark.parametrize("bigtiff", [False, True])
def test_tiff_planes_tiles_and_float(save, bigtiff):
    planes = noise(dtype=np.uint16).transpose(2, 0, 1)
    file = tiff(planes, photometric="rgb", planarconfig="separate", bigtiff=bigtiff)
    close(read(save(file)), planes.transpose(1, 2, 0) / 65535, 1e-6)
    tiled = tiff(noise(dtype=np.uint16), photometric="rgb", tile=(16, 16), bigtiff=bigtiff)
    close(read(save(tiled)), noise(dtype=np.uint16) / 65535, 1e-6)
    floats = hwc(image())
    close(read(save(tiff(floats, photometric="rgb", bigtiff=bigtiff))), floats, 0)


def test_tiff_greys(save):
    grey = noise(channels=1, dtype=np.uint16)[..., 0]
    expected = (grey / 65535)[..., None].repeat(3, 2)
    close(read(save(tiff(grey))), expected, 1e-6)
    close(read(save(tiff(grey, photometric="miniswhite"))), 1 - expected, 1e-6)


@pytest.mark.parametrize(("kind", "straight"), [("unassalpha", True), ("assocalpha", False)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_tiff_alpha(save, kind, straight, dtype):
    top = np.iinfo(dtype).max
    data = np.array([[[top // 5, 0, top // 5, top // 5], [9, 9, 9, top]]], dtype)
    picture = read(save(tiff(data, photometric="rgb", extrasamples=[kind])))
    close(picture, [[[0.2, 0, 0.2] if straight else [1, 0, 1], [9 / top] * 3]], 1e-6)
    np.testing.assert_allclose(picture.alpha.flatten(), [0.2, 1])


def test_tiff_channel_of_unknown_meaning_is_ignored(save):
    data = noise(channels=4, dtype=np.uint16)
    picture = read(save(tiff(data, photometric="rgb", extrasamples=["unspecified"])))
    assert picture.alpha is None


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_tiff_cmyk(save, dtype):
    top = np.iinfo(dtype).max
    ink = np.zeros((2, 2, 4), dtype)
    ink[...] = [top, 0, 0, top // 5]
    picture = read(save(tiff(ink, photometric="separated")))
    close(picture, np.full((2, 2, 3), [0, 0.8, 0.8]), 1e-6)


@pytest.mark.parametrize(("dtype", "white"), [(np.int8, 255), (np.int16, 65535)])
def test_tiff_lab(save, dtype, white):
    step = 1 if dtype == np.int8 else 256
    # sRGB red is L 54.29, a 80.8, b 69.9 under D50
    codes = np.array([[[white * 0.5429, 81 * step, 70 * step], [white, 0, 0]]])
    data = codes.round().astype(np.int32).astype(dtype).view(dtype.__name__.replace("i", "ui"))
    close(read(save(tiff(data, photometric="cielab"))), [[[1, 0, 0], [1, 1, 1]]], 0.02)


def test_odd_tiffs_are_refused(save):
    wide = tiff(noise(channels=20, dtype=np.uint16), photometric="rgb", planarconfig="contig")
    volume = tiff(np.zeros((2, 16, 16), np.uint16), volumetric=True, tile=(2, 16, 16))
    signed = tiff(noise(dtype=np.uint16).astype(np.int16), photometric="rgb")
    hdr = tiff(hwc(image()) * 9, photometric="rgb")
    for data, words in (
        (wide, "channels"),
        (volume, "axes"),
        (signed, "int16"),
        (hdr, "floats"),
    ):
        with pytest.raises(BadImage, match=words):
            read(save(data))
    lab = tiff(hwc(image()), photometric="cielab")
    with pytest.raises(BadImage, match="Lab"):
        read(save(lab))


# ------------------------------------------------------------------ orientation


TURNED = {
    1: lambda a: a,
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: lambda a: np.fliplr(np.rot90(a, -1)),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.fliplr(np.rot90(a, 1)),
    8: lambda a: np.rot90(a, 1),
}


@pytest.mark.parametrize("orientation", TURNED)
def test_orientation_is_applied(save, orientation):
    exif = PilImage.Exif()
    exif[0x0112] = orientation
    data = noise(3, 5, 4)
    data[..., 3] //= 2
    upright = TURNED[orientation](data) / 255
    for kind in ("PNG", "TIFF"):
        picture = read(save(encoded(pil(data), kind, exif=exif)))
        close(picture, upright[..., :3], 1e-6)
        np.testing.assert_allclose(hwc(picture.alpha), upright[..., 3:], atol=1e-6)
    jpeg = save(
        encoded(pil(np.kron(data[..., :3], np.ones((16, 16, 1), np.uint8))), "JPEG", exif=exif)
    )
    centres = hwc(read(jpeg).rgb)[8::16, 8::16]
    np.testing.assert_allclose(centres, upright[..., :3], atol=0.1)
    deep = noise(3, 5, 3, np.uint16)
    tagged = tiff(deep, photometric="rgb", extratags=[(274, "H", 1, orientation, True)])
    close(read(save(tagged)), TURNED[orientation](deep) / 65535, 1e-6)


def test_orientation_of_16_bit_png(save):
    exif = PilImage.Exif()
    exif[0x0112] = 6
    deep = noise(3, 5, 3, np.uint16)
    plain = imagecodecs.png_encode(deep)
    data = exif.tobytes().removeprefix(b"Exif\0\0")
    crc = imagecodecs.zlib_crc32(b"eXIf" + data)
    chunk = len(data).to_bytes(4) + b"eXIf" + data + crc.to_bytes(4)
    close(read(save(plain[:33] + chunk + plain[33:])), np.rot90(deep, -1) / 65535, 1e-6)


def test_broken_exif_is_ignored(save):
    data = encoded(pil(smooth()), "WEBP", lossless=True, exif=b"Exif\0\0II*\0")
    close(read(save(data)), smooth() / 255, 1e-6)


def test_pillow_image_carries_orientation_and_name(save):
    exif = PilImage.Exif()
    exif[0x0112] = 8
    path = save(encoded(pil(noise(3, 5)), "PNG", exif=exif), "turned.png")
    with PilImage.open(path) as opened:
        picture = read(opened)
    assert picture.name == "turned.png"
    close(picture, np.rot90(noise(3, 5)) / 255, 1e-6)


# ------------------------------------------------------------------ colour profiles

ADOBE = imagecodecs.cms_profile("adobergb")


def adobe_to_srgb(values):
    """The published matrices, with the transfer curves of both spaces."""
    linear = np.asarray(values, float) ** (563 / 256)
    matrix = [[1.39836, -0.39836, 0], [0, 1, 0], [0, -0.04293, 1.04293]]
    linear = (linear @ np.transpose(matrix)).clip(0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


INSIDE = np.array([[[100, 150, 120], [200, 180, 90], [60, 60, 60]]], np.uint8)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_profile_moves_8_bit_colours(save, kind):
    picture = read(save(encoded(pil(INSIDE), kind, icc_profile=ADOBE)))
    close(picture, adobe_to_srgb(INSIDE / 255), 1 / 255)
    assert np.abs(hwc(picture.rgb) - INSIDE / 255).max() > 10 / 255


def test_profile_keeps_alpha(save):
    data = np.dstack([INSIDE, np.full((1, 3), 51, np.uint8)])
    picture = read(save(encoded(pil(data), "PNG", icc_profile=ADOBE)))
    close(picture, adobe_to_srgb(INSIDE / 255), 1 / 255)
    np.testing.assert_allclose(picture.alpha.flatten(), 0.2)


def test_profile_keeps_16_bits(save):
    ramp = np.linspace(9000, 60000, 3000).astype(np.uint16).reshape(50, 60, 1).repeat(3, 2)
    ramp[..., 1] //= 2
    ramp[..., 1] += 20000
    picture = read(save(tiff(ramp, photometric="rgb", iccprofile=ADOBE)))
    close(picture, adobe_to_srgb(ramp / 65535), 1 / 255 / 4)
    assert len(picture.rgb[0, 2].unique()) > 2500


def test_profile_of_16_bit_png(save):
    deep = INSIDE.astype(np.uint16) * 257
    plain = imagecodecs.png_encode(deep)
    data = b"x\0\0" + imagecodecs.zlib_encode(ADOBE)
    crc = imagecodecs.zlib_crc32(b"iCCP" + data)
    chunk = len(data).to_bytes(4) + b"iCCP" + data + crc.to_bytes(4)
    close(read(save(plain[:33] + chunk + plain[33:])), adobe_to_srgb(INSIDE / 255), 1 / 255)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_grey_profile(save, dtype):
    top = np.iinfo(dtype).max
    linear = imagecodecs.cms_profile("gray", gamma=1.0)
    grey = np.array([[0, top // 5, top]], dtype)
    picture = read(save(tiff(grey, iccprofile=linear)))
    middle = 1.055 * 0.2 ** (1 / 2.4) - 0.055
    close(picture, np.array([[0, middle, 1]])[..., None].repeat(3, 2), 1 / 255)


def cmyk_profile():
    """Cyan ink prints red and other inks nothing, black ink is black: Lab at 16 corners."""
    cyan, _, _, black = np.indices((2, 2, 2, 2)).reshape(4, 16)
    colour = np.where(cyan[:, None], [138, 209, 198], [255, 128, 128])
    corners = np.where(black[:, None], [0, 128, 128], colour).astype(np.uint8)
    straight = bytes(range(256))
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0])
    table += (np.eye(3) * 65536).astype(">i4").tobytes()
    table += straight * 4 + corners.tobytes() + straight * 3
    head = bytes(4) + bytes(4) + b"\x02\x40\0\0" + b"prtrCMYKLab " + bytes(12) + b"acsp"
    head = head.ljust(68, b"\0") + np.array([0xF6D6, 0x10000, 0xD32D], ">u4").tobytes()
    tags = b"\0\0\0\x01A2B0" + (144).to_bytes(4) + len(table).to_bytes(4)
    body = head.ljust(128, b"\0") + tags + table
    return len(body).to_bytes(4) + body[4:]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_cmyk_profile(save, dtype):
    top = np.iinfo(dtype).max
    ink = np.array([[[top, 0, 0, 0], [0, top, 0, 0], [0, 0, 0, top]]], dtype)
    picture = read(save(tiff(ink, photometric="separated", iccprofile=cmyk_profile())))
    close(picture, [[[1, 0, 0], [1, 1, 1], [0, 0, 0]]], 0.02)


def test_cmyk_jpeg_with_profile(save):
    ink = PilImage.new("CMYK", (16, 16), (255, 0, 0, 0))
    data = encoded(ink, "JPEG", quality=100, icc_profile=cmyk_profile())
    close(read(save(data)), np.full((16, 16, 3), [1, 0, 0]), 0.03)


def test_rgb_profile_on_grey_pixels(save):
    grey = INSIDE[..., 0]
    picture = read(save(encoded(pil(grey), "PNG", icc_profile=ADOBE)))
    close(picture, adobe_to_srgb(grey[..., None].repeat(3, 2) / 255), 1 / 255)


@pytest.mark.parametrize(
    "profile", [b"nonsense", ADOBE[:200], imagecodecs.cms_profile("gray", gamma=1.0)]
)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_profile_that_does_not_fit_is_ignored(save, profile, dtype):
    data = noise(dtype=dtype)
    picture = read(save(tiff(data, photometric="rgb", iccprofile=profile)))
    close(picture, data / np.iinfo(dtype).max, 1e-6)


# ------------------------------------------------------------------ memory


def test_arrays_agree():
    data = noise()
    same = [
        data,
        data.astype(np.uint16) * 257,
        data / 255,
        (data / 255).astype(np.float32),
        torch.from_numpy(data).permute(2, 0, 1),
        torch.from_numpy(data / 255).permute(2, 0, 1)[None].requires_grad_(),
        pil(data),
    ]
    pictures = [read(source) for source in same]
    for picture in pictures:
        close(picture, data / 255, 1e-6)
        assert picture.name == "image"
    assert len({p.sha256 for p in (pictures[0], pictures[4], pictures[6])}) == 1
    assert read(data[::-1]).sha256 != pictures[0].sha256


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_channels_of_arrays(channels):
    data = noise(channels=channels)
    picture = read(data)
    colours = 1 if channels < 3 else 3
    close(picture, np.broadcast_to(data[..., :colours] / 255, (24, 32, 3)), 1e-6)
    assert (picture.alpha is None) == (channels == 1)
    if channels != 2:
        tensor = read(torch.from_numpy(data).permute(2, 0, 1))
        assert torch.equal(tensor.rgb, picture.rgb)


def test_flat_array_and_low_precision():
    close(read(noise()[..., 0]), noise()[..., :1].repeat(3, 2) / 255, 1e-6)
    close(read(image().bfloat16()), hwc(image()), 1 / 128)
    close(read(noise().astype(">u2") * 257), noise() / 255, 1e-6)


def test_picture_is_returned_as_it_is():
    picture = read(noise())
    assert read(picture) is picture


def test_rounding_of_floats_is_cut():
    assert read(image() * 0 + 1.0005).rgb.max() == 1


def test_input_is_not_shared():
    data = hwc(image()).copy()
    picture = read(data)
    data[:] = 0
    assert picture.rgb.max() > 0.5


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (np.zeros((2, 3, 5), np.uint8), "shape"),
        (np.zeros(4), "shape"),
        (np.zeros((0, 4, 3)), "no pixels"),
        (np.zeros((4, 4), np.int64), "dtype"),
        (np.zeros((4, 4), bool), "dtype"),
        (np.zeros((4, 4), np.uint32), "dtype"),
        (np.full((4, 4), np.nan), "NaN"),
        (np.full((4, 4), 255.0), "floats"),
        (np.full((4, 4), -0.1), "floats"),
        (torch.zeros(2, 3, 4, 4), "one picture at a time"),
        (torch.zeros(4, 4), "shape"),
        (torch.zeros(3, 4, 4, dtype=torch.int64), "dtype"),
        (torch.zeros(3, 4, 4) - 1, "floats"),
    ],
)
def test_bad_arrays(source, words):
    with pytest.raises(BadImage, match=words) as error:
        read(source)
    assert str(error.value).startswith("image: ")
    assert "\n" not in str(error.value)


def test_pixel_limit_holds_in_memory():
    huge = np.broadcast_to(np.uint8(0), (1, MAX_PIXELS + 1))
    with pytest.raises(BadImage, match="200,000,000"):
        read(huge)


def test_closed_pillow_image(save):
    path = save(encoded(pil(noise()), "PNG"), "closed.png")
    opened = PilImage.open(path)
    opened.close()
    with pytest.raises(BadImage, match=r"closed\.png"):
        read(opened)


def test_composite():
    data = np.array([[[255, 0, 0, 51]]], np.uint8)
    picture = read(data)
    np.testing.assert_allclose(composite(picture).flatten(), [1, 0.8, 0.8], atol=1e-6)
    black = composite(picture, (0, 0, 0))
    np.testing.assert_allclose(black.flatten(), [0.2, 0, 0], atol=1e-6)
    opaque = read(noise())
    assert composite(opaque) is opaque.rgb


# ------------------------------------------------------------------ what cannot be read


@pytest.mark.parametrize("depth", [8, 16])
def test_bomb_is_refused_before_decoding(save, depth):
    with pytest.raises(BadImage, match="60000 x 60000"):
        read(save(forged_png(60000, 60000, depth)))


def test_tiff_bomb(save):
    for array in (noise(dtype=np.uint16), noise()):
        file = BytesIO(tiff(array, photometric="rgb"))
        with tifffile.TiffFile(file, mode="r+b") as opened:
            for tag in ("ImageWidth", "ImageLength"):
                opened.pages.first.tags[tag].overwrite(60000)
            data = file.getvalue()
        with pytest.raises(BadImage, match="60000"):
            read(save(data))


def test_large_but_allowed_header_gives_no_warning(save):
    with pytest.raises(BadImage, match="decoded"):  # cut short, yet its size is allowed
        read(save(forged_png(10000, 19000)))


def test_large_grey_tiff_gives_no_warning(save):
    file = BytesIO(tiff(noise(channels=1)[..., 0]))
    with tifffile.TiffFile(file, mode="r+b") as opened:
        opened.pages.first.tags["ImageWidth"].overwrite(50_000)
        opened.pages.first.tags["ImageLength"].overwrite(2_000)
        data = file.getvalue()
    with pytest.raises(BadImage, match="truncated"):
        read(save(data))


def test_tiff_with_a_huge_tile(save):
    file = BytesIO(tiff(noise(dtype=np.uint16), photometric="rgb", tile=(16, 16)))
    with tifffile.TiffFile(file, mode="r+b") as opened:
        for tag in ("TileWidth", "TileLength"):
            opened.pages.first.tags[tag].overwrite(65520)
        data = file.getvalue()
    with pytest.raises(BadImage, match="65520"):
        read(save(data))


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_tiff_with_lost_tiles(save, compression):
    whole = tiff(
        noise(dtype=np.uint16), photometric="rgb", tile=(16, 16), compression=compression
    )
    for tag in ("ImageLength", "TileByteCounts"):
        file = BytesIO(whole)
        with tifffile.TiffFile(file, mode="r+b") as opened:
            found = opened.pages.first.tags[tag]
            found.overwrite(240 if tag == "ImageLength" else (0, *found.value[1:]))
            data = file.getvalue()
        with pytest.raises(BadImage, match="lost"):
            read(save(data))


@pytest.mark.parametrize("cut", [0.2, 0.5, 0.95])
@pytest.mark.parametrize(
    "kind", ["JPEG", "PNG", "TIFF", "WEBP", "BMP", "GIF", "png16", "tiff16", "lzw16"]
)
def test_truncated(save, kind, cut):
    deep = noise(dtype=np.uint16)
    if kind == "png16":
        data = imagecodecs.png_encode(deep)
    elif kind == "tiff16":
        data = tiff(deep, photometric="rgb")
    elif kind == "lzw16":
        data = tiff(deep, photometric="rgb", compression="lzw", rowsperstrip=4)
    else:
        data = encoded(pil(noise()), kind)
    with pytest.raises(BadImage, match=f"cut.{kind}") as error:
        read(save(data[: int(len(data) * cut)], f"cut.{kind}"))
    assert "\n" not in str(error.value)


def test_what_is_no_picture(save, tmp_path):
    cases = [
        (save(b"dear diary,\n", "text.jpg"), "not a picture"),
        (save(b"", "empty.png"), "empty"),
        (save(b"BM is how this text begins", "text.bmp"), "decoded"),
        (tmp_path / "missing.png", "No such file"),
        (tmp_path, "directory"),
    ]
    for path, words in cases:
        with pytest.raises(BadImage, match=words) as error:
            read(path)
        assert str(error.value).startswith(str(path))
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1)])
def test_extreme_sizes_are_readable(save, size):
    picture = read(save(encoded(pil(noise(*size)), "PNG")))
    close(picture, noise(*size) / 255, 1e-6)
    for channels in (1, 3):
        deep = noise(*size, channels, np.uint16)
        kind = "rgb" if channels == 3 else "minisblack"
        picture = read(save(tiff(deep[..., 0] if channels == 1 else deep, photometric=kind)))
        close(picture, np.broadcast_to(deep / 65535, (*size, 3)), 1e-6)


def test_zero_sized(save):
    with pytest.raises(BadImage):
        read(save(forged_png(0, 5)))
    tags = ImageFileDirectory_v2()
    tags[256] = tags[257] = 0
    with pytest.raises(BadImage):
        read(save(b"II*\0\x08\0\0\0" + tags.tobytes(8)))
    with pytest.raises(BadImage, match="no pixels"):
        read(PilImage.new("RGB", (0, 3)))


def test_other_types():
    with pytest.raises(BadImage, match="dict"):  # the type checker of the tests guards `read`
        _from_memory({})
