"""The studio: a web page on this machine, a project folder, a queue and a process that paints.

The server takes pictures and orders, the worker paints one job after the other, and everything
is in the project folder before anyone is told about it: killed at any moment, nothing is lost.
"""
