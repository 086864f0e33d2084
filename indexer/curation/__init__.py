"""The links that people made by hand: which posts an editor put beside which, and which bodies point where.

    names.py   every way a post may be named → the post
    graph.py   start here: the lists and links of a whole corpus, with what leads nowhere

May import model and posts.
"""
