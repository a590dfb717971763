"""Terms of an objective: pure functions of clouds of features."""
