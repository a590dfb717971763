import json

import pytest
import tifffile
from PIL import Image as PilImage
from PIL.PngImagePlugin import PngInfo

from image.pictures import image, noise, pil
from wasserstyle.errors import BadRecipe, CannotWrite
from wasserstyle.image import read_recipe, write

SUFFIXES = [".png", ".jpg", ".webp", ".tif"]
RECIPE = {
    "method": "strotss",
    "style": ["tr\u00e8s 'fine'.jpg", '日本 "quoted"\n', "C:\\pictures", "\0", "\udcff"],
    "nested": {"steps": 200, "rate": 2e-3, "seed": None, "on": True},
}


def test_key_order_does_not_change_the_file(tmp_path):
    forwards = write(image(), tmp_path / "a.png", recipe={"a": 1, "b": 2}).read_bytes()
    backwards = write(image(), tmp_path / "b.png", recipe={"b": 2, "a": 1}).read_bytes()
    assert forwards == backwards


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_round_trip(tmp_path, suffix):
    path = write(image(), tmp_path / f"out{suffix}", recipe=RECIPE)
    assert read_recipe(path) == RECIPE
    assert read_recipe(str(path.rename(tmp_path / "no suffix"))) == RECIPE


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif"])
def test_long_recipe(tmp_path, suffix):
    recipe = {"trace": "x" * 300_000}
    assert read_recipe(write(image(), tmp_path / f"out{suffix}", recipe=recipe)) == recipe


def test_other_programs_find_the_recipe(tmp_path):
    text = json.dumps(RECIPE, sort_keys=True)
    with PilImage.open(write(image(), tmp_path / "out.png", recipe=RECIPE)) as opened:
        assert opened.text["wasserstyle"] == text
    for name in ("out.jpg", "out.webp"):
        with PilImage.open(write(image(), tmp_path / name, recipe=RECIPE)) as opened:
            assert opened.getexif().get_ifd(0x8769)[0x9286] == b"ASCII\0\0\0" + text.encode()
    with tifffile.TiffFile(write(image(), tmp_path / "out.tif", recipe=RECIPE)) as opened:
        assert opened.pages.first.description == text


def test_png_chunk_after_the_pixels(tmp_path):
    path = write(image(), tmp_path / "out.png", recipe=RECIPE)
    data = path.read_bytes()
    start = data.index(b"iTXt") - 4
    end = start + 12 + int.from_bytes(data[start : start + 4])
    path.write_bytes(data[:start] + data[end:-12] + data[start:end] + data[-12:])
    assert read_recipe(path) == RECIPE


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_no_recipe(tmp_path, suffix):
    path = write(image(), tmp_path / f"out{suffix}")
    with pytest.raises(BadRecipe, match="holds no recipe"):
        read_recipe(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("made by hand", "no valid recipe"),
        ("[1, 2]", "must be an object"),
        ('{"a": NaN}', "NaN"),
        ('{"a": ' * 100_000, "no valid recipe"),
        ('{"a": "%s"}' % ("x" * 1_000_000), "longer"),
    ],
)
def test_bad_text(tmp_path, text, words):
    chunks = PngInfo()
    chunks.add_itxt("wasserstyle", text)
    path = tmp_path / "out.png"
    pil(noise()).save(path, pnginfo=chunks)
    with pytest.raises(BadRecipe, match=words) as error:
        read_recipe(path)
    assert str(error.value).startswith(str(path))
    assert "\n" not in str(error.value)


def test_comment_of_another_program(tmp_path):
    exif = PilImage.Exif()
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0\xff\xfeh\0i\0"
    path = tmp_path / "out.jpg"
    pil(noise()).save(path, exif=exif)
    with pytest.raises(BadRecipe, match="holds no recipe"):
        read_recipe(path)


def test_what_holds_no_recipes(tmp_path):
    text, cut, gif = (tmp_path / name for name in ("a.png", "b.png", "c.png"))
    text.write_bytes(b"dear diary")
    cut.write_bytes(write(image(), tmp_path / "out.png", recipe=RECIPE).read_bytes()[:40])
    pil(noise()).save(gif, "GIF")
    for path, words in (
        (text, "PNG, JPEG, WebP or TIFF"),
        (gif, "PNG, JPEG, WebP or TIFF"),
        (cut, "decoded"),
        (tmp_path / "missing.png", "No such file"),
        (tmp_path, "directory"),
    ):
        with pytest.raises(BadRecipe, match=words) as error:
            read_recipe(path)
        assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        ({"loss": float("nan")}, "not JSON"),
        ({"path": {1, 2}}, "not JSON"),
        ({"a": "x" * 1_000_000}, "shorten"),
    ],
)
def test_recipe_that_cannot_be_written(tmp_path, recipe, words):
    with pytest.raises(CannotWrite, match=words):
        write(image(), tmp_path / "out.png", recipe=recipe)
    assert list(tmp_path.iterdir()) == []


def test_jpeg_has_little_room(tmp_path):
    with pytest.raises(CannotWrite, match="65,533") as error:
        write(image(), tmp_path / "out.jpg", recipe={"a": "x" * 65_500})
    assert ".png" in str(error.value)
    write(image(), tmp_path / "out.jpg", recipe={"a": "x" * 65_400})
