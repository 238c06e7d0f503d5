"""What the command line does: a module for each command, with what it prints beside it.

`ddb_assets.cli` names the commands and their options. The work itself lies in the folders that these modules call, such
as `verify`, `restore`, `rewrite` and `sweep`, which print nothing. Only the command line imports this folder.
"""
