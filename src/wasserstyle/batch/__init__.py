"""Many jobs on one machine or many: a list, an executor, a place for the results.

>>> from wasserstyle import batch
>>> for done in batch.map(math.sqrt, [1, 4, 9], workers=2):  # doctest: +SKIP
...     print(done.number, done.value)
"""

from wasserstyle.batch.crew import map, opened
from wasserstyle.batch.executor import Crew, Done, Workers, in_order, results
from wasserstyle.batch.jobs import Job, read_jobs
from wasserstyle.batch.run import Ended, Outlook, look, paint_all

__all__ = [
    "Crew",
    "Done",
    "Ended",
    "Job",
    "Outlook",
    "Workers",
    "in_order",
    "look",
    "map",
    "opened",
    "paint_all",
    "read_jobs",
    "results",
]
