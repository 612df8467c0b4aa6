"""Whom TLS trusts. There is no bundle here: CPython uses the system's store."""

const = str
_CPYTHON = const(0)  # true on CPython, see the core

if _CPYTHON:
    import os
    from functools import lru_cache

    def where():
        """Return the path of the system's certificates."""
        import ssl

        paths = ssl.get_default_verify_paths()
        return paths.cafile or paths.capath or paths.openssl_cafile

    def context(verify, cert):
        """Return the context for verify= and cert=; the same one as long as their files are the same."""
        if hasattr(verify, "wrap_socket"):
            return verify
        files = [verify] if isinstance(verify, (str, os.PathLike)) else []
        if cert:
            files += [cert] if isinstance(cert, (str, os.PathLike)) else [one for one in cert if one]
        if not files:
            return _make(verify is not False, None, ())
        stamps = []
        for file in files:
            try:
                found = os.stat(file)
            except OSError:
                raise OSError("no file for TLS at %s" % file)
            stamps.append((found.st_mtime_ns, found.st_size, found.st_ino))
        verify = os.fspath(verify) if files[0] is verify else verify is not False
        cert = tuple([os.fspath(file) for file in files[1:] or files]) if cert else None
        if cert and isinstance(verify, bool):
            cert = tuple([os.fspath(file) for file in files])
        return _make(verify, cert, tuple(stamps))

    @lru_cache(maxsize=32)
    def _make(verify, cert, stamps):
        import ssl

        folder = isinstance(verify, str) and os.path.isdir(verify)
        made = ssl.create_default_context(
            cafile=verify if isinstance(verify, str) and not folder else None,
            capath=verify if folder else None,
        )
        made.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
        if verify is False:
            made.check_hostname = False
            made.verify_mode = ssl.CERT_NONE
        if cert:
            made.load_cert_chain(*cert)
        return made
else:

    def where():
        """Return None: a board has no certificates."""
