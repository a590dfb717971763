"""One run as data: what was asked, on what machine, from which files; how to repeat it."""

from wasserstyle.runs.stylizer import Options, Result, Stylizer, stylize

__all__ = ["Options", "Result", "Stylizer", "stylize"]
