"""``wasserstyle cite``: BibTeX of what was used."""

from typing import Annotated

import typer


def cite(name: Annotated[str, typer.Argument(help="A method.")] = "strotss") -> None:
    """Print BibTeX for a method, for the network it looks through, and for this program."""
    from wasserstyle import methods

    print("\n\n".join(methods.bibtex(key) for key in methods.citations(name)))
