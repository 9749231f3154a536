"""The allocation statement: what a channel had of an event, every change of it, what it has.

``account`` reads it and proves that it adds up, ``lines`` puts it into words for who reads it,
``table`` makes rows of it for files.
"""
