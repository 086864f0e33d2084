"""Files in, one published generation out, and the read side of what it published.

Layers, each of which knows only those below it (import-linter holds them in `make lint`):

    cli/ | service   the command; the HTTP service, a package of its own
    output/          answers as JSON, the only place where keys are named; exports
    build.py check/  the pipeline, readable top to bottom; what is broken in a site's lists and links
    setup/           the first settings of a site, and how one of its files is read by them
    editing/         suggestions for editors, their decisions, and what is written back
    snapshot.py      one generation, opened: what every answer is made of
    search/ related/ a query in, ranked hits out; the posts that belong beside one
    links/           names of posts → posts, and who points to whom
    content/         a folder of Markdown files → posts
    text/ auth.py    text → terms, in one token stream; tokens of editors
    store/           generations on disk: written durably, sealed, published, checked
    settings.py progress.py   seealso.toml → frozen records; how far a long piece of work is
    model.py errors.py   the domain's values, and everything that can go wrong

Start with build.py.
"""
