"""A site's folder → its first settings; and one of its files → how it is read by them.

    first_settings.py  start here: a folder → seealso.toml, and what it makes of the folder
    candidates.py      whose site it may be, and where its content may lie
    evidence.py        what the posts themselves say: keys of their own, the site's address, the rule of its URLs
    settings_text.py   the text of seealso.toml, with a comment for every line
    inspection.py      one file: what of it counts, its URL, language and date, its links, and why

Nothing of it is needed once a site is set up. Reads the content folder, never an index but to say whether a post is
in it.
"""
