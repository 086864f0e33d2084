"""Related posts by what they are about.

    terms.py     a post → the terms that stand for it
    vectors.py   posts → TF-IDF vectors and the neighbours of every post; the only file that imports scikit-learn
    related.py   what was stored → lists for readers, suggestions with reasons for editors. Start here

May import model, errors, analysis, stored. related.py needs NumPy only, so the service stays small.
"""
