"""The links that people made by hand: names of posts → posts, and who points to whom.

    resolver.py     every way a post may be named → the post
    graph.py        start here: the lists and links of a whole corpus, with what leads nowhere
    fuzzy_match.py  a name that leads nowhere → the posts it may mean, and which of them is beyond doubt

Knows content.
"""
