"""Progress in plain lines, where there is no terminal."""

from wasserstyle.cli import counting as module
from wasserstyle.cli.counting import counting


def test_what_comes_before_the_first_is_said(capsys, monkeypatch):
    monkeypatch.setattr(module, "LINE_SECONDS", 0.0)
    with counting(3, quiet=False) as counter:
        counter.say("half of it")
        counter.update(3, "loss 1")
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["half of it", "100%  3/3  loss 1  0:00 left"]


def test_it_is_said_now_and_then_only(capsys):
    with counting(3, quiet=False) as counter:
        for _ in range(100):
            counter.say("half of it")
    assert capsys.readouterr().err == ""


def test_quiet_says_nothing(capsys, monkeypatch):
    monkeypatch.setattr(module, "LINE_SECONDS", 0.0)
    with counting(3, quiet=True) as counter:
        counter.say("half of it")
        counter.update(3, "loss 1")
    assert capsys.readouterr().err == ""
