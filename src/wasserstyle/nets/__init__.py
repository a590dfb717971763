"""Trainable blocks that feed-forward methods are built of, and their files.

* ``decoder``: features of relu4_1 back to an image.   * ``attention``: style by attention.
* ``statistics``: channels' means and deviations.      * ``critic``: Wasserstein, per vector.
"""
