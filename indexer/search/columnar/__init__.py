"""The columnar engine: NumPy arrays, mapped into memory and shared by all workers.

engine.py          start here: build, open, search
inverted_index.py  the arrays, drawn; written and read
scoring.py         a resolved query → a score for every post
phrases.py         phrase matching in the token stream
"""
