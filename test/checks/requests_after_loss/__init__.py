"""Modules of requests_after_loss.py:

losses.py	the ways in which a request's access ends, and returns
place.py	a holder with tokens, and what it has access to
rotation.py	secrets that are regenerated with an overlap
"""
