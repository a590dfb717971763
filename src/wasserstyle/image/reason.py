"""What went wrong inside a library or the system, as words for a message of one line."""


def reason(error: Exception) -> str:
    """Return the system's words for an error, else its own, else its type."""
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(words.split())
