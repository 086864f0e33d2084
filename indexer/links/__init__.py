"""Links that people made by hand: references → posts, and the graph of who points to whom.

    graph.py        start here: the lists and links of a whole corpus, and its broken references
    resolver.py     every way to name a post → the post
    link_texts.py   what other posts call a post where they link to it
    translations.py which posts are the same one in different languages
    fuzzy_match.py  a name that no post has → the posts that may be meant, and whether one of them is certain

Knows content.
"""
