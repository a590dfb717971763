"""``wasserstyle doctor``: what this machine can do, and whether all parts are there."""


def doctor() -> None:
    """Report device, threads, arithmetic, memory, weights and their hashes."""
    from wasserstyle.runs.report import machine

    for name, value in machine().items():
        print(f"{name:14}{value}")
