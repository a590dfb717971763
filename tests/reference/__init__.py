"""Independent oracles: nothing in this folder may import wasserstyle."""
