"""Painting videos: frame by frame, steady, with their sound, and to go on after a stop.

* ``files``: frames out of a file and into one, piece by piece (PyAV).
* ``smooth``: what keeps still parts still, and the figure that says how still they are.
* ``run``: one video from beginning to end.
"""
