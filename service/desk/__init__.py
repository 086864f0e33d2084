"""The desk at /desk/: pages on which editors decide, all of which work without a script.

door.py        who may open it: the gate before each page, signing in and out. Start here
sessions.py    signed in: a token once, from then on a cookie that is signed, short-lived and can be ended
pages.py       the pages and what their forms do
"""
