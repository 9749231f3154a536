"""What stands before Django in each web process (ADR 12).

A request is read whole, within limits of time and size, before a thread works on it; the threads are
few, the line before them is short, and whoever would wait too long in it is told to come back.
"""
