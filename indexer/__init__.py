"""Files in, one published generation out, and the read side of what it published.

    posts/       READ     front matter and Markdown → Post, Corpus
    analysis.py           text → terms, one definition for every engine and for the vectors
    fulltext/    SEARCH   a query in, ranked hits out, behind one seam
    similarity/  RELATE   TF-IDF vectors, neighbours, and the reasons for a suggestion
    curation/    CURATE   the graph of links that people made by hand
    generation.py PUBLISH lock, manifest, verify, switch, roll back
    build.py              the pipeline, readable top to bottom
    cli/                  the command `seealso`

Start with build.py. Nothing here imports `service`.
"""
