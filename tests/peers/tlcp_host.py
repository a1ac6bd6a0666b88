"""A payment host of national cryptography: Tongsuo's own TLCP server.

Run as `python tlcp_host.py FOLDER` with sign.key, sign.pem, enc.key and enc.pem in the
folder; prints its port on loopback, then one line for each handshake, 1 if it came to
an end. Nobody but Tongsuo speaks TLCP here: the library comes in the wheel of
tongsuopy, which does not hand these functions on to Python.
"""

import ctypes
import importlib.util
import socket
import sys
from pathlib import Path
from typing import Any

PEM = 1  # SSL_FILETYPE_PEM
POINTER = ctypes.c_void_p


def library() -> Any:
    found = importlib.util.find_spec("tongsuopy")
    if found is None or not found.submodule_search_locations:
        raise SystemExit("tongsuopy is not installed: scripts/setup dev")
    package = Path(found.submodule_search_locations[0])
    tongsuo = ctypes.CDLL(str(next(package.glob("backends/_tongsuo*.so"))))
    for name in ("NTLS_server_method", "SSL_CTX_new", "SSL_new"):
        getattr(tongsuo, name).restype = POINTER
    for name in ("SSL_CTX_new", "SSL_CTX_enable_ntls", "SSL_new", "SSL_accept"):
        getattr(tongsuo, name).argtypes = [POINTER]
    tongsuo.SSL_free.argtypes = [POINTER]
    tongsuo.SSL_set_fd.argtypes = [POINTER, ctypes.c_int]
    return tongsuo


def context(tongsuo: Any, folder: Path) -> Any:
    """A server with its two certificates, one to sign and one to encrypt."""
    made = tongsuo.SSL_CTX_new(tongsuo.NTLS_server_method())
    tongsuo.SSL_CTX_enable_ntls(made)
    for use in ("sign", "enc"):
        for kind, end in (("PrivateKey", "key"), ("certificate", "pem")):
            load = getattr(tongsuo, f"SSL_CTX_use_{use}_{kind}_file")
            load.argtypes = [POINTER, ctypes.c_char_p, ctypes.c_int]
            if load(made, str(folder / f"{use}.{end}").encode(), PEM) != 1:
                raise SystemExit(f"{use}.{end} is not taken")
    return made


def main(folder: Path) -> None:
    tongsuo = library()
    made = context(tongsuo, folder)
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        peer, _ = listener.accept()
        session = tongsuo.SSL_new(made)
        tongsuo.SSL_set_fd(session, peer.fileno())
        print(tongsuo.SSL_accept(session), flush=True)
        tongsuo.SSL_free(session)
        peer.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
