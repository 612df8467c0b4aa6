"""Tools of development; a package, so that nothing installed under this name is taken for it."""
