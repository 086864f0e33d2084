"""What is on disk, from its bytes to its readers, and how it is written so that no file is ever half written.

    generation.py        start here: lock, build, seal, publish, prune, roll back
    sealed_files.py      the files of one generation, checked before they are used
    manifest.py          what a generation was built from, and the SHA-256 of each of its files
    posts.py             the facts and the text of every post
    sections.py          texts that stay on disk while a site is built
    report.py            what a build found that needs mending
    last_build.py        how the last build ended
    since.py             what has changed since the last generation
    tables.py            the files of a room in a generation, declared once
    arrays.py            arrays, lists of strings and of integers as .npy files
    durable.py           a lock on a folder; atomic, durable replacement of a file
    state_directory.py   .seealso, with decisions, journal and tokens
    regular_files.py     opening files that somebody else may replace
    followed_file.py     a small file that others replace, read again where they did
    bounded_cache.py     caches that live from request to request
    memory.py            what a build has freed is given back to the system
    damage.py            the errors of a generation that cannot be used

Imports nothing of this product but the model and the errors.
"""
