"""The desk at /desk/: pages on which editors decide, all of which work without a script.

door.py        who may open it: the gate before each page, signing in and out. Start here
sessions.py    signed in: a token once, from then on a cookie that is signed, short-lived and can be ended
pages.py       the pages and what their forms do
pairs.py       one suggestion as it is shown, and as a form sends it back
texts.py       the texts of two posts beside each other, with what they share marked
questions.py   what visitors ask, and what a question shows them
steering.py    pins, search aliases and synonyms: what they would show, and what would be written
overview.py    the site in a few numbers
checking.py    what is broken or to be looked at
repairing.py   the ways to mend one of the findings, each with what it would write
deciding.py    what the forms write: accepted, dismissed, put off, repaired, steered, taken back
"""
