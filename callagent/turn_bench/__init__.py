"""Turn-taking, measured: labelled exchanges through the code of live calls, in virtual time."""
