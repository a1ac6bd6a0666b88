"""One sale by mbedTLS, as on small terminals: `mbed.py ADDRESS PORT NAME CA TEXT`.

By ctypes on the system's own library (Debian: libmbedtls-dev), whose structures are
opaque: their room is generous. Options as KEY=VALUE behind: `newest=1.1`. Exit 0 where
an answer came.
"""

import ctypes
import ctypes.util
import sys
from typing import Any

ROOM = 262_144  # bytes for any of its structures
CLIENT = STREAM = DEFAULTS = 0
REQUIRED = 2
MINOR = {"1.0": 1, "1.1": 2, "1.2": 3}
TCP = 0


class Trouble(Exception):
    """A call has failed, by its code."""


def library() -> Any:
    name = ctypes.util.find_library("mbedtls")
    if name is None:
        raise SystemExit("no mbedTLS: apt-get install libmbedtls-dev")
    return ctypes.CDLL(name, ctypes.RTLD_GLOBAL)


def made(lib: Any, kind: str) -> Any:
    """One of its structures, initialised."""
    room = ctypes.create_string_buffer(ROOM)
    getattr(lib, f"mbedtls_{kind}_init")(room)
    return room


def checked(code: int) -> int:
    if code < 0:
        raise Trouble(f"-{-code:#x}")
    return code


def sell(
    address: str, port: str, name: str, ca: str, text: str, *, newest: str
) -> bytes:
    lib = library()
    net, ssl, conf = (made(lib, k) for k in ("net", "ssl", "ssl_config"))
    roots, dice = made(lib, "x509_crt"), made(lib, "ctr_drbg")
    entropy = made(lib, "entropy")
    seed = ctypes.cast(lib.mbedtls_entropy_func, ctypes.c_void_p)
    checked(lib.mbedtls_ctr_drbg_seed(dice, seed, entropy, b"pos", 3))
    checked(lib.mbedtls_x509_crt_parse_file(roots, ca.encode()))
    checked(lib.mbedtls_net_connect(net, address.encode(), port.encode(), TCP))
    checked(lib.mbedtls_ssl_config_defaults(conf, CLIENT, STREAM, DEFAULTS))
    lib.mbedtls_ssl_conf_authmode(conf, REQUIRED)
    lib.mbedtls_ssl_conf_ca_chain(conf, roots, None)
    random = ctypes.cast(lib.mbedtls_ctr_drbg_random, ctypes.c_void_p)
    lib.mbedtls_ssl_conf_rng(conf, random, dice)
    if newest:
        lib.mbedtls_ssl_conf_min_version(conf, 3, MINOR["1.0"])
        lib.mbedtls_ssl_conf_max_version(conf, 3, MINOR[newest])
    lib.mbedtls_ssl_conf_read_timeout(conf, 8000)
    checked(lib.mbedtls_ssl_setup(ssl, conf))
    checked(lib.mbedtls_ssl_set_hostname(ssl, name.encode()))
    calls = (lib.mbedtls_net_send, lib.mbedtls_net_recv, lib.mbedtls_net_recv_timeout)
    lib.mbedtls_ssl_set_bio(
        ssl, net, *(ctypes.cast(call, ctypes.c_void_p) for call in calls)
    )
    try:
        checked(lib.mbedtls_ssl_handshake(ssl))
        message = text.encode()
        checked(lib.mbedtls_ssl_write(ssl, message, ctypes.c_size_t(len(message))))
        answer = ctypes.create_string_buffer(4096)
        count = checked(lib.mbedtls_ssl_read(ssl, answer, ctypes.c_size_t(4096)))
        lib.mbedtls_ssl_close_notify(ssl)
        return answer.raw[:count]
    finally:
        lib.mbedtls_net_free(net)


if __name__ == "__main__":
    words = dict(word.split("=", 1) for word in sys.argv[6:])
    try:
        print(sell(*sys.argv[1:6], newest=words.get("newest", "")))
    except Trouble as trouble:
        raise SystemExit(f"mbedTLS: {trouble}") from None
