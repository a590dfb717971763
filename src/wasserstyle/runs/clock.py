"""How long something takes, in words."""


def clock(seconds: float) -> str:
    """Minutes and seconds; after an hour with hours before them.

    >>> clock(125.9), clock(4503.9)
    ('2:05', '1:15:03')
    """
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
