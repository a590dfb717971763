"""How near a picture is to its content and its style, by numbers that no method minimises.

A picture is looked at once (``views``); metrics of content and of style are pure functions of
two views; ``scores`` is the table of them, ``brief`` the three that comparisons print. Numbers
are read in pairs and beside their anchors: the content itself is perfect in the first kind, the
style itself in the second.
"""
