"""Kolkin, Salavon and Shakhnarovich, CVPR 2019, and the slides about it."""
