"""What leaves the product as text.

serialize.py  start here: answers as JSON
schemas.py    the records that they are; the only place where keys are named
reasons.py    a suggestion in words: how sure, why, and what was decided of it before
export.py     readers' lists as a data file for static sites
assets.py     the scripts for browsers in assets/, see there for what each does
sanitize.py   somebody else's text on a line of ours: terminals, logs, annotations
"""
