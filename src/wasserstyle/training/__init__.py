"""Training of networks: from two folders of pictures to weights.

* ``run``: one training from beginning to end.
* ``data``: crops by number of the step, so that a resumed run sees what it would have seen.
* ``mirror``: the decoder in closed form, and how a network begins with it.
* ``inverse``: the decoder as an inverse of the encoder, by descent.
* ``transfer``: a network learns from contents and styles.
* ``evening``: the last lesson, in which a trained decoder loses its grid and its eyes.
* ``copying``: an encoder and a decoder of their own learn to see and to give pictures back.
* ``descent``: the step of a network.
* ``loop``: steps, checkpoints, averages of weights; the same for all.
* ``grid``, ``logs``, ``card``: what a training is judged by, and what it leaves.
"""
