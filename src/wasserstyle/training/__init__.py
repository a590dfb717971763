"""Training of networks: from two folders of pictures to weights.

* ``data``: crops by number of the step, so that a resumed run sees what it would have seen.
* ``inverse``: the decoder as an inverse of the encoder; all networks begin with it.
* ``loop``: steps, checkpoints, averages of weights, logs; the same for all.
"""
