"""One file for each version, from the first on; none is changed once it is out."""
