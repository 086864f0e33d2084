"""The links that people made by hand: which posts an editor put beside which, and which bodies point where.

    names.py        every way a post may be named → the post
    graph.py        start here: the lists and links of a whole corpus, with what leads nowhere
    meant.py        a name that leads nowhere → the posts it may mean, and which of them is beyond doubt
    check.py        start here: a content folder → all in its lists and links that is broken or to be looked at
    reach.py        where links lead: what nobody can come to
    repair.py       references that are beyond doubt → the name to write instead
    writeback.py    start here: what an editor accepts → the post's file with one list longer, as an Edit
    saving.py       an Edit → the disk, whole or not at all
    front.py        the front matter of a file down to the byte; lists.py, yaml_list.py and toml_list.py change it
    style.py      how a site writes its lists; spelling.py, how it writes names in them
    decisions.py    what editors dismissed or put off: the file, and what it says of the posts as they are now
    simhash.py  a text → 64 bits that hardly change where it hardly does
    advice.py       suggestions as they are after what was decided
    changed.py      the posts that were touched since a revision, and renames.py what files were called; git.py asks git

May import model, posts, stored and beside; what writes back, decides or advises also the generation that is published.
check.py stands on all of a build up to the relations, and is imported by its command only.
"""
