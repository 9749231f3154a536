"""The processes of `manage.py serve`: two embedded servers and four of our own.

Only the standard library is used here, so that this part works before anything else does.
"""
