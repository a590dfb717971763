"""A package, because two of its modules are called like modules of other folders."""
