"""What is usual with each site generator, and how the generator of a site is found out.

    NAME.toml        one generator: the files that tell it, where its content lies, and its [content] settings
    profile.py       start here: the profile for a content folder → a table as in seealso.toml
    site_config.py   what a generator's own configuration says: address, languages, permalinks, collections

A profile holds no code: it is the `[content]` table that somebody who knows the generator would write. What stands in
seealso.toml counts before it, key by key. Imports nothing of this product but the errors.
"""
