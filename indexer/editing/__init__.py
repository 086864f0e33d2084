"""Suggestions for editors, their decisions, and what is written back into the files of posts, and the settings.

    suggestions.py  start here: suggestions for a post with its file as it is now, or for a draft
    decisions.py    what editors dismissed or put off: its file, and which decisions still stand
    queue.py        posts worth a look, the emptiest and newest first
    write_back.py   accepted targets → the post's file with one list longer, as an Edit; names in it mended or removed
    steering.py     pins and search aliases in posts, synonyms in the settings: written or taken away, as an Edit
    verifying.py    whether a change of front matter says what was intended
    edit.py         an Edit: a file before and after
    saving.py       an Edit → the disk, all of it or nothing
    document.py     the front matter of a file, down to the byte
    list_edit.py    a list in front matter: its style, and splices; yaml_edit.py and toml_edit.py make them
    style.py        how a site writes its lists; name_style.py: how it writes names in them
    journal.py      who did what: a line for each write
    undo.py         the last of them taken back
    changes.py      which files are no longer as the index knows them
    collected.py    what is accepted where nothing is written into posts, as one patch or a commit
    git.py          posts that have changed since a revision, and files that were renamed
    branch.py       edits → a commit on a branch of their own

Knows the published snapshot.
"""
