import pytest

from wasserstyle.cli import main

QUICK = ["-s", "iterations=3", "-s", "samples=64", "-s", "style_pool=200"]


@pytest.fixture
def run(capsys):
    """Run the command line in process; return exit code, stdout and stderr."""

    def call(*arguments):
        with pytest.raises(SystemExit) as stop:
            main([str(a) for a in arguments])
        captured = capsys.readouterr()
        return stop.value.code, captured.out, captured.err

    return call


@pytest.fixture
def transfer(run, photograph, painting):
    """A quick transfer of the example pair to a file, with more arguments."""

    def call(out, *arguments, content=photograph, style=painting):
        styles = style if isinstance(style, list) else [style]
        return run("transfer", content, *styles, "-o", out, "--size", 64, *QUICK, *arguments)

    return call
