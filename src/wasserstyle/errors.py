"""All errors this package raises on purpose.

* StyleError                 what a shell catches: one clear line, exit code 2
  x BadImage                 a picture that cannot be read or used
  x CannotWrite              a picture that cannot be written
  x BadGuidance              masks or points that cannot be used
  x BadRecipe                no usable recipe inside a picture
  x BadWeights               a weight file of the wrong kind
  x UnknownMethod            no method of that name
  x BadSetting               an unknown setting, or a value out of range
  x NotEnoughMemory          the run would not fit; names the size that would
  x BadJobs                  a list of jobs in which something is wrong; names all of it
* Cancelled                  raised by an observer to end a run early; not an error
"""

from collections.abc import Sequence


class StyleError(Exception):
    """Base of every error raised on purpose; catch it at a shell's boundary."""


class BadImage(StyleError, ValueError):
    """A picture is missing, broken, too large, or not a picture."""


class CannotWrite(StyleError, OSError):
    """A picture cannot be written where it was asked for."""


class BadGuidance(StyleError, ValueError):
    """Masks or points do not fit each other, the pictures or the method."""


class BadRecipe(StyleError, ValueError):
    """A picture holds no recipe, or one that cannot be repeated."""


class BadWeights(StyleError, ValueError):
    """A weight file is missing or holds another network."""


class UnknownMethod(StyleError, LookupError):
    """No method has that name; the message lists the names that exist."""


class BadSetting(StyleError, ValueError):
    """A setting does not exist or its value is out of range."""


class NotEnoughMemory(StyleError, MemoryError):
    """The run would not fit into memory; the message names a size that would."""


class BadJobs(StyleError, ValueError):
    """Something is wrong in a list of jobs; ``problems`` has a line for each thing."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


class Cancelled(Exception):
    """Raised by an observer to end a run early."""
