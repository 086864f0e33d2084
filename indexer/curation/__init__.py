"""The links that people made by hand: which posts an editor put beside which, and which bodies point where.

    names.py        every way a post may be named → the post
    graph.py        start here: the lists and links of a whole corpus, with what leads nowhere
    fingerprint.py  a text → 64 bits that hardly change where it hardly does
    decisions.py    what editors dismissed or put off: the file, and what it says of the posts as they are now
    advice.py       suggestions as they are after what was decided

May import model and posts; those below graph.py also the words of a build and, to answer, a generation that is opened.
"""
