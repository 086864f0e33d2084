"""What visitors ask: counted by question and day, without anything that says who asked.

    policy.py      start here: what of a question may be kept, in which form, and for how long
    keystrokes.py  the requests of one typing visitor → the question that was meant; in memory, for a minute at most
    storage.py     the questions of each day in SQLite, in the index folder beside the generations, never in one
    report.py      questions → tables, each with what to do about it

The service records (service/recorder.py), the command reads. The file lies with the index because that folder is on a
local disk, as SQLite's write-ahead log needs it, and out of git; a folder that belongs into git is no place for it.
"""
