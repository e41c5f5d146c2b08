"""What a user configures: settings, secrets and the translation to one SDK, as Prefect blocks.

`prefect block register -m blocks` registers all of them.
"""
