"""What lies on disk, from its bytes to its reader, and how it gets there without ever being half there.

    generation.py        start here: lock, seal, publish, prune, roll back
    sealed_files.py      the files of one generation, checked before anybody sees a byte
    manifest.py          what a generation is, and every file with its SHA-256
    posts.py             the facts and the text of every post
    report.py            what a build found to mend
    arrays.py            arrays, lists of texts and lists of numbers as .npy files
    durable.py           one lock; one way to replace a file
    state_directory.py   .seealso, where decisions and tokens lie
    regular_files.py     opening what somebody else may have replaced
    bounded_cache.py     what is kept in memory from request to request
    damage.py            what is said of a generation that cannot be used

Knows the model, the settings and the errors.
"""
