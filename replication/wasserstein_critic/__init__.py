"""A network taught by a Wasserstein critic, beside AdaIN and SANet."""
