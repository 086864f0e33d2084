"""A folder of Markdown files with front matter → posts, and every file that did not become one, with the reason.

    site.py          start here: a whole content folder, on all cores, with no more work than is new
    reader.py        one file → a post
    files.py         which files there are, and their bytes
    front_matter.py  bytes → front matter and body, with limits that no file can get past
    fields.py        front matter → the fields of a post, under the keys that the settings name
    urls.py          the URL, date and language that a path gives; which links stay on the site
    markdown.py      body → plain-text sections with anchors, code apart from prose, link targets
    build_cache.py   what a generation keeps of its files, so that the next build reads only what changed
    pool.py          work that is shared out to processes
    shrink_guard.py  what is not published without being asked for: most posts gone

Knows text and store. One bad file is one line of the report, never the end of a build.
"""
