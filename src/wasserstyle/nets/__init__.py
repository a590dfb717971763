"""Trainable blocks that networks are built of, what they learn by, and their files.

* ``transfer``: what the networks are: a rule of matching, a decoder.
* ``attention``, ``statistics``: the rules.  * ``decoder``: features to an image.
* ``teaching``: losses of a batch.           * ``critic``: Wasserstein, per vector.
* ``units``: maps as networks see them.      * ``pieces``: pictures of any size.
* ``slim``: the small network of ``tiny``.   * ``reduced``: mixed precision.
* ``phases``: whether cells show as a grid.  * ``eyes``: whether there are any.
* ``files``: weights, of which ``data`` has those that come with the package.
"""
