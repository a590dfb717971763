"""The pages of the methods are those that their classes make."""

from dataclasses import fields

import pytest

import method_pages
from wasserstyle import methods


def test_pages_on_disk_are_those_of_the_code():
    """Run scripts/method_pages.py after a change of a method."""
    for path, text in method_pages.pages().items():
        assert path.read_text("utf-8") == text, path.name


@pytest.mark.parametrize("name", methods.names())
def test_every_page_has_differences_settings_and_a_citation(name):
    page = method_pages.page(methods.get(name))
    differences = page.split("## Where we differ")[1].split("## Settings")[0]
    assert differences.count("\n| ") > 4
    for setting in fields(methods.get(name)):
        assert f"| `{setting.name}` |" in page
    assert methods.get(name).citation in page


def test_a_difference_without_its_columns_is_an_error():
    with pytest.raises(ValueError, match="2 columns of 3"):
        method_pages.split("Where we differ (a / b / c):\n\n* x: one / two.\n")
