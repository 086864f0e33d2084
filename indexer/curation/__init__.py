"""The links that people made by hand: which posts an editor put beside which, and which bodies point where.

    names.py        every way a post may be named → the post
    graph.py        start here: the lists and links of a whole corpus, with what leads nowhere
    writeback.py    start here: what an editor accepts → the post's file with one list longer, as an Edit
    saving.py       an Edit → the disk, whole or not at all
    front.py        the front matter of a file down to the byte; lists.py, yaml_list.py and toml_list.py change it
    manners.py      how a site writes its lists; spelling.py, how it writes names in them
    decisions.py    what editors dismissed or put off: the file, and what it says of the posts as they are now
    fingerprint.py  a text → 64 bits that hardly change where it hardly does
    advice.py       suggestions as they are after what was decided
    changed.py      the posts that were touched since a revision; git.py asks git

May import model, posts and stored; what writes back, decides or advises also the generation that is published.
"""
