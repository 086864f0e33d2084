"""What editors are told, what they decide, and how it is written back.

    suggestions.py     start here: suggestions for a post, with its file as it is now
    with_decisions.py  suggestions as they are after what was decided
    drafts.py          a text that is not published, compared with the posts that are
    decisions.py       what editors dismissed or put off: the file, and what it says of the posts as they are now
    write_back.py      what an editor accepts → the post's file with one list longer, as an Edit
    edit.py            an Edit: a file before and after
    saving.py          an Edit → the disk, whole or not at all
    document.py        the front matter of a file down to the byte
    list_edit.py       a list in front matter; yaml_edit.py and toml_edit.py change it
    style.py           how a site writes its lists; name_style.py, how it writes names in them
    git.py             git asked; changed.py: posts touched since a revision; renames.py: what files were called

Knows the snapshot that is published.
"""
