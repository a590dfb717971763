from wasserstyle.image import pictures_in


def test_pictures_are_told_by_their_names(tmp_path):
    for name in ("b.JPG", "a.png", ".c.png", "._a.png", "notes.txt", "png", "deep/d.heic"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()
    assert pictures_in(tmp_path) == [tmp_path / "a.png", tmp_path / "b.JPG"]
    assert pictures_in(tmp_path, "**/*") == [*pictures_in(tmp_path), tmp_path / "deep/d.heic"]
    assert pictures_in(tmp_path / "nowhere") == []
